//! Sessions of browsers whose newest row is too old: whole sessions, so that nothing is half there.
//!
//! A session first goes from all lists, with whoever was identified only in it, and is doomed. Then its events are deleted,
//! in as many steps as they take, and their points are left to `points`. The visits that were made of it stay: they have a
//! rule of their own. A session whose visits are still to be made waits for that.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::Stepped;
use super::slice::Slice;
use crate::store::StoreError;
use crate::store::heat::insert::hour_of;
use crate::store::heat::trail;
use crate::store::pack::Damaged;
use crate::store::value::Number;
use crate::store::visits::due::SessionKind;

/// Rows between two looks at the clock.
const AT_ONCE: usize = 128;

/// Takes sessions away and deletes their events.
pub fn step(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    let mut rows = 0;
    loop {
        let session: Option<i64> = connection
            .prepare_cached(include_str!("old_heat_session.sql"))?
            .query_row(params![slice.project, slice.before_day, SessionKind::Heat as u8], |row| row.get(0))
            .optional()?;
        let Some(session) = session else { return Ok(Stepped { rows, is_done: true }) };
        doom(connection, slice.project, session)?;
        let drained = drain(connection, slice)?;
        rows += drained.rows + 1;
        if !drained.is_done || slice.is_over() {
            return Ok(Stepped::unfinished(rows));
        }
    }
}

/// Deletes events of sessions that were taken away, whosever they were.
pub fn drain(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    let mut deleted = 0;
    loop {
        let next = connection
            .prepare_cached("SELECT session_id, project_id FROM heat_doomed_session ORDER BY session_id LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((session, project)) = next else { return Ok(Stepped { rows: deleted, is_done: true }) };
        let count = delete_events(connection, session, project)?;
        deleted += count as u64;
        if count < AT_ONCE {
            connection.prepare_cached("DELETE FROM heat_doomed_session WHERE session_id = ?1")?.execute([session])?;
        }
        if slice.is_over() {
            return Ok(Stepped::unfinished(deleted));
        }
    }
}

/// Whether events of sessions that were taken away are left.
pub fn is_draining(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.prepare_cached("SELECT 1 FROM heat_doomed_session LIMIT 1")?.exists([])
}

/// Takes a session out of all lists.
fn doom(connection: &Connection, project: i64, session: i64) -> Result<(), StoreError> {
    let mut users: BTreeSet<i64> = BTreeSet::new();
    let mut select = connection.prepare_cached(include_str!("users_of_heat_session.sql"))?;
    for user in select.query_map([session], |row| row.get(0))? {
        users.insert(user?);
    }
    connection
        .prepare_cached("INSERT OR IGNORE INTO heat_doomed_session (session_id, project_id) VALUES (?1, ?2)")?
        .execute([session, project])?;
    connection.prepare_cached("DELETE FROM heat_session WHERE id = ?1")?.execute([session])?;
    connection.prepare_cached("DELETE FROM heat_session_former_user WHERE session_id = ?1")?.execute([session])?;
    connection
        .prepare_cached("DELETE FROM visit_due WHERE kind = ?1 AND session_id = ?2")?
        .execute(params![SessionKind::Heat as u8, session])?;
    let mut leave = connection.prepare_cached(include_str!("delete_heat_user.sql"))?;
    for user in users {
        leave.execute([user])?;
    }
    Ok(())
}

/// Deletes some events of a session, and notes their points; returns how many.
fn delete_events(connection: &Connection, session: i64, project: i64) -> Result<usize, StoreError> {
    let mut keys = Vec::with_capacity(AT_ONCE);
    let mut hours = BTreeSet::new();
    let mut select = connection.prepare_cached(include_str!("some_heat_events.sql"))?;
    let mut rows = select.query(params![session, AT_ONCE])?;
    let mut note = connection.prepare_cached(include_str!("put_doomed_run.sql"))?;
    while let Some(row) = rows.next()? {
        let (ts, seq): (Number, i64) = (row.get(0)?, row.get(1)?);
        let mut points = 1;
        match row.get_ref(4)?.as_blob_or_null().map_err(|_| Damaged)? {
            Some(packed) => {
                let trail = trail::unpack(packed, ts.0)?;
                hours.extend(trail.iter().map(|point| hour_of(point.ts)));
                points = trail.len();
            }
            None => {
                hours.insert(hour_of(ts.0));
            }
        }
        note.execute(params![project, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?, seq, points])?;
        keys.push((ts, seq));
    }
    drop(rows);
    let mut delete =
        connection.prepare_cached("DELETE FROM heat_event WHERE session_id = ?1 AND ts = ?2 AND seq = ?3")?;
    for (ts, seq) in &keys {
        delete.execute(params![session, ts, seq])?;
    }
    let mut delete = connection
        .prepare_cached("DELETE FROM heat_session_hour WHERE project_id = ?1 AND hour = ?2 AND session_id = ?3")?;
    for hour in hours {
        delete.execute([project, hour, session])?;
    }
    Ok(keys.len())
}
