//! Which keys exist: read from the annotated default itself.

use figment::value::Value;
use toml_edit::{Document, TableLike};

use super::entry::Entry;
use super::origin::{Origin, Position};
use super::problem::{Problem, ProblemCode, Problems};
use super::toml_file::{joined, value_of};

/// Lists whose items are tables; their default is empty, so the file cannot tell.
const LISTS_OF_TABLES: [&str; 2] = ["proxy.upstreams", "traffic.slow_thresholds"];

/// Whether the items of the list at this key are tables.
pub fn takes_tables(key: &str) -> bool {
    LISTS_OF_TABLES.contains(&key)
}

/// All keys with their defaults, and all sections, in the order of the default file.
#[derive(Debug)]
pub struct Catalogue {
    /// The default of every key; the lowest layer.
    pub defaults: Vec<Entry>,
    /// Dotted names of all sections.
    pub sections: Vec<String>,
}

/// What a dotted name stands for.
#[derive(Debug)]
pub enum Standing<'a> {
    /// A key, with its default.
    Key(&'a Value),
    /// A section.
    Section,
    /// Neither.
    Unknown,
}

impl Catalogue {
    /// Reads the annotated default.
    ///
    /// # Errors
    /// When it is not TOML.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let document = Document::parse(text).map_err(|error| Problem {
            code: ProblemCode::Internal,
            origin: Origin::Default,
            key: String::new(),
            message: format!(
                "line {}: {}",
                Position::of(text, error.span().unwrap_or_default().start).line,
                error.message()
            ),
            suggestion: None,
        })?;
        let mut catalogue = Self { defaults: Vec::new(), sections: Vec::new() };
        catalogue.take_section(document.as_table(), "");
        Ok(catalogue)
    }

    /// What a dotted name stands for.
    pub fn standing(&self, name: &str) -> Standing<'_> {
        match self.defaults.iter().find(|entry| entry.key == name) {
            Some(entry) => Standing::Key(&entry.value),
            None if self.sections.iter().any(|section| section == name) => Standing::Section,
            None => Standing::Unknown,
        }
    }

    /// All dotted keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.defaults.iter().map(|entry| entry.key.as_str())
    }

    fn take_section(&mut self, table: &dyn TableLike, prefix: &str) {
        for (name, item) in table.iter() {
            let key = joined(prefix, name);
            if let Some(section) = item.as_table_like() {
                self.sections.push(key.clone());
                self.take_section(section, &key);
            } else if let Some(value) = item.as_value() {
                let value = value_of(value);
                self.defaults.push(Entry::new(key, value, Origin::Default));
            }
        }
    }
}
