//! What came with events and is none.

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// A part of a batch that is no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedPart {
    pub id: i64,
    pub received_ms: i64,
    /// A stable code: `domain::track::QuarantineReason`.
    pub reason: String,
    /// As sent, cut to a bounded length.
    pub body: String,
}

/// The newest parts before a row id that came between two times, at most `limit`.
pub fn newest(
    connection: &Connection,
    project: ProjectId,
    (from_ms, to_ms): (i64, i64),
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<QuarantinedPart>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("quarantine.sql"))?;
    let parameters = params![project.0, before.unwrap_or(i64::MAX), from_ms, to_ms, limit];
    let rows = statement.query_map(parameters, |row| {
        Ok(QuarantinedPart { id: row.get(0)?, received_ms: row.get(1)?, reason: row.get(2)?, body: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
