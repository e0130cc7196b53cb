//! One value of a foreign row: any column may hold anything.

use rusqlite::Row;
use rusqlite::types::ValueRef;

/// Longest text that is taken, in bytes: what a request could have brought.
const MAX_TEXT_BYTES: usize = 1_000_000;

/// Why a row is not taken.
pub type Reason = &'static str;

/// A text that must be there.
pub fn text(row: &Row<'_>, column: usize, missing: Reason) -> Result<String, Reason> {
    optional_text(row, column)?.ok_or(missing)
}

/// A text, or nothing. Bytes that are no UTF-8 become U+FFFD, as the original would have read them.
pub fn optional_text(row: &Row<'_>, column: usize) -> Result<Option<String>, Reason> {
    match row.get_ref(column) {
        Ok(ValueRef::Null) => Ok(None),
        Ok(ValueRef::Text(bytes)) if bytes.len() <= MAX_TEXT_BYTES => {
            Ok(Some(String::from_utf8_lossy(bytes).into_owned()))
        }
        Ok(ValueRef::Text(_)) => Err("a text is too long"),
        Ok(ValueRef::Integer(number)) => Ok(Some(number.to_string())),
        _ => Err("a text is none"),
    }
}

/// Bytes of all texts of a row.
#[must_use]
pub fn text_bytes(row: &Row<'_>) -> usize {
    let columns = row.as_ref().column_count();
    (0..columns).filter_map(|column| row.get_ref(column).ok()?.as_str().ok().map(str::len)).sum()
}

/// A number that must be there.
pub fn number(row: &Row<'_>, column: usize, missing: Reason) -> Result<f64, Reason> {
    optional_number(row, column)?.ok_or(missing)
}

/// A number, or nothing.
#[expect(clippy::cast_precision_loss, reason = "the original read it as a double, too")]
pub fn optional_number(row: &Row<'_>, column: usize) -> Result<Option<f64>, Reason> {
    match row.get_ref(column) {
        Ok(ValueRef::Null) => Ok(None),
        Ok(ValueRef::Integer(number)) => Ok(Some(number as f64)),
        Ok(ValueRef::Real(number)) => Ok(Some(number)),
        _ => Err("a number is none"),
    }
}
