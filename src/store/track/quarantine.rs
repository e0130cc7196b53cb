//! What came with events and is none: the newest are kept for the owner to look at, all are counted.

use rusqlite::{Connection, params};

use crate::domain::track::TrackBatch;

/// Keeps what a batch brought.
pub fn keep(connection: &Connection, batch: &TrackBatch) -> Result<(), rusqlite::Error> {
    let project = batch.project.0;
    for part in &batch.quarantined {
        connection.prepare_cached(include_str!("insert_quarantine.sql"))?.execute(params![
            project,
            batch.received_at_ms,
            part.reason.code(),
            part.body
        ])?;
    }
    connection
        .prepare_cached(include_str!("count_quarantine.sql"))?
        .execute(params![project, i64::try_from(batch.quarantined.len()).unwrap_or(i64::MAX)])?;
    connection.prepare_cached(include_str!("trim_quarantine.sql"))?.execute(params![project, batch.max_quarantined])?;
    Ok(())
}
