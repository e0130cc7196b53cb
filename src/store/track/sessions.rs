//! Sessions as clients name them.

use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::ProjectId;
use crate::domain::track::{EventKind, TrackEvent};
use crate::store::dictionary::TextHash;
use crate::store::visits::day_of;

/// Sessions the writer remembers.
const CACHED: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// Longer names are looked up in the file each time, so that the cache stays within about 16 MiB.
const MAX_CACHED_BYTES: usize = 128;

/// What the writer remembers of sessions. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct Sessions {
    hash: TextHash,
    cache: LruCache<(ProjectId, Box<str>), Session>,
}

/// What is remembered of one.
#[derive(Debug, Clone, Copy)]
struct Session {
    id: i64,
    /// `i64::MAX` as long as nothing is counted.
    started_ms: i64,
    /// Day on which its newest event was received.
    received_day: i64,
}

impl Sessions {
    #[must_use]
    pub fn new(hash: TextHash) -> Self {
        Self { hash, cache: LruCache::new(CACHED) }
    }

    /// Forgets what a rolled back transaction may have added.
    pub fn forget(&mut self) {
        self.cache.clear();
    }

    /// The row id of an event's session, into which the event is counted.
    ///
    /// A row without counted events is no session yet: marks and hidden events only name it (datalyr.md 7.3).
    pub fn count(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        external_id: &str,
        (event, received_ms): (&TrackEvent, i64),
        channel_id: i64,
    ) -> Result<i64, rusqlite::Error> {
        let key = (project, external_id.into());
        let known = match self.cache.get(&key) {
            Some(&session) => Some(session),
            None => self.find(connection, project, external_id)?,
        };
        let mut session = match known {
            Some(session) => session,
            None => self.add(connection, project, external_id, channel_id)?,
        };
        // An index has the day: it is only written when it changes.
        let received_day = day_of(received_ms);
        if received_day > session.received_day {
            connection
                .prepare_cached("UPDATE track_session SET received_day = ?2 WHERE id = ?1")?
                .execute([session.id, received_day])?;
            session.received_day = received_day;
        }
        if !event.is_hidden && event.kind != EventKind::SessionMark {
            let is_page_view = event.kind == EventKind::PageView;
            if event.time_ms > session.started_ms {
                connection.prepare_cached(include_str!("count_later_event.sql"))?.execute(params![
                    session.id,
                    event.time_ms,
                    is_page_view
                ])?;
            } else {
                connection.prepare_cached(include_str!("count_session.sql"))?.execute(params![
                    session.id,
                    event.time_ms,
                    is_page_view,
                    channel_id
                ])?;
                session.started_ms = event.time_ms;
            }
        }
        if external_id.len() <= MAX_CACHED_BYTES {
            self.cache.put(key, session);
        }
        Ok(session.id)
    }

    fn find(
        &self,
        connection: &Connection,
        project: ProjectId,
        external_id: &str,
    ) -> Result<Option<Session>, rusqlite::Error> {
        connection
            .prepare_cached(include_str!("find_session.sql"))?
            .query_row(params![project.0, self.hash.hash(external_id), external_id], |row| {
                Ok(Session { id: row.get(0)?, started_ms: row.get(1)?, received_day: row.get(2)? })
            })
            .optional()
    }

    fn add(
        &self,
        connection: &Connection,
        project: ProjectId,
        external_id: &str,
        channel_id: i64,
    ) -> Result<Session, rusqlite::Error> {
        let id = connection.prepare_cached(include_str!("insert_session.sql"))?.insert(params![
            project.0,
            self.hash.hash(external_id),
            external_id,
            channel_id,
            i64::MAX,
            i64::MIN
        ])?;
        Ok(Session { id, started_ms: i64::MAX, received_day: 0 })
    }
}
