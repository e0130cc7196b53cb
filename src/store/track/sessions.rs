//! Sessions as clients name them.

use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::ProjectId;
use crate::domain::track::{EventKind, TrackEvent};
use crate::store::dictionary::TextHash;

/// Sessions the writer remembers.
const CACHED: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// What the writer remembers of sessions. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct Sessions {
    hash: TextHash,
    cache: LruCache<(ProjectId, Box<str>), i64>,
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
        event: &TrackEvent,
        channel_id: i64,
    ) -> Result<i64, rusqlite::Error> {
        let id = self.id(connection, project, external_id, channel_id)?;
        if !event.is_hidden && event.kind != EventKind::SessionMark {
            connection.prepare_cached(include_str!("count_session.sql"))?.execute(params![
                id,
                event.time_ms,
                event.kind == EventKind::PageView,
                channel_id
            ])?;
        }
        Ok(id)
    }

    fn id(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        external_id: &str,
        channel_id: i64,
    ) -> Result<i64, rusqlite::Error> {
        let key = (project, external_id.into());
        if let Some(&id) = self.cache.get(&key) {
            return Ok(id);
        }
        let hash = self.hash.hash(external_id);
        let known = connection
            .prepare_cached("SELECT id FROM track_session WHERE project_id = ?1 AND hash = ?2 AND external_id = ?3")?
            .query_row(params![project.0, hash, external_id], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => connection.prepare_cached(include_str!("insert_session.sql"))?.insert(params![
                project.0,
                hash,
                external_id,
                channel_id,
                i64::MAX,
                i64::MIN
            ])?,
        };
        self.cache.put(key, id);
        Ok(id)
    }
}
