//! Writes one heat batch inside the writer's open transaction.

use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::event_rows::{DetailColumn, EventRow, EventRows};
use super::index::{Pending, Stream};
use super::trail;
use crate::domain::batch::{Receipt, StoredProject};
use crate::domain::heat::{Detail, HeatBatch, HeatEvent, Place, ProjectRef, TrailPoint, UserFacts};
use crate::domain::id::{ClientId, ProjectId};
use crate::store::StoreError;
use crate::store::dictionary::{Dictionary, TextIds};
use crate::store::registry::{self, RegisteredKey};
use crate::store::sequence::Sequence;
use crate::store::value::Number;
use crate::store::visits::day_of;
use crate::store::visits::due::{DueSessions, SessionKind};

/// Sessions and users the writer remembers.
const CACHED: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// Hours of a session that are remembered as noted.
const REMEMBERED_HOURS: usize = 4;

/// The longest trail of one row, in milliseconds.
const MAX_TRAIL_MS: f64 = 3_600_000.0;

const MS_PER_HOUR: f64 = 3_600_000.0;

/// What the writer remembers between batches. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct HeatWriter {
    pub dictionary: Dictionary,
    pub sequence: Sequence,
    /// Points of the open transaction.
    pub pending: Pending,
    /// Sessions whose visits must be made again.
    pub due: DueSessions,
    next_session_id: i64,
    sessions: LruCache<(ProjectId, ClientId), Session>,
    users: LruCache<(ProjectId, Box<str>), User>,
}

#[derive(Debug, Clone)]
struct Session {
    id: i64,
    user_id: Option<i64>,
    received_at_ms: i64,
    last_ts: f64,
    max_span_ms: f64,
    row_count: i64,
    received_day: i64,
    hours: [Option<i64>; REMEMBERED_HOURS],
}

#[derive(Debug, Clone)]
struct User {
    id: i64,
    traits: Option<Box<str>>,
    proven: bool,
}

impl HeatWriter {
    pub fn new(connection: &Connection, dictionary: Dictionary) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            dictionary,
            sequence: Sequence::read(connection)?,
            pending: Pending::default(),
            due: DueSessions::new(SessionKind::Heat),
            next_session_id: next_session_id(connection)?,
            sessions: LruCache::new(CACHED),
            users: LruCache::new(CACHED),
        })
    }

    /// Forgets everything that a rolled back transaction may have said.
    pub fn forget(&mut self) {
        self.dictionary.forget();
        self.sequence.forget();
        self.due.forget();
        self.sessions.clear();
        self.users.clear();
    }

    /// Reads the numbers that are given next: somebody else may have given some.
    pub fn read_again(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        self.sequence = Sequence::read(connection)?;
        self.next_session_id = next_session_id(connection)?;
        Ok(())
    }

    /// Writes the batch and takes out of it the events that were there already, so that what remains
    /// is what will have been committed.
    pub fn insert(&mut self, connection: &Connection, batch: &mut HeatBatch) -> Result<Receipt, StoreError> {
        let project = find_project(connection, &batch.project, batch.received_at_ms)?;
        let texts = std::mem::take(&mut batch.texts);
        let mut ids = TextIds::new(&texts);
        let result = self.insert_events(connection, batch, project.project, &mut ids);
        batch.texts = texts;
        let stored = StoredProject { id: project.project, uuid: project.project_uuid };
        Ok(Receipt { project: Some(stored), duplicates: result?, ..Receipt::default() })
    }

    fn insert_events(
        &mut self,
        connection: &Connection,
        batch: &mut HeatBatch,
        project: ProjectId,
        ids: &mut TextIds<'_>,
    ) -> Result<u64, StoreError> {
        let user_id = match &batch.user {
            Some(user) => Some(self.user(connection, project, user, batch.received_at_ms)?),
            None => None,
        };
        let key = (project, batch.session.external_id.clone());
        let known = match self.sessions.get(&key) {
            Some(session) => Some(session.clone()),
            None => find_session(connection, &key)?,
        };
        let is_new = known.is_none();
        let mut session = known.unwrap_or_else(|| {
            let id = self.next_session_id;
            self.next_session_id += 1;
            Session {
                id,
                user_id: None,
                received_at_ms: batch.received_at_ms,
                last_ts: f64::NEG_INFINITY,
                max_span_ms: 0.0,
                row_count: 0,
                received_day: day_of(batch.received_at_ms),
                hours: [None; REMEMBERED_HOURS],
            }
        });
        if let (Some(former), Some(user)) = (session.user_id, user_id)
            && former != user
        {
            connection
                .prepare_cached("INSERT OR IGNORE INTO heat_session_former_user (user_id, session_id) VALUES (?1, ?2)")?
                .execute([former, session.id])?;
        }
        session.user_id = user_id.or(session.user_id);

        let received_in_ms = batch.received_at_ms.saturating_sub(session.received_at_ms);
        let mut rows = EventRows::new(connection)?;
        let mut is_new_event = Vec::with_capacity(batch.events.len());
        for event in &batch.events {
            let row = EventContext { project, user_id, received_in_ms };
            is_new_event.push(self.insert_event(connection, &mut rows, &row, &mut session, event, ids)?);
        }
        rows.flush()?;
        drop(rows);
        let mut is_new_event = is_new_event.into_iter();
        let before = batch.events.len();
        batch.events.retain(|_| is_new_event.next().unwrap_or(true));
        self.write_session(connection, batch, &key, &session, is_new, ids)?;
        session.received_day = session.received_day.max(day_of(batch.received_at_ms));
        self.due.note(connection, session.id)?;
        self.sessions.put(key, session);
        Ok((before - batch.events.len()) as u64)
    }

    /// Writes one event; false if it was there already.
    fn insert_event<'b, 't: 'b>(
        &mut self,
        connection: &Connection,
        rows: &mut EventRows<'_, 'b>,
        context: &EventContext,
        session: &mut Session,
        event: &'b HeatEvent,
        ids: &mut TextIds<'t>,
    ) -> Result<bool, StoreError> {
        let here = |x, y| [TrailPoint { ts: event.ts, x, y }];
        let single = match &event.place {
            Place::Trail(points) => {
                let mut is_new = false;
                for part in parts(points) {
                    is_new |= self.insert_row(connection, rows, context, session, (event, part), ids)?;
                }
                return Ok(is_new);
            }
            Place::Point { x, y } => here(*x, *y),
            Place::Depth { depth, .. } => here(*depth, 0.0),
            Place::Nowhere => here(0.0, 0.0),
        };
        self.insert_row(connection, rows, context, session, (event, &single), ids)
    }

    /// Writes one row: an event, or a part of its trail.
    fn insert_row<'b, 't: 'b>(
        &mut self,
        connection: &Connection,
        rows: &mut EventRows<'_, 'b>,
        context: &EventContext,
        session: &mut Session,
        (event, points): (&'b HeatEvent, &[TrailPoint]),
        ids: &mut TextIds<'t>,
    ) -> Result<bool, StoreError> {
        let first_ts = points.iter().map(|point| point.ts).fold(f64::INFINITY, f64::min);
        let last_ts = points.iter().map(|point| point.ts).fold(f64::NEG_INFINITY, f64::max);
        let trail = matches!(event.place, Place::Trail(_)).then(|| trail::pack(points, first_ts));
        if first_ts <= session.last_ts && rows.is_stored(session.id, first_ts, event, trail.as_deref())? {
            return Ok(false);
        }

        let count = i64::try_from(points.len()).unwrap_or(i64::MAX);
        let seq = self.sequence.take(connection, count)?;
        let dictionary = &mut self.dictionary;
        let path_id = ids.id(connection, dictionary, event.path)?;
        let (x, y) = match &event.place {
            Place::Point { x, y } => (Some(*x), Some(*y)),
            Place::Depth { scroll_y, depth } => (Some(*depth), Some(*scroll_y)),
            Place::Nowhere | Place::Trail(_) => (None, None),
        };
        let detail = match event.detail {
            Detail::None => DetailColumn::Null,
            Detail::Shared(text) => DetailColumn::Id(ids.id(connection, dictionary, text)?),
            Detail::Own(text) => DetailColumn::Text(ids.text(text)),
        };
        let bucket = ids.optional(connection, dictionary, event.bucket)?.unwrap_or(0);
        rows.add(EventRow {
            session_id: session.id,
            ts: first_ts,
            seq,
            kind: event.kind,
            path_id,
            meta_id: ids.id(connection, dictionary, event.meta_json)?,
            user_id: context.user_id,
            target_id: ids.optional(connection, dictionary, event.target)?,
            x,
            y,
            detail,
            trail,
            event_id: &event.event_id,
            received_in_ms: context.received_in_ms,
        })?;
        self.pending.add(Stream { project: context.project.0, kind: event.kind, path: path_id }, seq, bucket, points);

        for point in points {
            note_hour(connection, context.project, session, point.ts)?;
        }
        session.last_ts = session.last_ts.max(first_ts);
        session.max_span_ms = session.max_span_ms.max(last_ts - first_ts);
        session.row_count = session.row_count.saturating_add(count);
        Ok(true)
    }

    fn write_session(
        &mut self,
        connection: &Connection,
        batch: &HeatBatch,
        key: &(ProjectId, ClientId),
        session: &Session,
        is_new: bool,
        ids: &mut TextIds<'_>,
    ) -> Result<(), StoreError> {
        let facts = &batch.session;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of the present fit a double")]
        let now = batch.received_at_ms as f64;
        let last_seen_at = Number(facts.last_seen_at.unwrap_or(now));
        if !is_new {
            connection.prepare_cached(include_str!("update_session.sql"))?.execute(params![
                session.id,
                last_seen_at,
                session.user_id,
                Number(session.last_ts),
                Number(session.max_span_ms),
                session.row_count,
            ])?;
            return Ok(note_received(connection, session, day_of(batch.received_at_ms))?);
        }
        let dictionary = &mut self.dictionary;
        connection.prepare_cached(include_str!("insert_session.sql"))?.execute(params![
            session.id,
            key.0.0,
            key.1,
            session.user_id,
            Number(facts.started_at.unwrap_or(now)),
            last_seen_at,
            ids.id(connection, dictionary, facts.first_path)?,
            ids.optional(connection, dictionary, facts.user_agent)?,
            ids.id(connection, dictionary, facts.device_json)?,
            ids.optional(connection, dictionary, facts.client_json)?,
            facts.address_hash,
            session.received_at_ms,
            Number(session.last_ts),
            Number(session.max_span_ms),
            session.row_count,
            facts.country.number(),
            session.received_day,
        ])?;
        Ok(())
    }

    /// The row id of a user, who is added or brought up to date.
    fn user(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        facts: &UserFacts,
        now_ms: i64,
    ) -> Result<i64, StoreError> {
        let key = (project, facts.external_id.clone());
        let known = match self.users.get(&key) {
            Some(user) => Some(user.clone()),
            None => find_user(connection, &key)?,
        };
        let Some(mut user) = known else {
            let id = connection.prepare_cached(include_str!("insert_user.sql"))?.insert(params![
                project.0,
                Uuid::new_v4().as_bytes(),
                facts.external_id,
                facts.traits_json,
                facts.proven.then_some(now_ms),
                now_ms,
            ])?;
            self.users.put(key, User { id, traits: facts.traits_json.clone(), proven: facts.proven });
            return Ok(id);
        };
        let new_traits = facts.traits_json.is_some() && facts.traits_json != user.traits;
        let newly_proven = facts.proven && !user.proven;
        if new_traits || newly_proven {
            connection.prepare_cached(include_str!("update_user.sql"))?.execute(params![
                user.id,
                facts.traits_json,
                facts.proven.then_some(now_ms)
            ])?;
            if new_traits {
                user.traits.clone_from(&facts.traits_json);
            }
            user.proven |= facts.proven;
        }
        let id = user.id;
        self.users.put(key, user);
        Ok(id)
    }
}

/// Cuts a trail where it would last longer than [`MAX_TRAIL_MS`].
///
/// A pointer's way lasts seconds. One that claims to last for years would be read again for each of their hours.
fn parts(mut points: &[TrailPoint]) -> impl Iterator<Item = &[TrailPoint]> {
    std::iter::from_fn(move || {
        let first = points.first()?.ts;
        let (mut earliest, mut latest) = (first, first);
        let length = points.iter().position(|point| {
            (earliest, latest) = (earliest.min(point.ts), latest.max(point.ts));
            latest - earliest > MAX_TRAIL_MS
        });
        let (part, rest) = points.split_at(length.unwrap_or(points.len()));
        points = rest;
        Some(part)
    })
}

/// What all events of a batch have in common.
struct EventContext {
    project: ProjectId,
    user_id: Option<i64>,
    received_in_ms: i64,
}

/// Never one that was given before: visits and events of a session may outlive it.
fn next_session_id(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.query_row(include_str!("next_session_id.sql"), [], |row| row.get(0))
}

/// Notes the day on which a session's newest row was received, by which it is found when it is too old. An index has it, so
/// it is only written when it changes.
fn note_received(connection: &Connection, session: &Session, day: i64) -> Result<(), rusqlite::Error> {
    if day > session.received_day {
        connection
            .prepare_cached("UPDATE heat_session SET received_day = ?2 WHERE id = ?1")?
            .execute([session.id, day])?;
    }
    Ok(())
}

fn find_project(connection: &Connection, project: &ProjectRef, now_ms: i64) -> Result<RegisteredKey, StoreError> {
    match project {
        ProjectRef::Known(project) if registry::is_deleted(connection, *project)? => Err(StoreError::RevokedKey),
        ProjectRef::Known(project) => {
            let project_uuid = registry::project_uuid(connection, *project)?;
            Ok(RegisteredKey { project: *project, project_uuid, may_erase: false })
        }
        ProjectRef::Unregistered { key_hash, key_prefix, max_projects } => {
            if let Some(key) = registry::find_key(connection, key_hash)? {
                return Ok(key);
            }
            if registry::is_revoked_key(connection, key_hash)? {
                return Err(StoreError::RevokedKey);
            }
            if registry::count_projects(connection)? >= *max_projects {
                return Err(StoreError::ProjectLimit);
            }
            let project = registry::add_project(connection, "Default", now_ms)?;
            registry::add_secret(
                connection,
                registry::Secret::ProjectKey,
                project.project,
                key_hash,
                key_prefix,
                now_ms,
            )?;
            Ok(project)
        }
    }
}

fn find_session(connection: &Connection, key: &(ProjectId, ClientId)) -> Result<Option<Session>, rusqlite::Error> {
    connection
        .prepare_cached(include_str!("find_session.sql"))?
        .query_row(params![key.1, key.0.0], |row| {
            Ok(Session {
                id: row.get(0)?,
                user_id: row.get(1)?,
                received_at_ms: row.get(2)?,
                last_ts: row.get::<_, Number>(3)?.0,
                max_span_ms: row.get::<_, Number>(4)?.0,
                row_count: row.get(5)?,
                received_day: row.get(6)?,
                hours: [None; REMEMBERED_HOURS],
            })
        })
        .optional()
}

fn find_user(connection: &Connection, key: &(ProjectId, Box<str>)) -> Result<Option<User>, rusqlite::Error> {
    connection
        .prepare_cached(include_str!("find_user.sql"))?
        .query_row(params![key.0.0, key.1], |row| {
            Ok(User { id: row.get(0)?, traits: row.get(1)?, proven: row.get(2)? })
        })
        .optional()
}

/// Notes that the session has a row in the hour of `ts`.
fn note_hour(
    connection: &Connection,
    project: ProjectId,
    session: &mut Session,
    ts: f64,
) -> Result<(), rusqlite::Error> {
    let hour = hour_of(ts);
    if session.hours.contains(&Some(hour)) {
        return Ok(());
    }
    connection
        .prepare_cached("INSERT OR IGNORE INTO heat_session_hour (project_id, hour, session_id) VALUES (?1, ?2, ?3)")?
        .execute(params![project.0, hour, session.id])?;
    session.hours.rotate_right(1);
    session.hours[0] = Some(hour);
    Ok(())
}

/// The hour since the epoch in which `ts` lies; times beyond all hours are in the first or last one.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "saturates, as wanted")]
pub fn hour_of(ts: f64) -> i64 {
    (ts / MS_PER_HOUR).floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trails_that_last_long_are_cut() {
        let trail = |times: &[f64]| times.iter().map(|&ts| TrailPoint { ts, x: 0.0, y: 0.0 }).collect::<Vec<_>>();
        let lengths = |times: &[f64]| parts(&trail(times)).map(<[_]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&[0.0, 16.0, 33.0, 3_600_000.0]), [4]);
        assert_eq!(lengths(&[0.0, 3_600_001.0, 3_600_002.0, 0.0]), [1, 2, 1]);
        assert_eq!(lengths(&[f64::INFINITY, f64::INFINITY, 0.0, f64::NEG_INFINITY]), [2, 1, 1]);
    }
}
