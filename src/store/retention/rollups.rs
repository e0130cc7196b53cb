//! Counts of proxied requests that are too old, and users who were not seen since.
//!
//! Minutes, hours and days go together, by whole days: a question about any span and zone is put together of all three, so
//! none may end before the others.

use rusqlite::{Connection, OptionalExtension, params};

use super::Stepped;
use super::slice::Slice;
use crate::store::StoreError;
use crate::store::traffic::grain::Grain;

/// How the oldest bucket of each table is found, and how a bucket is deleted.
const TABLES: [(&str, &str); 3] = [
    (
        "SELECT bucket FROM traffic_user_rollup WHERE project_id = ?1 AND grain = ?2 ORDER BY bucket LIMIT 1",
        "DELETE FROM traffic_user_rollup WHERE project_id = ?1 AND grain = ?2 AND bucket = ?3",
    ),
    (
        "SELECT bucket FROM traffic_rollup WHERE project_id = ?1 AND grain = ?2 ORDER BY bucket LIMIT 1",
        "DELETE FROM traffic_rollup WHERE project_id = ?1 AND grain = ?2 AND bucket = ?3",
    ),
    (
        "SELECT bucket FROM traffic_bucket WHERE project_id = ?1 AND grain = ?2 ORDER BY bucket LIMIT 1",
        "DELETE FROM traffic_bucket WHERE project_id = ?1 AND grain = ?2 AND bucket = ?3",
    ),
];

/// Users between two looks at the clock.
const USERS_AT_ONCE: usize = 128;

/// Deletes buckets, the oldest of each kind first.
pub fn step(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    let mut deleted = 0;
    for grain in Grain::ALL {
        let end = grain.bucket(slice.before_ms());
        for (find, delete) in TABLES {
            loop {
                let oldest: Option<i64> = connection
                    .prepare_cached(find)?
                    .query_row([slice.project, grain as i64], |row| row.get(0))
                    .optional()?;
                let Some(bucket) = oldest.filter(|bucket| *bucket < end) else { break };
                deleted += connection.prepare_cached(delete)?.execute([slice.project, grain as i64, bucket])? as u64;
                if slice.is_over() {
                    return Ok(Stepped::unfinished(deleted));
                }
            }
        }
    }
    Ok(Stepped { rows: deleted, is_done: true })
}

/// Deletes users who were last seen before then and of whom neither a request nor a count is left. To be called when both
/// are gone that far.
pub fn users_step(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    let mut deleted = 0;
    loop {
        let mut delete = connection.prepare_cached(include_str!("delete_old_request_users.sql"))?;
        let count = delete.execute(params![slice.project, slice.before_ms(), USERS_AT_ONCE])?;
        deleted += count as u64;
        if count < USERS_AT_ONCE {
            return Ok(Stepped { rows: deleted, is_done: true });
        }
        if slice.is_over() {
            return Ok(Stepped::unfinished(deleted));
        }
    }
}
