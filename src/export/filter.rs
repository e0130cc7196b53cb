//! Which rows are wanted: those whose column is, or is not, a text.

use super::form::plain;
use crate::query::export::cell::{Cell, Column, Row};

/// Most filters of one export.
pub const MAX_FILTERS: usize = 20;

/// One condition: `column=value` or `column!=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub column: String,
    value: String,
    is_negated: bool,
}

impl Filter {
    /// Reads a filter as it is written; nothing if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (column, value) = text.split_once('=')?;
        let (column, is_negated) = column.strip_suffix('!').map_or((column, false), |column| (column, true));
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b"_0123456789".contains(&b))
        };
        is_name(column).then(|| Self { column: column.to_owned(), value: value.to_owned(), is_negated })
    }

    /// Whether a row is wanted. One that has no such column is not.
    pub(super) fn wants(&self, columns: &[Column], row: &Row) -> bool {
        let found = columns.iter().zip(row).find_map(|(column, cell)| self.text(column, cell));
        found.is_some_and(|text| (text == self.value) != self.is_negated)
    }

    /// Whether there is such a column.
    pub(super) fn fits(&self, columns: &[Column]) -> bool {
        columns.iter().any(|column| self.text(column, &Cell::Null).is_some())
    }

    fn text(&self, column: &Column, cell: &Cell) -> Option<String> {
        let name = self.column.strip_suffix("_ms").filter(|_| column.is_time).unwrap_or(&self.column);
        (column.name == name).then(|| plain(cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_compares_one_column() {
        let columns: Vec<Column> = vec![Column::new("status"), Column::new("route"), Column::time("ended")];
        let row = vec![Cell::Integer(404), Cell::Text("/a=b".into()), Cell::Time(5.0)];
        for (text, wanted) in [
            ("status=404", true),
            ("status!=404", false),
            ("status=40", false),
            ("route=/a=b", true),
            ("route!=/a", true),
            ("ended_ms=5", true),
            ("nothing=", false),
            ("nothing!=x", false),
        ] {
            let filter = Filter::parse(text).unwrap();
            assert_eq!(filter.wants(&columns, &row), wanted, "{text}");
            assert_eq!(filter.fits(&columns), !text.starts_with("nothing"), "{text}");
        }
        for text in ["status", "=1", "!=1", "Sta tus=1"] {
            assert_eq!(Filter::parse(text), None, "{text}");
        }
    }
}
