//! Which event ids were seen, for as long as they are remembered (datalyr.md 7.1).

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::domain::id::{ClientId, ProjectId};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Ids that one step forgets at most: some milliseconds, in which nothing else is written.
const FORGOTTEN_AT_ONCE: i64 = 2_000;

/// Stored events after which a step is due, whatever else there is to do. Fewer than a step forgets, so that forgetting
/// keeps up with any load.
pub const STORED_BETWEEN_STEPS: u32 = 1_000;

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

/// Whether a step would forget an id that was received before `until_ms`. Looks at one event only, unless the clock was
/// wrong when it arrived.
pub fn may_forget(connection: &Connection, now_ms: i64, until_ms: i64) -> Result<bool, StoreError> {
    let is_old = |event: &Arrived| event.at_ms < until_ms;
    match next_events(connection, 1)?.first() {
        Some(next) if next.at_ms > now_ms => Ok(next_events(connection, FORGOTTEN_AT_ONCE)?.iter().any(is_old)),
        Some(next) => Ok(is_old(next)),
        None => Ok(false),
    }
}

/// Takes one step of forgetting ids that were received before `until_ms`. To be called inside a transaction.
///
/// Events are gone through in the order in which they arrived. Among old ones there may be some that seem to be newer,
/// from a time when the clock was wrong: those are passed over, and stay remembered.
pub fn forget_step(connection: &Connection, hash: TextHash, until_ms: i64) -> Result<(), StoreError> {
    let mut events = next_events(connection, FORGOTTEN_AT_ONCE)?;
    let is_old = |event: &Arrived| event.at_ms < until_ms;
    events.truncate(events.iter().rposition(is_old).map_or(0, |last| last + 1));
    let Some(last) = events.last() else { return Ok(()) };
    connection.prepare_cached("UPDATE track_forgotten SET seq = ?1")?.execute([last.seq])?;
    let mut forget =
        connection.prepare_cached("DELETE FROM track_key WHERE project_id = ?1 AND hash = ?2 AND seq = ?3")?;
    for event in events.iter().filter(|event| is_old(event)) {
        if let Some(id) = &event.id {
            forget.execute(params![event.project, hash.hash(&id.to_string()), event.seq])?;
        }
    }
    Ok(())
}

/// What forgetting looks at of an event.
#[derive(Debug)]
struct Arrived {
    seq: i64,
    project: i64,
    at_ms: i64,
    id: Option<ClientId>,
}

/// The first events whose ids are not forgotten, in the order of arrival.
fn next_events(connection: &Connection, most: i64) -> Result<Vec<Arrived>, rusqlite::Error> {
    let read =
        |row: &Row<'_>| Ok(Arrived { seq: row.get(0)?, project: row.get(1)?, at_ms: row.get(2)?, id: row.get(3)? });
    connection.prepare_cached(include_str!("events_to_forget.sql"))?.query_map([most], read)?.collect()
}
