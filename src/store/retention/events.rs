//! Events of apps that were received too long ago: whole sessions, those without a session one by one, and what was made of
//! them: conversions, touches, ids that are remembered, clicks to app stores, pairings. Whoever has no event left goes, too.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::slice::Slice;
use super::{Stepped, persons};
use crate::domain::id::ClientId;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::track::touches::session_key;
use crate::store::visits::due::SessionKind;

/// Events between two looks at the clock.
const AT_ONCE: usize = 64;

/// What deleting looks at of an event.
struct Event {
    seq: i64,
    time_ms: i64,
    id: Option<ClientId>,
    subject: Option<i64>,
    anonymous: Option<i64>,
    device: Option<i64>,
    touch: Option<i64>,
}

/// Deletes sessions, the oldest first, then events without a session, then bodies that nobody understood.
pub fn step(connection: &Connection, hash: TextHash, slice: Slice) -> Result<Stepped, StoreError> {
    let mut deleted = 0;
    while let Some(session) = old_session(connection, slice)? {
        let events = some_events(connection, include_str!("some_events_of_session.sql"), params![session, AT_ONCE])?;
        deleted += delete(connection, hash, slice, true, &events)?;
        if events.len() < AT_ONCE {
            end_session(connection, session)?;
            deleted += 1;
        }
        if slice.is_over() {
            return Ok(Stepped::unfinished(deleted));
        }
    }
    loop {
        let bounds = params![slice.project, slice.before_ms(), AT_ONCE];
        let events = some_events(connection, include_str!("old_lone_events.sql"), bounds)?;
        deleted += delete(connection, hash, slice, false, &events)?;
        if events.len() < AT_ONCE {
            break;
        }
        if slice.is_over() {
            return Ok(Stepped::unfinished(deleted));
        }
    }
    // There are few of them: `datalyr.max_quarantined`.
    let quarantined = connection
        .prepare_cached(include_str!("delete_old_quarantine.sql"))?
        .execute(params![slice.project, slice.before_ms()])?;
    Ok(Stepped { rows: deleted + quarantined as u64, is_done: true })
}

/// A session whose newest event is too old, and whose visits are made.
fn old_session(connection: &Connection, slice: Slice) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached(include_str!("old_track_session.sql"))?
        .query_row(params![slice.project, slice.before_day, SessionKind::Track as u8], |row| row.get(0))
        .optional()
}

fn some_events(
    connection: &Connection,
    sql: &str,
    bounds: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Event>, rusqlite::Error> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Event {
            seq: row.get(0)?,
            time_ms: row.get(1)?,
            id: row.get(2)?,
            subject: row.get(3)?,
            anonymous: row.get(4)?,
            device: row.get(5)?,
            touch: row.get(6)?,
        })
    };
    connection.prepare_cached(sql)?.query_map(bounds, read)?.collect()
}

/// Deletes events and what was made of them; returns how many rows of events.
fn delete(
    connection: &Connection,
    hash: TextHash,
    slice: Slice,
    has_session: bool,
    events: &[Event],
) -> Result<u64, StoreError> {
    let mut subjects = BTreeSet::new();
    let mut others = BTreeSet::new();
    for event in events {
        let Event { seq, time_ms, .. } = *event;
        connection.prepare_cached("DELETE FROM track_event WHERE seq = ?1")?.execute([seq])?;
        if let Some(id) = &event.id {
            connection
                .prepare_cached("DELETE FROM track_key WHERE project_id = ?1 AND hash = ?2 AND seq = ?3")?
                .execute([slice.project, hash.hash(&id.to_string()), seq])?;
        }
        connection
            .prepare_cached("DELETE FROM track_conversion WHERE project_id = ?1 AND time_ms = ?2 AND seq = ?3")?
            .execute([slice.project, time_ms, seq])?;
        connection.prepare_cached("DELETE FROM track_download_click WHERE seq = ?1")?.execute([seq])?;
        if let (false, Some(subject), Some(touch)) = (has_session, event.subject, event.touch) {
            delete_lone_touch(connection, subject, time_ms, touch)?;
        }
        subjects.extend(event.subject);
        others.extend(event.anonymous.into_iter().chain(event.device));
    }
    for subject in &subjects {
        connection
            .prepare_cached("DELETE FROM track_pairing WHERE subject_id = ?1 AND time_ms < ?2")?
            .execute([*subject, slice.before_ms()])?;
    }
    others.extend(subjects);
    persons::settle(connection, &others)?;
    Ok(events.len() as u64)
}

/// Touches of a session go with it. One that was told without a session goes with the last event that told it.
fn delete_lone_touch(connection: &Connection, subject: i64, time_ms: i64, touch: i64) -> Result<(), rusqlite::Error> {
    let key = session_key(None, time_ms);
    let hour_ms = 3_600_000;
    let from_ms = time_ms.div_euclid(hour_ms) * hour_ms;
    let is_told = connection.prepare_cached(include_str!("lone_touch_is_told.sql"))?.exists([
        subject,
        from_ms,
        from_ms + hour_ms,
        touch,
    ])?;
    if !is_told {
        connection
            .prepare_cached("DELETE FROM track_touch WHERE subject_id = ?1 AND session_key = ?2 AND fingerprint = ?3")?
            .execute([subject, key, touch])?;
    }
    Ok(())
}

/// The session has no events any more.
fn end_session(connection: &Connection, session: i64) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(include_str!("delete_touches_of_session.sql"))?.execute([session])?;
    connection.prepare_cached("DELETE FROM track_session WHERE id = ?1")?.execute([session])?;
    connection
        .prepare_cached("DELETE FROM visit_due WHERE kind = ?1 AND session_id = ?2")?
        .execute(params![SessionKind::Track as u8, session])?;
    Ok(())
}
