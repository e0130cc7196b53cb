//! Whether one value fits its key, and if not, why in words.

use figment::Figment;
use figment::error::{Actual, Error, Kind};
use figment::value::Value;

use super::Config;
use super::entry::{Entry, shortened};
use super::problem::{Problem, ProblemCode};
use super::suggest::nearest_word;

/// Longest part of a found value that is repeated in a message, in characters.
const MAX_SHOWN: usize = 80;

/// Most problems that are reported of one value; a list may be long and wrong throughout.
const MAX_PROBLEMS: usize = 20;

/// Judges one value by putting it alone into a configuration that is good without it.
///
/// figment ends at the first error of an extraction; one extraction per value finds them all. Of a list it finds the
/// mistakes of all items: what is wrong is taken out and the rest judged again.
pub fn judge(good: &Figment, entry: &Entry) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut rest = Rest::of(entry);
    while problems.len() < MAX_PROBLEMS {
        let Err(error) = good.clone().merge((entry.key.as_str(), &rest.value)).extract::<Config>() else {
            break;
        };
        let wrong = rest.wrong(&error);
        problems.push(problem(entry, &error, wrong.as_ref()));
        if !wrong.is_some_and(|wrong| rest.take_out(&wrong)) {
            break;
        }
    }
    problems
}

/// What is left to be judged of a value.
struct Rest<'a> {
    key: &'a str,
    value: Value,
    /// For each item that is left, its index in the list as written.
    indices: Vec<usize>,
}

/// The item of a list that is wrong.
struct Wrong {
    /// Where it is in what is left.
    place: usize,
    /// Where it is in the list as written.
    index: usize,
    field: Option<String>,
    /// The field is one that items do not have.
    is_unknown: bool,
}

impl<'a> Rest<'a> {
    fn of(entry: &'a Entry) -> Self {
        let length = if let Value::Array(_, items) = &entry.value { items.len() } else { 0 };
        Self { key: &entry.key, value: entry.value.clone(), indices: (0..length).collect() }
    }

    fn wrong(&self, error: &Error) -> Option<Wrong> {
        let mut path = error.path.iter().skip(self.key.split('.').count());
        let place: usize = path.next()?.parse().ok()?;
        let index = *self.indices.get(place)?;
        let wrong = |field, is_unknown| Some(Wrong { place, index, field, is_unknown });
        match &error.kind {
            Kind::UnknownField(name, _) => wrong(Some(name.clone()), true),
            Kind::MissingField(name) => wrong(Some(name.to_string()), false),
            _ => wrong(path.next().cloned(), false),
        }
    }

    /// Takes an unknown field out of its item, or else the whole item; what is good in it was not the mistake.
    fn take_out(&mut self, wrong: &Wrong) -> bool {
        let Value::Array(_, items) = &mut self.value else {
            return false;
        };
        if let (true, Some(field), Some(Value::Dict(_, fields))) =
            (wrong.is_unknown, &wrong.field, items.get_mut(wrong.place))
        {
            return fields.remove(field).is_some();
        }
        if wrong.place < items.len().min(self.indices.len()) {
            items.remove(wrong.place);
            self.indices.remove(wrong.place);
            return true;
        }
        false
    }
}

fn problem(entry: &Entry, error: &Error, wrong: Option<&Wrong>) -> Problem {
    let (message, suggestion) = in_words(error);
    let (message, origin) = match wrong {
        None => (message, &entry.origin),
        Some(Wrong { index, field: None, .. }) => {
            (format!("{}: {message}", item_in_words(*index, None)), entry.value_origin(&index.to_string()))
        }
        Some(Wrong { index, field: Some(field), is_unknown, .. }) => {
            let path = format!("{index}.{field}");
            let origin = if *is_unknown { entry.name_origin(&path) } else { entry.value_origin(&path) };
            (format!("{}: {message}", item_in_words(*index, Some(field))), origin)
        }
    };
    let (key, origin) = (entry.key.clone(), origin.clone());
    Problem { code: code(&error.kind), origin, key, message, suggestion }
}

fn code(kind: &Kind) -> ProblemCode {
    if matches!(kind, Kind::UnknownField(..)) { ProblemCode::UnknownKey } else { ProblemCode::InvalidValue }
}

/// An item of a list, counted from 1, and one of its fields.
pub fn item_in_words(index: usize, field: Option<&str>) -> String {
    let field = field.map(|name| format!(", {}", shortened(name))).unwrap_or_default();
    format!("item {}{field}", index + 1)
}

/// A figment error in the words of the configuration file, and the word that was probably meant.
pub fn in_words(error: &Error) -> (String, Option<String>) {
    match &error.kind {
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            (format!("expected {}, found {}", expected_in_words(expected), found_in_words(found)), None)
        }
        Kind::UnknownVariant(found, words) => {
            let all: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
            let suggestion = nearest_word(found, words).map(|word| format!("{word:?}"));
            (format!("expected {}, found {}", all.join(" or "), quoted(found)), suggestion)
        }
        Kind::UnknownField(name, names) => {
            ("there is no such key".to_owned(), nearest_word(name, names).map(str::to_owned))
        }
        Kind::MissingField(_) => ("must be set".to_owned(), None),
        Kind::Message(message) => (message.clone(), None),
        other => (other.to_string(), None),
    }
}

fn expected_in_words(expected: &str) -> &str {
    match expected {
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "a boolean" => "true or false",
        "a string" | "path string" => "text in quotes",
        "a sequence" => "a list such as [\"a\", \"b\"]",
        own_words => own_words,
    }
}

fn found_in_words(found: &Actual) -> String {
    match found {
        Actual::Bool(switch) => switch.to_string(),
        Actual::Unsigned(number) => number.to_string(),
        Actual::Signed(number) => number.to_string(),
        Actual::Float(number) => number.to_string(),
        Actual::Str(text) => quoted(text),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// Text in quotes, control characters escaped, cut where it is long.
fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(MAX_SHOWN).collect();
    let more = if shown.len() < text.len() { "..." } else { "" };
    format!("{shown:?}{more}")
}
