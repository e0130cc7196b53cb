//! Sessions that have lost events: those without any go, others are counted again.

use rusqlite::{Connection, OptionalExtension, params};

use super::events::Left;
use crate::domain::track::EventKind;
use crate::store::StoreError;
use crate::store::visits::due::SessionKind;
use crate::store::visits::making::unmake;

/// Brings the sessions up to date.
pub fn recount(connection: &Connection, left: &Left, now_ms: i64) -> Result<(), StoreError> {
    for (&session, &(events, page_views)) in left {
        unmake(connection, SessionKind::Track, session, now_ms)?;
        let counted: Option<i64> = connection
            .prepare_cached("SELECT event_count FROM track_session WHERE id = ?1")?
            .query_row([session], |row| row.get(0))
            .optional()?;
        let Some(counted) = counted else { continue };
        if counted <= events {
            connection.prepare_cached("DELETE FROM track_session WHERE id = ?1")?.execute([session])?;
            continue;
        }
        // Somebody else's events remain: a browser that two people used one after the other.
        connection.prepare_cached(include_str!("recount_session.sql"))?.execute(params![
            session,
            events,
            page_views,
            EventKind::SessionMark.code()
        ])?;
    }
    Ok(())
}
