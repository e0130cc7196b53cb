//! Where the data of a kind begin, by index.

use rusqlite::{Connection, params};

use super::Kind;
use crate::store::StoreError;
use crate::store::visits::start_of_day;

/// The oldest day (UTC, counted from the epoch) on or after another that has data of a kind, in whatever project.
pub fn oldest_day(connection: &Connection, kind: Kind, from_day: i64) -> Result<Option<i64>, StoreError> {
    let sql = match kind {
        Kind::Requests => include_str!("oldest_request.sql"),
        Kind::Rollups => include_str!("oldest_rollup.sql"),
        Kind::Heat => include_str!("oldest_heat.sql"),
        Kind::Events => include_str!("oldest_event.sql"),
        Kind::Visits => include_str!("oldest_visit.sql"),
    };
    let mut select = connection.prepare_cached(sql)?;
    Ok(select.query_row(params![from_day, start_of_day(from_day)], |row| row.get(0))?)
}
