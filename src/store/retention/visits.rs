//! Visits of days that are too old. A day is in columns as long as any of its rows is left.

use rusqlite::{Connection, OptionalExtension, params};

use super::Stepped;
use super::slice::Slice;
use crate::store::StoreError;
use crate::store::visits::start_of_day;

/// Rows between two looks at the clock.
const AT_ONCE: usize = 256;

/// Deletes visits day by day, the oldest first.
pub fn step(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    let mut deleted = 0;
    loop {
        let oldest: Option<i64> = connection
            .prepare_cached("SELECT day FROM visit_day WHERE project_id = ?1 ORDER BY day LIMIT 1")?
            .query_row([slice.project], |row| row.get(0))
            .optional()?;
        let Some(day) = oldest.filter(|day| *day < slice.before_day) else {
            return Ok(Stepped { rows: deleted, is_done: true });
        };
        let count = connection.prepare_cached(include_str!("delete_visits.sql"))?.execute(params![
            slice.project,
            start_of_day(day),
            start_of_day(day + 1),
            AT_ONCE
        ])?;
        deleted += count as u64;
        if count < AT_ONCE {
            for sql in [
                "DELETE FROM visit_chunk WHERE project_id = ?1 AND day = ?2",
                "DELETE FROM visit_day WHERE project_id = ?1 AND day = ?2",
            ] {
                connection.prepare_cached(sql)?.execute([slice.project, day])?;
            }
        }
        if slice.is_over() {
            return Ok(Stepped::unfinished(deleted));
        }
    }
}
