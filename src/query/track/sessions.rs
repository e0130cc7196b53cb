//! Sessions as clients name them: those with at least one event that counts. Marks and hidden events make none.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::conversions::Place;
use super::events_described::Describer;
use super::identity::Person;
use crate::domain::id::ProjectId;
use crate::domain::track::EventKind;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Most persons of one session that are named.
const MAX_PERSONS: usize = 100;

/// Which sessions are meant: by when they started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionFilter {
    pub project: ProjectId,
    /// First and last millisecond.
    pub from_ms: i64,
    pub to_ms: i64,
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: i64,
    pub external_id: String,
    /// Dictionary id.
    pub channel: i64,
    /// Of the first and the last event that counts.
    pub started_ms: i64,
    pub ended_ms: i64,
    pub events: u64,
    pub page_views: u64,
}

impl Session {
    /// Its place in the list: when it started, then its row id.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { time_ms: self.started_ms, seq: self.id }
    }
}

/// The row id of a session.
pub fn find_id(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    external_id: &str,
) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id FROM track_session WHERE project_id = ?1 AND hash = ?2 AND external_id = ?3")?
        .query_row(params![project.0, hash.hash(external_id), external_id], |row| row.get(0))
        .optional()?)
}

/// The session with a row id.
pub fn by_id(connection: &Connection, id: i64) -> Result<Option<Session>, StoreError> {
    Ok(connection.prepare_cached(include_str!("sessions/by_id.sql"))?.query_row([id], read).optional()?)
}

/// The newest sessions before a place, at most `limit`; of one person or of all.
pub fn newest(
    connection: &Connection,
    filter: SessionFilter,
    person: Option<&Person>,
    before: Option<Place>,
    limit: usize,
) -> Result<Vec<Session>, StoreError> {
    let end = Place { time_ms: filter.to_ms, seq: i64::MAX };
    let before = before.map_or(end, |before| before.min(end));
    if let Some(person) = person {
        let mut found = Vec::new();
        for id in ids_of_person(connection, person)? {
            found.extend(by_id(connection, id)?.filter(|it| it.place() < before && it.started_ms >= filter.from_ms));
        }
        found.sort_unstable_by_key(|session| std::cmp::Reverse(session.place()));
        found.truncate(limit);
        return Ok(found);
    }
    let mut statement = connection.prepare_cached(include_str!("sessions/newest.sql"))?;
    let parameters = params![filter.project.0, before.time_ms, before.seq, filter.from_ms, limit];
    let rows = statement.query_map(parameters, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The row ids of the sessions in which a person has events that count.
pub fn ids_of_person(connection: &Connection, person: &Person) -> Result<BTreeSet<i64>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("sessions/of_subject.sql"))?;
    let mut ids = BTreeSet::new();
    for (subject, span) in person.ranges() {
        let mut rows = statement.query(params![subject, span.from_ms, span.until_ms, EventKind::SessionMark.code()])?;
        while let Some(row) = rows.next()? {
            ids.insert(row.get(0)?);
        }
    }
    Ok(ids)
}

/// What the persons are called who have events in a session, in the order in which they came.
pub fn persons(
    connection: &Connection,
    describer: &mut Describer<'_>,
    session: i64,
) -> Result<Vec<Arc<str>>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("sessions/subjects.sql"))?;
    let mut rows = statement.query(params![session, MAX_PERSONS])?;
    let mut persons = Vec::new();
    while let Some(row) = rows.next()? {
        let subject = row.get(0)?;
        // A browser that changes hands within a session is tied to the next person by an event of that person.
        for time_ms in [row.get(1)?, row.get(2)?] {
            let person = describer.person_of(subject, time_ms)?;
            persons.extend(person.filter(|person| !persons.contains(person)));
        }
    }
    Ok(persons)
}

fn read(row: &Row<'_>) -> Result<Session, rusqlite::Error> {
    Ok(Session {
        id: row.get(0)?,
        external_id: row.get(1)?,
        channel: row.get(2)?,
        started_ms: row.get(3)?,
        ended_ms: row.get(4)?,
        events: row.get(5)?,
        page_views: row.get(6)?,
    })
}
