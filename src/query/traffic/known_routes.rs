//! Routes that the app has lately answered with success, for whoever gives requests their routes.

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// How far back it is worth looking, in days.
const DAYS: i64 = 30;

const MS_PER_DAY: i64 = 86_400_000;

/// The routes of all projects, at most `limit`.
pub fn known_routes(
    connection: &Connection,
    now_ms: i64,
    limit: usize,
) -> Result<Vec<(ProjectId, String)>, StoreError> {
    let since = now_ms.div_euclid(MS_PER_DAY) - DAYS;
    let mut statement = connection.prepare_cached(include_str!("known_routes.sql"))?;
    let rows = statement.query_map(params![since, limit], |row| Ok((ProjectId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
