//! Sessions as clients name them.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// The row id of a session.
pub fn find_id(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    external_id: &str,
) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id FROM track_session WHERE project_id = ?1 AND hash = ?2 AND external_id = ?3")?
        .query_row(params![project.0, hash.hash(external_id), external_id], |row| row.get(0))
        .optional()?)
}
