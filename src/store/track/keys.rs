//! Which event ids were seen, for as long as they are remembered (datalyr.md 7.1).

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::{ClientId, ProjectId};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Ids that one step forgets at most; a step is taken twice a second.
const FORGOTTEN_AT_ONCE: i64 = 10_000;

/// An event id that may have been seen.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    pub project: ProjectId,
    pub id: &'a ClientId,
    pub hash: i64,
}

impl<'a> Key<'a> {
    #[must_use]
    pub fn new(project: ProjectId, id: &'a ClientId, text: &str, hash: TextHash) -> Self {
        Self { project, id, hash: hash.hash(text) }
    }

    /// Whether the id was first received less than `remembered_for_ms` before `now_ms`. Not sliding: a copy does not
    /// prolong it. A key from the future, left by a clock that was set back, still counts.
    pub fn is_remembered(
        self,
        connection: &Connection,
        now_ms: i64,
        remembered_for_ms: Option<i64>,
    ) -> Result<bool, StoreError> {
        let mut find =
            connection.prepare_cached("SELECT seq, received_ms FROM track_key WHERE project_id = ?1 AND hash = ?2")?;
        let mut rows = find.query(params![self.project.0, self.hash])?;
        while let Some(row) = rows.next()? {
            let (seq, received_ms): (i64, i64) = (row.get(0)?, row.get(1)?);
            let is_fresh = remembered_for_ms.is_none_or(|for_ms| now_ms.saturating_sub(received_ms) < for_ms);
            if is_fresh && self.is_of(connection, seq)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Remembers the id of a new event.
    pub fn remember(self, connection: &Connection, seq: i64, received_ms: i64) -> Result<(), rusqlite::Error> {
        connection
            .prepare_cached("INSERT INTO track_key (project_id, hash, seq, received_ms) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![self.project.0, self.hash, seq, received_ms])?;
        Ok(())
    }

    /// Whether the event has this very id and not only its hash. An event that is gone is believed to have had it.
    fn is_of(self, connection: &Connection, seq: i64) -> Result<bool, rusqlite::Error> {
        let id: Option<Option<ClientId>> = connection
            .prepare_cached("SELECT event_id FROM track_event WHERE seq = ?1")?
            .query_row([seq], |row| row.get(0))
            .optional()?;
        Ok(id.is_none_or(|id| id.as_ref() == Some(self.id)))
    }
}

/// Takes one step of forgetting ids that were received before `until_ms`. True if there may be more.
pub fn forget_step(connection: &Connection, hash: TextHash, until_ms: i64) -> Result<bool, rusqlite::Error> {
    let begin: i64 = connection.prepare_cached("SELECT seq FROM track_forgotten")?.query_row([], |row| row.get(0))?;
    let mut events = connection.prepare_cached(include_str!("events_to_forget.sql"))?;
    let mut rows = events.query(params![begin, FORGOTTEN_AT_ONCE])?;
    let (mut end, mut count) = (begin, 0);
    while let Some(row) = rows.next()? {
        let received_ms: i64 = row.get(2)?;
        if received_ms >= until_ms {
            break;
        }
        end = row.get(0)?;
        count += 1;
        if let Some(id) = row.get::<_, Option<ClientId>>(3)? {
            connection
                .prepare_cached("DELETE FROM track_key WHERE project_id = ?1 AND hash = ?2 AND seq = ?3")?
                .execute(params![row.get::<_, i64>(1)?, hash.hash(&id.to_string()), end])?;
        }
    }
    if end > begin {
        connection.prepare_cached("UPDATE track_forgotten SET seq = ?1")?.execute([end])?;
    }
    Ok(count == FORGOTTEN_AT_ONCE)
}
