//! App events in order of time: of a project, or of one person.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::conversions::Place;
use super::identity::Person;
use crate::domain::id::{ClientId, ProjectId};
use crate::domain::track::EventKind;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::track::events::HIDDEN;

/// Which events are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFilter {
    pub project: ProjectId,
    /// First and last millisecond.
    pub from_ms: i64,
    pub to_ms: i64,
    pub kind: Option<EventKind>,
    /// Dictionary id.
    pub name: Option<i64>,
    /// Row id.
    pub session: Option<i64>,
    /// Dictionary id.
    pub channel: Option<i64>,
    pub event_id: Option<ClientId>,
    /// Also those that default reports leave out.
    pub with_hidden: bool,
}

/// An event as it is stored. Texts and identifiers are row ids.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    pub seq: i64,
    pub time_ms: i64,
    pub received_ms: i64,
    pub event_id: Option<ClientId>,
    pub name: i64,
    pub kind: EventKind,
    pub flags: i64,
    pub subject: Option<i64>,
    pub anonymous: Option<i64>,
    pub device: Option<i64>,
    pub session: Option<i64>,
    pub channel: i64,
    pub library: Option<i64>,
    /// Fingerprint of the touch it told.
    pub touch: Option<i64>,
    pub client_time: Option<String>,
    pub properties: String,
    pub context: Option<String>,
    pub project: ProjectId,
}

/// In which order, from where, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub is_descending: bool,
    pub after: Option<Place>,
    pub limit: usize,
}

impl StoredEvent {
    #[must_use]
    pub fn place(&self) -> Place {
        Place { time_ms: self.time_ms, seq: self.seq }
    }
}

impl EventFilter {
    /// All events of a project that default reports show.
    #[must_use]
    pub fn all(project: ProjectId) -> Self {
        Self {
            project,
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            kind: None,
            name: None,
            session: None,
            channel: None,
            event_id: None,
            with_hidden: false,
        }
    }

    fn admits(&self, event: &StoredEvent) -> bool {
        (self.from_ms..=self.to_ms).contains(&event.time_ms)
            && self.project == event.project
            && self.kind.is_none_or(|kind| kind == event.kind)
            && self.name.is_none_or(|name| name == event.name)
            && self.session.is_none_or(|session| Some(session) == event.session)
            && self.channel.is_none_or(|channel| channel == event.channel)
            && self.event_id.as_ref().is_none_or(|id| Some(id) == event.event_id.as_ref())
            && (self.with_hidden || event.flags & HIDDEN == 0)
    }
}

/// A page of events.
pub fn list(
    connection: &Connection,
    hash: TextHash,
    filter: &EventFilter,
    person: Option<&Person>,
    page: Page,
) -> Result<Vec<StoredEvent>, StoreError> {
    if let Some(event_id) = &filter.event_id {
        let known = by_remembered_id(connection, hash, filter, event_id)?;
        if !known.is_empty() {
            let is_meant = |event: &StoredEvent| {
                let is_after =
                    |after: Place| if page.is_descending { event.place() < after } else { event.place() > after };
                page.after.is_none_or(is_after)
                    && person
                        .is_none_or(|person| event.subject.is_some_and(|subject| person.owns(subject, event.time_ms)))
            };
            return Ok(in_order(known.into_iter().filter(is_meant).collect(), page));
        }
    }
    if let (Some(session), None) = (filter.session, person) {
        let sql = if page.is_descending {
            include_str!("events/session_newest.sql")
        } else {
            include_str!("events/session_oldest.sql")
        };
        return walk(connection, sql, session, filter, page, |event| event.project == filter.project);
    }
    let Some(person) = person else {
        let sql = if page.is_descending {
            include_str!("events/project_newest.sql")
        } else {
            include_str!("events/project_oldest.sql")
        };
        return walk(connection, sql, filter.project.0, filter, page, |_| true);
    };
    let sql = if page.is_descending {
        include_str!("events/subject_newest.sql")
    } else {
        include_str!("events/subject_oldest.sql")
    };
    let mut found = Vec::new();
    for subject in person.subjects() {
        found.extend(walk(connection, sql, subject, filter, page, |event| person.owns(subject, event.time_ms))?);
    }
    Ok(in_order(found, page))
}

/// The event with a row id.
pub fn by_seq(connection: &Connection, seq: i64) -> Result<Option<StoredEvent>, StoreError> {
    Ok(connection.prepare_cached(include_str!("events/by_seq.sql"))?.query_row([seq], read).optional()?)
}

fn in_order(mut events: Vec<StoredEvent>, page: Page) -> Vec<StoredEvent> {
    events.sort_unstable_by_key(StoredEvent::place);
    if page.is_descending {
        events.reverse();
    }
    events.truncate(page.limit);
    events
}

fn walk(
    connection: &Connection,
    sql: &str,
    of: i64,
    filter: &EventFilter,
    page: Page,
    is_meant: impl Fn(&StoredEvent) -> bool,
) -> Result<Vec<StoredEvent>, StoreError> {
    let (begin, end) = if page.is_descending {
        (Place { time_ms: filter.to_ms, seq: i64::MAX }, filter.from_ms)
    } else {
        (Place { time_ms: filter.from_ms, seq: i64::MIN }, filter.to_ms)
    };
    let begin = match page.after {
        Some(after) if page.is_descending => after.min(begin),
        Some(after) => after.max(begin),
        None => begin,
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![
        of,
        begin.time_ms,
        begin.seq,
        end,
        filter.kind.map(EventKind::code),
        filter.name,
        filter.session,
        filter.channel,
        filter.with_hidden,
        filter.event_id
    ])?;
    let mut found = Vec::new();
    while found.len() < page.limit
        && let Some(row) = rows.next()?
    {
        found.extend(Some(read(row)?).filter(&is_meant));
    }
    Ok(found)
}

/// The events with an id, while it is remembered: without a walk through the history.
fn by_remembered_id(
    connection: &Connection,
    hash: TextHash,
    filter: &EventFilter,
    event_id: &ClientId,
) -> Result<Vec<StoredEvent>, StoreError> {
    let mut keys = connection.prepare_cached("SELECT seq FROM track_key WHERE project_id = ?1 AND hash = ?2")?;
    let keys = keys.query_map(params![filter.project.0, hash.hash(&event_id.to_string())], |row| row.get(0))?;
    let mut found = Vec::new();
    for seq in keys.collect::<Result<Vec<i64>, _>>()? {
        found.extend(by_seq(connection, seq)?.filter(|event| filter.admits(event)));
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<StoredEvent, rusqlite::Error> {
    Ok(StoredEvent {
        seq: row.get(0)?,
        time_ms: row.get(1)?,
        received_ms: row.get(2)?,
        event_id: row.get(3)?,
        name: row.get(4)?,
        kind: EventKind::from_code(row.get(5)?),
        flags: row.get(6)?,
        subject: row.get(7)?,
        anonymous: row.get(8)?,
        device: row.get(9)?,
        session: row.get(10)?,
        channel: row.get(11)?,
        library: row.get(12)?,
        touch: row.get(13)?,
        client_time: row.get(14)?,
        properties: row.get(15)?,
        context: row.get(16)?,
        project: ProjectId(row.get(17)?),
    })
}
