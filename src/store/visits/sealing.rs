//! Days that are over are sealed: their visits are also kept as columns, of which questions read the few they need.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{Column, Day, Needs};
use super::visit::Visit;
use super::{day_of, start_of_day};
use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// How long a day is left alone after its end, and after its last change, in milliseconds.
const REST_MS: i64 = 60_000;

/// Opens a day, on which visits are about to change. To be called in their transaction.
pub fn open(connection: &Connection, project: ProjectId, day: i64, now_ms: i64) -> Result<(), StoreError> {
    connection.prepare_cached(include_str!("open_day.sql"))?.execute(params![project.0, day, now_ms])?;
    connection
        .prepare_cached("DELETE FROM visit_chunk WHERE project_id = ?1 AND day = ?2")?
        .execute(params![project.0, day])?;
    Ok(())
}

/// The next day that can be sealed.
pub fn next(connection: &Connection, now_ms: i64) -> Result<Option<(ProjectId, i64)>, StoreError> {
    let rested_ms = now_ms.saturating_sub(REST_MS);
    let next = connection
        .prepare_cached(include_str!("day_to_seal.sql"))?
        .query_row(params![day_of(rested_ms), rested_ms], |row| Ok((ProjectId(row.get(0)?), row.get(1)?)));
    Ok(next.optional()?)
}

/// Seals a day. To be called inside a transaction in which nothing else happens.
pub fn seal(connection: &Connection, project: ProjectId, number: i64) -> Result<(), StoreError> {
    let visits = visits_of_day(connection, project, number)?;
    if visits.is_empty() {
        connection
            .prepare_cached("DELETE FROM visit_day WHERE project_id = ?1 AND day = ?2")?
            .execute(params![project.0, number])?;
        return Ok(());
    }
    let day = Day::of_visits(number, &visits, Needs::all());
    for column in Column::ALL {
        let Some(bytes) = day.packed(column) else { continue };
        connection.prepare_cached(include_str!("put_chunk.sql"))?.execute(params![
            project.0,
            number,
            column as u8,
            day.count,
            bytes
        ])?;
    }
    connection
        .prepare_cached("UPDATE visit_day SET is_sealed = 1 WHERE project_id = ?1 AND day = ?2")?
        .execute(params![project.0, number])?;
    Ok(())
}

/// The visits that began on a day, from their rows, in the order of their key.
pub fn visits_of_day(connection: &Connection, project: ProjectId, day: i64) -> Result<Vec<Visit>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("visits_of_day.sql"))?;
    let mut rows = statement.query(params![project.0, start_of_day(day), start_of_day(day + 1)])?;
    let mut visits = Vec::new();
    while let Some(row) = rows.next()? {
        visits.push(Visit::read(row)?);
    }
    Ok(visits)
}
