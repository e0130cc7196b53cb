//! What an exported table is made of: columns with a form, rows of cells.

use rusqlite::types::ValueRef;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::domain::country::Country;
use crate::domain::track::{EventKind, IdentifierKind, PairingKind};
use crate::domain::traffic::{Failure, Protocol};
use crate::domain::visit::{Channel, DeviceClass, GoalKind, VisitSource};
use crate::store::StoreError;
use crate::store::pack::Damaged;
use crate::store::traffic::summary::Summary;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    /// A decimal number, exactly.
    Decimal(String),
    /// From outside.
    Text(String),
    /// A word of our own.
    Word(&'static str),
    /// Text of a JSON value, on one line.
    Json(String),
    /// Milliseconds since the epoch; written twice, for people and for programs.
    Time(f64),
}

/// A name and how values under it are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Written as `name` (RFC 3339) and `name_ms`.
    pub is_time: bool,
}

/// Cells in the order of the columns.
pub type Row = Vec<Cell>;

/// What a summary of requests is told as.
const SUMMARY: [&str; 13] = [
    "requests",
    "errors",
    "slow",
    "satisfied",
    "tolerating",
    "bytes_in",
    "bytes_out",
    "duration_us",
    "max_us",
    "p50_us",
    "p95_us",
    "p99_us",
    "apdex",
];

impl Column {
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), is_time: false }
    }

    #[must_use]
    pub fn time(name: &str) -> Self {
        Self { name: name.to_owned(), is_time: true }
    }

    /// The columns that a statement's column is told as.
    pub(super) fn of_statement(name: &str) -> Vec<Self> {
        match name.split_once(':') {
            Some((name, "time")) => vec![Self::time(name)],
            Some((_, "summary")) => SUMMARY.map(Self::new).into(),
            Some((name, _)) => vec![Self::new(name)],
            None => vec![Self::new(name)],
        }
    }
}

/// Adds what a statement's value is told as.
pub(super) fn push(row: &mut Row, value: ValueRef<'_>, form: &str) -> Result<(), StoreError> {
    if form == "summary" {
        row.extend(summary(value)?);
        return Ok(());
    }
    row.push(cell(value, form)?);
    Ok(())
}

fn cell(value: ValueRef<'_>, form: &str) -> Result<Cell, StoreError> {
    let word = |found: Option<&'static str>| found.map_or(Cell::Null, Cell::Word);
    Ok(match (value, form) {
        (ValueRef::Null, _) => Cell::Null,
        (ValueRef::Integer(number), form) => match form {
            "bool" => Cell::Bool(number != 0),
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of the present fit a double")]
            "time" => Cell::Time(number as f64),
            "amount" => Cell::Decimal(amount(i128::from(number))),
            "country" => match Country::from_number(number).code() {
                "" => Cell::Null,
                code => Cell::Text(code.to_owned()),
            },
            "failure" => word(Failure::from_code(number).map(Failure::name)),
            "protocol" => word(Protocol::from_code(number).map(Protocol::name)),
            "visit_source" => word(VisitSource::from_number(number).map(VisitSource::word)),
            "channel" => word(Channel::from_number(number).map(Channel::word)),
            "device_class" => word(DeviceClass::from_number(number).map(DeviceClass::word)),
            "goal_kind" => word(GoalKind::from_number(number).map(GoalKind::word)),
            "event_kind" => Cell::Word(EventKind::from_code(code(number)?).name()),
            "identifier_kind" => word(IdentifierKind::from_code(code(number)?).map(IdentifierKind::name)),
            "pairing_kind" => {
                let code = code(number)?;
                word(PairingKind::ALL.into_iter().find(|kind| kind.code() == code).map(PairingKind::name))
            }
            _ => Cell::Integer(number),
        },
        (ValueRef::Real(number), "time") => Cell::Time(number),
        (ValueRef::Real(number), _) => Cell::Number(number),
        (ValueRef::Text(text), form) => {
            let text = std::str::from_utf8(text).map_err(|_| Damaged)?;
            if form == "json" { json(text) } else { Cell::Text(text.to_owned()) }
        }
        (ValueRef::Blob(bytes), "client_id") => {
            Cell::Text(Uuid::from_bytes(bytes.try_into().map_err(|_| Damaged)?).to_string())
        }
        (ValueRef::Blob(bytes), _) => Cell::Text(hexadecimal(bytes)),
    })
}

/// A text that is JSON already, on one line: a line end in it can only be between its parts.
pub(super) fn json(text: &str) -> Cell {
    if serde_json::from_str::<&RawValue>(text).is_err() {
        // Only a damaged file has something else.
        return Cell::Text(text.to_owned());
    }
    Cell::Json(if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ") } else { text.to_owned() })
}

fn summary(value: ValueRef<'_>) -> Result<Row, StoreError> {
    let summary = Summary::decode(value.as_blob().map_err(|_| Damaged)?)?;
    let count = |number: u64| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let number = |number: Option<f64>| number.map_or(Cell::Null, Cell::Number);
    Ok(vec![
        count(summary.count),
        count(summary.errors),
        count(summary.slow),
        count(summary.satisfied),
        count(summary.tolerating),
        count(summary.bytes_in),
        count(summary.bytes_out),
        count(summary.duration_us),
        count(summary.max_us),
        number(summary.quantile(0.5)),
        number(summary.quantile(0.95)),
        number(summary.quantile(0.99)),
        number(summary.apdex()),
    ])
}

fn code(number: i64) -> Result<u8, StoreError> {
    Ok(u8::try_from(number).map_err(|_| Damaged)?)
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect()
}

/// Millionths as a decimal number, exactly.
pub(super) fn amount(millionths: i128) -> String {
    let (sign, size) = (if millionths < 0 { "-" } else { "" }, millionths.unsigned_abs());
    let text = format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (millionths, expected) in [(49_990_000, "49.99"), (5_000_000, "5"), (0, "0"), (-1, "-0.000001")] {
            assert_eq!(amount(millionths), expected);
        }
    }

    #[test]
    fn json_stays_on_one_line_and_what_is_none_is_text() {
        assert_eq!(json("{\"a\":\n [1,\r\n 2]}"), Cell::Json("{\"a\":  [1,   2]}".to_owned()));
        assert_eq!(json("{"), Cell::Text("{".to_owned()));
    }

    #[test]
    fn a_damaged_summary_is_an_error() {
        assert!(push(&mut Vec::new(), ValueRef::Blob(&[9, 9]), "summary").is_err());
        assert_eq!(Column::of_statement("x:summary").len(), SUMMARY.len());
    }
}
