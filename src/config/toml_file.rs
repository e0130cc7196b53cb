//! TOML text to entries, each with its line and column.

use std::path::Path;

use figment::value::Value;
use toml_edit::{Document, Item, TableLike};

use super::catalogue::{Catalogue, Standing};
use super::entry::{Entry, Gathered};
use super::origin::{Origin, Position};
use super::problem::{Problem, ProblemCode};

/// Takes the owner's file; a syntax error ends it, everything else is reported and passed over.
pub fn gather(text: &str, path: &Path, catalogue: &Catalogue, gathered: &mut Gathered) {
    let file = TomlFile { text, path, catalogue };
    match Document::parse(text) {
        Ok(document) => file.take_section(document.as_table(), "", gathered),
        Err(error) => {
            gathered.incomplete = true;
            gathered.problems.push(Problem {
                code: ProblemCode::InvalidSyntax,
                origin: file.origin(error.span()),
                key: String::new(),
                message: format!("not TOML: {}", error.message().replace('\n', ", ")),
                suggestion: None,
            });
        }
    }
}

/// A dotted key; names that would need quotes in TOML get them, so that `"a.b"` never passes for `a.b`.
pub fn joined(prefix: &str, name: &str) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char));
    let name = if is_bare { name.to_owned() } else { format!("{name:?}") };
    if prefix.is_empty() { name } else { format!("{prefix}.{name}") }
}

/// A TOML value in figment's terms; dates become text.
pub fn value_of(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::from(text.value().as_str()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Float(number) => Value::from(*number.value()),
        toml_edit::Value::Boolean(switch) => Value::from(*switch.value()),
        toml_edit::Value::Datetime(date) => Value::from(date.value().to_string()),
        toml_edit::Value::Array(items) => Value::from(items.iter().map(value_of).collect::<Vec<_>>()),
        toml_edit::Value::InlineTable(table) => {
            let pairs = table.iter().map(|(name, value)| (name.to_owned(), value_of(value)));
            Value::from(pairs.collect::<figment::value::Dict>())
        }
    }
}

struct TomlFile<'a> {
    text: &'a str,
    path: &'a Path,
    catalogue: &'a Catalogue,
}

impl TomlFile<'_> {
    /// Takes one section; descends only into sections that exist, so the depth is that of the default.
    fn take_section(&self, table: &dyn TableLike, prefix: &str, gathered: &mut Gathered) {
        for (name, item) in table.iter() {
            let key = joined(prefix, name);
            let key_origin = self.origin(table.key(name).and_then(toml_edit::Key::span).or_else(|| item.span()));
            match (self.catalogue.standing(&key), item.as_table_like(), item.as_value()) {
                (Standing::Section, Some(section), _) => self.take_section(section, &key, gathered),
                (Standing::Section, ..) if item.is_array_of_tables() => {
                    gathered.problems.push(Problem {
                        code: ProblemCode::InvalidValue,
                        message: format!("exists once; write [{key}] with single brackets"),
                        origin: key_origin,
                        key,
                        suggestion: None,
                    });
                }
                (Standing::Section, None, _) => gathered.refuse_value_for_section(&key, key_origin),
                (Standing::Key(_), None, Some(value)) => {
                    gathered.entries.push(self.entry(key, value, &key_origin));
                }
                (Standing::Key(_), ..) => gathered.problems.push(Problem {
                    code: ProblemCode::InvalidValue,
                    message: "has one value and is not a section".to_owned(),
                    origin: key_origin,
                    key,
                    suggestion: None,
                }),
                (Standing::Unknown, section, _) => {
                    let is_section = section.is_some() || matches!(item, Item::ArrayOfTables(_));
                    gathered.refuse_unknown(self.catalogue, &key, is_section, key_origin);
                }
            }
        }
    }

    fn entry(&self, key: String, value: &toml_edit::Value, key_origin: &Origin) -> Entry {
        let items = value.as_array().into_iter().flatten();
        Entry {
            key,
            value: value_of(value),
            origin: value.span().map_or_else(|| key_origin.clone(), |span| self.origin(Some(span))),
            item_origins: items.map(|item| self.origin(item.span())).collect(),
        }
    }

    fn origin(&self, span: Option<std::ops::Range<usize>>) -> Origin {
        let position = span.map(|span| Position::of(self.text, span.start));
        Origin::File { path: self.path.to_owned(), position }
    }
}
