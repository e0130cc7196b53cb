//! What the layers bring together.

use std::collections::BTreeSet;

use figment::value::Value;

use super::catalogue::{Catalogue, Standing};
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
    /// For a list in a file: where each of its items was written.
    pub item_origins: Vec<Origin>,
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
            Standing::Key(default) => self.entries.push(Entry {
                key: key.to_owned(),
                value: text_value::read(text, default),
                origin,
                item_origins: Vec::new(),
            }),
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

/// A key from outside, bounded for display.
fn shortened(key: &str) -> String {
    key.chars().filter(|char| !char.is_control()).take(120).collect()
}
