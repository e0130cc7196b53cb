//! Whether one value fits its key, and if not, why in words.

use figment::Figment;
use figment::error::{Actual, Error, Kind};

use super::Config;
use super::entry::Entry;
use super::origin::Origin;
use super::problem::{Problem, ProblemCode};
use super::suggest::nearest_word;

/// Longest part of a found value that is repeated in a message, in characters.
const MAX_SHOWN: usize = 80;

/// Judges one value by putting it alone into a configuration that is good without it.
///
/// figment ends at the first error of an extraction; one extraction per value finds them all.
pub fn judge(good: &Figment, entry: &Entry) -> Option<Problem> {
    let error = good.clone().merge((entry.key.as_str(), &entry.value)).extract::<Config>().err()?;
    let (message, suggestion) = in_words(&error);
    let (message, origin) = match item_index(&error, entry) {
        Some(index) => (format!("item {}: {message}", index + 1), item_origin(entry, index)),
        None => (message, entry.origin.clone()),
    };
    Some(Problem { code: ProblemCode::InvalidValue, origin, key: entry.key.clone(), message, suggestion })
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
        Kind::Message(message) => (message.clone(), None),
        other => (other.to_string(), None),
    }
}

fn item_index(error: &Error, entry: &Entry) -> Option<usize> {
    let depth = entry.key.split('.').count();
    error.path.get(depth)?.parse().ok()
}

fn item_origin(entry: &Entry, index: usize) -> Origin {
    entry.item_origins.get(index).unwrap_or(&entry.origin).clone()
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
