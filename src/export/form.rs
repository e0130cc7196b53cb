//! How rows are written: NDJSON, or CSV (RFC 4180).

use jiff::Timestamp;

use crate::js::number;
use crate::query::export::cell::{Cell, Column, Row};

/// With what a formula may begin in one spreadsheet or another (OWASP, CSV injection).
pub const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line; `type` says what it is.
    Ndjson,
    /// A line of names, then a line for each row.
    Csv {
        /// Leaves texts that a spreadsheet would take for a formula as they are.
        is_raw: bool,
    },
}

impl Form {
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv { .. } => "text/csv; charset=utf-8; header=present",
        }
    }

    /// The line of names; NDJSON has none.
    pub(super) fn head(self, columns: &[Column], out: &mut String) {
        if self == Self::Ndjson {
            return;
        }
        let names: Vec<String> = columns
            .iter()
            .flat_map(|column| [Some(column.name.clone()), column.is_time.then(|| format!("{}_ms", column.name))])
            .flatten()
            .collect();
        out.push_str(&names.join(","));
        out.push_str("\r\n");
    }

    /// A row.
    pub(super) fn row(self, line_type: &str, columns: &[Column], row: &Row, out: &mut String) {
        match self {
            Self::Ndjson => object(line_type, columns, row, out),
            Self::Csv { is_raw } => record(row, columns, is_raw, out),
        }
    }
}

fn object(line_type: &str, columns: &[Column], row: &Row, out: &mut String) {
    out.push_str("{\"type\":");
    out.push_str(&quoted(line_type));
    for (column, cell) in columns.iter().zip(row) {
        out.push_str(",\"");
        out.push_str(&column.name);
        out.push_str("\":");
        let time = match cell {
            Cell::Time(ms) => Some(*ms),
            _ => None,
        };
        match time {
            Some(ms) => out.push_str(&rfc_3339(ms).map_or_else(|| "null".to_owned(), |text| quoted(&text))),
            None => out.push_str(&json(cell)),
        }
        if column.is_time {
            out.push_str(",\"");
            out.push_str(&column.name);
            out.push_str("_ms\":");
            out.push_str(&time.map_or_else(|| "null".to_owned(), |ms| json(&Cell::Number(ms))));
        }
    }
    out.push_str("}\n");
}

fn json(cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Bool(flag) => flag.to_string(),
        Cell::Integer(number) => number.to_string(),
        Cell::Number(number) | Cell::Time(number) if number.is_finite() => number::to_text(*number),
        // JSON has no infinite numbers.
        Cell::Number(number) | Cell::Time(number) => quoted(&number::to_text(*number)),
        Cell::Decimal(text) | Cell::Json(text) => text.clone(),
        Cell::Text(text) => quoted(text),
        Cell::Word(word) => quoted(word),
    }
}

fn record(row: &Row, columns: &[Column], is_raw: bool, out: &mut String) {
    let mut is_first = true;
    for (column, cell) in columns.iter().zip(row) {
        if !is_first {
            out.push(',');
        }
        is_first = false;
        match cell {
            Cell::Time(ms) => {
                out.push_str(&rfc_3339(*ms).unwrap_or_default());
                out.push(',');
                out.push_str(&number::to_text(*ms));
            }
            Cell::Text(text) if !is_raw && text.starts_with(FORMULA) => put_field(&format!("'{text}"), out),
            cell => {
                put_field(&plain(cell), out);
                if column.is_time {
                    out.push(',');
                }
            }
        }
    }
    out.push_str("\r\n");
}

fn put_field(text: &str, out: &mut String) {
    if !text.contains(['"', ',', '\n', '\r']) {
        out.push_str(text);
        return;
    }
    out.push('"');
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

/// The text of a cell by itself.
pub(super) fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Bool(flag) => flag.to_string(),
        Cell::Integer(number) => number.to_string(),
        Cell::Number(number) | Cell::Time(number) => number::to_text(*number),
        Cell::Decimal(text) | Cell::Json(text) | Cell::Text(text) => text.clone(),
        Cell::Word(word) => (*word).to_owned(),
    }
}

/// A time with milliseconds, in UTC; nothing for times that have no date.
fn rfc_3339(ms: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and jiff refuses what is out of its range")]
    let timestamp = Timestamp::from_millisecond(ms.floor() as i64).ok()?;
    Some(format!("{timestamp:.3}"))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        let mut columns: Vec<_> = ["a", "b", "c"].map(Column::new).into();
        columns.push(Column::time("time"));
        columns
    }

    fn written(form: Form, row: &Row) -> String {
        let mut out = String::new();
        form.row("thing", &columns(), row, &mut out);
        out
    }

    #[test]
    fn a_line_of_ndjson_says_what_it_is_and_tells_times_twice() {
        let row = vec![
            Cell::Text("say \"hi\"\n".into()),
            Cell::Json("{\"n\":1}".into()),
            Cell::Number(1.5),
            Cell::Time(1_795_168_800_250.0),
        ];
        assert_eq!(
            written(Form::Ndjson, &row),
            "{\"type\":\"thing\",\"a\":\"say \\\"hi\\\"\\n\",\"b\":{\"n\":1},\"c\":1.5,\
             \"time\":\"2026-11-20T10:00:00.250Z\",\"time_ms\":1795168800250}\n"
        );
        let odd = vec![Cell::Null, Cell::Number(f64::INFINITY), Cell::Decimal("0.1".into()), Cell::Null];
        assert_eq!(
            written(Form::Ndjson, &odd),
            "{\"type\":\"thing\",\"a\":null,\"b\":\"Infinity\",\"c\":0.1,\"time\":null,\"time_ms\":null}\n"
        );
    }

    #[test]
    fn csv_is_quoted_where_it_must_be_and_formulas_are_defused() {
        let row = || vec![Cell::Text("=1+1".into()), Cell::Text("a,\"b\"".into()), Cell::Integer(-3), Cell::Time(0.0)];
        let defused = Form::Csv { is_raw: false };
        assert_eq!(written(defused, &row()), "'=1+1,\"a,\"\"b\"\"\",-3,1970-01-01T00:00:00.000Z,0\r\n");
        assert!(written(Form::Csv { is_raw: true }, &row()).starts_with("=1+1,"));
        let mut head = String::new();
        defused.head(&columns(), &mut head);
        assert_eq!(head, "a,b,c,time,time_ms\r\n");
        let nothing = vec![Cell::Null, Cell::Null, Cell::Null, Cell::Null];
        assert_eq!(written(defused, &nothing).matches(',').count(), 4);
    }

    #[test]
    fn times_beyond_the_calendar_are_numbers_only() {
        let row = vec![Cell::Null, Cell::Null, Cell::Null, Cell::Time(1e300)];
        assert_eq!(written(Form::Csv { is_raw: false }, &row), ",,,,1e+300\r\n");
    }
}
