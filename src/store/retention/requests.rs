//! Proxied requests that are too old, and sessions of theirs that have none left.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::Stepped;
use super::slice::Slice;
use crate::store::StoreError;
use crate::store::traffic::fact::rolled_up_id;

/// Rows between two looks at the clock.
const AT_ONCE: usize = 256;

/// Deletes requests, the oldest first. Those that are not in the rollups yet stay.
pub fn step(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    let rolled_up_id = rolled_up_id(connection)?;
    let mut deleted = 0;
    loop {
        let mut sessions = BTreeSet::new();
        let mut ids = Vec::with_capacity(AT_ONCE);
        let mut select = connection.prepare_cached(include_str!("old_requests.sql"))?;
        let mut rows = select.query(params![slice.project, slice.before_ms(), rolled_up_id, AT_ONCE])?;
        while let Some(row) = rows.next()? {
            ids.push(row.get::<_, i64>(0)?);
            sessions.extend(row.get::<_, Option<i64>>(1)?);
        }
        drop(rows);
        let mut delete = connection.prepare_cached("DELETE FROM traffic_request WHERE id = ?1")?;
        for id in &ids {
            delete.execute([id])?;
        }
        let mut leave = connection.prepare_cached(include_str!("delete_empty_request_session.sql"))?;
        for session in sessions {
            leave.execute([session])?;
        }
        deleted += ids.len() as u64;
        if ids.len() < AT_ONCE {
            return Ok(Stepped { rows: deleted, is_done: true });
        }
        if slice.is_over() {
            return Ok(Stepped::unfinished(deleted));
        }
    }
}
