//! How many requests of some sessions failed.

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// More are not counted.
pub const MAX_COUNTED: u64 = 1_000;

/// How long after a visit's last sign a request still belongs to it.
const AFTER_MS: i64 = 10_000;

/// Failed proxied requests of the session that clients name so, in a span of time; at most [`MAX_COUNTED`].
pub fn session_errors(
    connection: &Connection,
    project: ProjectId,
    session: &str,
    from_ms: i64,
    to_ms: i64,
) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("session_errors.sql"))?;
    let until_ms = to_ms.saturating_add(AFTER_MS);
    Ok(statement.query_row(params![project.0, session, from_ms, until_ms, MAX_COUNTED], |row| row.get(0))?)
}
