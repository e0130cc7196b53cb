//! How domain values lie in columns of type ANY, and bytes in columns of type BLOB.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef};
use rusqlite::{Row, ToSql};

use super::StoreError;
use super::pack::{Damaged, whole};
use crate::domain::id::ClientId;

/// A double in a column of type ANY: an INTEGER where it is whole, else a REAL.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

/// The bytes of a column, where they lie.
pub fn blob<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r [u8], StoreError> {
    Ok(row.get_ref(column)?.as_blob().map_err(|_| Damaged)?)
}

impl ToSql for Number {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(match whole(self.0) {
            Some(integer) => Value::Integer(integer),
            None => Value::Real(self.0),
        }))
    }
}

impl FromSql for Number {
    #[expect(clippy::cast_precision_loss, reason = "integers in such columns were doubles")]
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Integer(integer) => Ok(Self(integer as f64)),
            ValueRef::Real(real) => Ok(Self(real)),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl ToSql for ClientId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Uuid(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl FromSql for ClientId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Blob(bytes) => bytes.try_into().map(Self::Uuid).map_err(|_| FromSqlError::InvalidType),
            ValueRef::Text(_) => value.as_str().map(|text| Self::Text(text.into())),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}
