//! What the layers bring together.

use std::collections::BTreeSet;

use figment::value::Value;

use super::catalogue::{Catalogue, Standing, takes_tables};
use super::origin::Origin;
use super::problem::{Problem, ProblemCode};
use super::suggest::nearest_key;
use super::text_value;

/// One value of one layer, its key known to exist.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The dotted key.
    pub key: String,
    /// The value as written; not judged yet.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
    /// For a list in a file: where its items were written, and the fields of those that are tables.
    pub parts: Vec<Part>,
}

/// A place inside the value of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `2` is the third item of a list, `2.host` the field of that name in it.
    pub path: String,
    /// Where its name stands; for an item the same as `value`.
    pub name: Origin,
    /// Where its value stands.
    pub value: Origin,
}

impl Entry {
    /// An entry whose inside has no places of its own.
    pub fn new(key: String, value: Value, origin: Origin) -> Self {
        Self { key, value, origin, parts: Vec::new() }
    }

    /// Where the value at a path inside this one was written, or else what holds it.
    pub fn value_origin(&self, path: &str) -> &Origin {
        self.part(path).map_or(&self.origin, |part| &part.value)
    }

    /// Where the name at the end of a path inside this value was written, or else what holds it.
    pub fn name_origin(&self, path: &str) -> &Origin {
        self.part(path).map_or(&self.origin, |part| if part.path == path { &part.name } else { &part.value })
    }

    /// The part at a path, else the item that holds it.
    fn part(&self, path: &str) -> Option<&Part> {
        let at = |path: &str| self.parts.iter().find(|part| part.path == path);
        at(path).or_else(|| at(path.split_once('.')?.0))
    }
}

/// What the layers brought so far, lowest layer first.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Values whose keys exist.
    pub entries: Vec<Entry>,
    /// Everything wrong so far.
    pub problems: Vec<Problem>,
    /// Keys that a mistake was probably meant to set; checks between keys leave them alone.
    pub doubtful: BTreeSet<String>,
    /// Set when a layer could not be read at all, so that nothing can be said about missing values.
    pub incomplete: bool,
}

impl Gathered {
    /// Takes a value written as plain text, in a variable or a flag.
    pub fn take_text(&mut self, catalogue: &Catalogue, key: &str, text: &str, origin: Origin) {
        match catalogue.standing(key) {
            Standing::Key(_) if takes_tables(key) => self.problems.push(Problem {
                code: ProblemCode::InvalidValue,
                message: format!("is a list of tables, which only a file can hold: [[{key}]]"),
                key: key.to_owned(),
                origin,
                suggestion: None,
            }),
            Standing::Key(default) => {
                self.entries.push(Entry::new(key.to_owned(), text_value::read(text, default), origin));
            }
            Standing::Section => self.refuse_value_for_section(key, origin),
            Standing::Unknown => self.refuse_unknown(catalogue, key, false, origin),
        }
    }

    /// Reports a value where a section belongs.
    pub fn refuse_value_for_section(&mut self, key: &str, origin: Origin) {
        let example = origin.spell(&format!("{key}.{}", "KEY"));
        self.problems.push(Problem {
            code: ProblemCode::InvalidValue,
            message: format!("is a section and has no value of its own; set its keys ({example})"),
            key: key.to_owned(),
            origin,
            suggestion: None,
        });
    }

    /// Reports a key or section that does not exist.
    pub fn refuse_unknown(&mut self, catalogue: &Catalogue, key: &str, is_section: bool, origin: Origin) {
        let nearest = nearest_key(key, catalogue, is_section);
        self.doubtful.extend(nearest.map(str::to_owned));
        self.problems.push(Problem {
            code: ProblemCode::UnknownKey,
            key: shortened(key),
            message: format!("there is no such {}", if is_section { "section" } else { "key" }),
            suggestion: nearest.map(|name| origin.spell(name)),
            origin,
        });
    }
}

/// A name from outside, bounded for display.
pub fn shortened(key: &str) -> String {
    key.chars().filter(|char| !char.is_control()).take(120).collect()
}
