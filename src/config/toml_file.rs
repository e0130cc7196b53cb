//! TOML text to entries, each with its line and column.

use std::ops::Range;
use std::path::Path;

use figment::value::Value;
use toml_edit::{Document, Item, Table, TableLike};

use super::catalogue::{Catalogue, Standing, takes_tables};
use super::entry::{Entry, Gathered, Part};
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
                (Standing::Key(_), ..) if item.is_array_of_tables() => {
                    let tables = item.as_array_of_tables().into_iter().flatten();
                    gathered.entries.push(self.entry_of_tables(key, tables, key_origin));
                }
                (Standing::Key(_), ..) if takes_tables(&key) => gathered.problems.push(Problem {
                    code: ProblemCode::InvalidValue,
                    message: format!("is a list of tables; write [[{key}]] with double brackets"),
                    origin: key_origin,
                    key,
                    suggestion: None,
                }),
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
        let origin = value.span().map_or_else(|| key_origin.clone(), |span| self.origin(Some(span)));
        let mut parts = Vec::new();
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.take_item(index, item.span(), item.as_inline_table().map(|table| table as &dyn TableLike), &mut parts);
        }
        Entry { key, value: value_of(value), origin, parts }
    }

    /// A list written as `[[key]]`, one table after the other.
    fn entry_of_tables<'t>(&self, key: String, tables: impl Iterator<Item = &'t Table>, origin: Origin) -> Entry {
        let (mut values, mut parts) = (Vec::new(), Vec::new());
        for (index, table) in tables.enumerate() {
            self.take_item(index, table.span(), Some(table), &mut parts);
            values.push(value_of(&toml_edit::Value::InlineTable(table.clone().into_inline_table())));
        }
        Entry { key, value: Value::from(values), origin, parts }
    }

    /// Notes where an item of a list stands, and where its fields do if it is a table.
    fn take_item(
        &self,
        index: usize,
        span: Option<Range<usize>>,
        table: Option<&dyn TableLike>,
        parts: &mut Vec<Part>,
    ) {
        let place = self.origin(span);
        parts.push(Part { path: index.to_string(), name: place.clone(), value: place.clone() });
        let Some(table) = table else {
            return;
        };
        for (name, item) in table.iter() {
            let place_or =
                |span: Option<Range<usize>>| span.map_or_else(|| place.clone(), |span| self.origin(Some(span)));
            let name_place = place_or(table.key(name).and_then(toml_edit::Key::span));
            let value = item.span().map_or_else(|| name_place.clone(), |span| self.origin(Some(span)));
            parts.push(Part { path: format!("{index}.{name}"), name: name_place, value });
        }
    }

    fn origin(&self, span: Option<Range<usize>>) -> Origin {
        let position = span.map(|span| Position::of(self.text, span.start));
        Origin::File { path: self.path.to_owned(), position }
    }
}
