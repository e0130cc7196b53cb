//! Finds the row ids of the sessions that requests belong to, and adds new ones.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::ProjectId;
use crate::domain::traffic::TrafficRecord;

/// Sessions the writer remembers, some ten MB at most.
const CACHED: NonZeroUsize = NonZeroUsize::new(32_768).unwrap();

/// What the writer remembers of sessions. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct SessionIds {
    cache: LruCache<(ProjectId, Box<str>), i64>,
}

/// The row ids of one batch's sessions.
pub type BatchSessions<'b> = HashMap<(ProjectId, &'b str), i64>;

impl Default for SessionIds {
    fn default() -> Self {
        Self { cache: LruCache::new(CACHED) }
    }
}

impl SessionIds {
    /// The ids of all sessions of a batch; each is looked up or added at most once.
    pub fn of_batch<'b>(
        &mut self,
        connection: &Connection,
        records: &'b [TrafficRecord],
    ) -> Result<BatchSessions<'b>, rusqlite::Error> {
        let mut ids = HashMap::new();
        for record in records {
            if let Some(external_id) = record.session_id.as_deref()
                && !ids.contains_key(&(record.project, external_id))
            {
                ids.insert((record.project, external_id), self.id(connection, record.project, external_id)?);
            }
        }
        Ok(ids)
    }

    /// Forgets what a rolled back transaction may have added.
    pub fn forget(&mut self) {
        self.cache.clear();
    }

    fn id(&mut self, connection: &Connection, project: ProjectId, external_id: &str) -> Result<i64, rusqlite::Error> {
        let key = (project, external_id.into());
        if let Some(&id) = self.cache.get(&key) {
            return Ok(id);
        }
        let known = connection
            .prepare_cached("SELECT id FROM traffic_session WHERE project_id = ?1 AND external_id = ?2")?
            .query_row(params![project.0, external_id], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => connection
                .prepare_cached("INSERT INTO traffic_session (project_id, external_id) VALUES (?1, ?2)")?
                .insert(params![project.0, external_id])?,
        };
        self.cache.put(key, id);
        Ok(id)
    }
}
