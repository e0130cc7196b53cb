//! Sessions: the list of a project, and one session with its events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::heat_events::Position;
use super::heat_rows::{HeatRow, Stored};
use super::texts::Lookup;
use crate::domain::heat::Kind;
use crate::domain::id::{ClientId, ProjectId};
use crate::store::StoreError;
use crate::store::value::Number;

/// Which sessions are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionFilter {
    pub project: ProjectId,
    /// `started_at` is not before this.
    pub from: f64,
    /// `last_seen_at` is not after this.
    pub to: f64,
    pub user: Option<Uuid>,
    /// Dictionary id of the first path.
    pub first_path: Option<i64>,
}

/// What is known about a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub id: i64,
    pub external_id: ClientId,
    pub project_uuid: Uuid,
    pub user: Option<Uuid>,
    pub started_at: f64,
    pub last_seen_at: f64,
    pub received_at_ms: i64,
    pub first_path: String,
    pub user_agent: Option<String>,
    pub device_json: String,
    /// JSON of the sender's `sdk` and `app`.
    pub client_json: Option<String>,
    /// Keyed hash of the address, as 32 hexadecimal digits.
    pub address_hash: Option<String>,
    /// Rows as the original counts them.
    pub row_count: u64,
}

/// A user as identified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub uuid: Uuid,
    pub external_id: String,
    pub traits_json: Option<String>,
    /// When a verified token first vouched for the id, in milliseconds since the epoch.
    pub proven_at_ms: Option<i64>,
}

/// A page of sessions by start, ties by insertion: those behind `after`, a (start, row id), without the
/// first `offset` (heat-collector.md 5.2).
pub fn list(
    connection: &Connection,
    filter: &SessionFilter,
    after: Option<Position>,
    offset: u64,
    limit: usize,
) -> Result<Vec<Session>, StoreError> {
    let after = after.unwrap_or(Position { ts: f64::NEG_INFINITY, seq: i64::MIN });
    let mut statement = connection.prepare_cached(include_str!("sessions.sql"))?;
    let rows = statement.query(params![
        filter.project.0,
        Number(filter.from),
        Number(filter.to),
        filter.user.map(Uuid::into_bytes),
        filter.first_path,
        Number(after.ts),
        after.seq,
        limit,
        i64::try_from(offset).unwrap_or(i64::MAX)
    ])?;
    read_all(connection, rows)
}

/// How many sessions match.
pub fn count(connection: &Connection, filter: &SessionFilter) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("session_count.sql"))?;
    let user = filter.user.map(Uuid::into_bytes);
    Ok(statement.query_row(
        params![filter.project.0, Number(filter.from), Number(filter.to), user, filter.first_path],
        |row| row.get(0),
    )?)
}

/// The session a client named so: in `project`, or in the project that was created first.
pub fn find(
    connection: &Connection,
    external_id: &ClientId,
    project: Option<ProjectId>,
) -> Result<Option<Session>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("session.sql"))?;
    let rows = statement.query(params![external_id, project.map(|project| project.0)])?;
    Ok(read_all(connection, rows)?.pop())
}

/// When a session's first batch arrived, in milliseconds since the epoch.
pub fn received_at_ms(connection: &Connection, session_id: i64) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT received_at_ms FROM heat_session WHERE id = ?1")?
        .query_row([session_id], |row| row.get(0))?)
}

/// The user with a public id.
pub fn user(connection: &Connection, uuid: Uuid) -> Result<Option<User>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT uuid, external_id, traits, proven_at_ms FROM heat_user WHERE uuid = ?1")?
        .query_row([uuid.as_bytes()], |row| {
            Ok(User {
                uuid: Uuid::from_bytes(row.get(0)?),
                external_id: row.get(1)?,
                traits_json: row.get(2)?,
                proven_at_ms: row.get(3)?,
            })
        })
        .optional()?)
}

/// A page of a session's rows by time (heat-collector.md 5.3).
///
/// Trails overlap what happened meanwhile: their points wait in a heap until no earlier row can come.
pub fn rows(
    connection: &Connection,
    session: &Session,
    kind: Option<Kind>,
    offset: u64,
    limit: usize,
) -> Result<Vec<HeatRow>, StoreError> {
    let mut lookup = Lookup::new(connection);
    let mut statement = connection.prepare_cached(include_str!("stored_of_session.sql"))?;
    let mut stored_rows = statement.query(params![session.id, kind.map(|kind| kind as u8)])?;
    let mut waiting: BinaryHeap<Reverse<Waiting>> = BinaryHeap::new();
    let mut open: Vec<Stored> = Vec::new();
    let mut page = Vec::with_capacity(limit);
    let mut skip = offset;
    loop {
        let next = stored_rows.next()?.map(Stored::read).transpose()?;
        let horizon = next.as_ref().map_or(f64::INFINITY, |next| next.ts);
        while waiting.peek().is_some_and(|Reverse(first)| next.is_none() || first.ts < horizon) {
            let Some(Reverse(row)) = waiting.pop() else { break };
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let stored = &open[row.stored];
            page.push(stored.row(row.seq, &session.external_id, &mut lookup)?);
            if page.len() == limit {
                return Ok(page);
            }
        }
        let Some(next) = next else { return Ok(page) };
        if waiting.is_empty() {
            open.clear();
        }
        waiting.extend(next.row_keys().into_iter().map(|(ts, seq)| Reverse(Waiting { ts, seq, stored: open.len() })));
        open.push(next);
    }
}

/// How many rows of a kind a session has.
pub fn count_rows(connection: &Connection, session: &Session, kind: Option<Kind>) -> Result<u64, StoreError> {
    let Some(kind) = kind else { return Ok(session.row_count) };
    let mut statement = connection.prepare_cached(include_str!("stored_of_session.sql"))?;
    let mut rows = statement.query(params![session.id, kind as u8])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += Stored::read(row)?.trail.map_or(1, |trail| trail.len() as u64);
    }
    Ok(count)
}

/// A page of a session's stored events behind `after`: its timeline.
pub fn timeline(
    connection: &Connection,
    session: &Session,
    after: Option<Position>,
    limit: usize,
) -> Result<Vec<Stored>, StoreError> {
    let after = after.unwrap_or(Position { ts: f64::NEG_INFINITY, seq: i64::MIN });
    let mut statement = connection.prepare_cached(include_str!("stored_after.sql"))?;
    let mut rows = statement.query(params![session.id, Number(after.ts), after.seq, limit])?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        page.push(Stored::read(row)?);
    }
    Ok(page)
}

/// A row that may still be preceded by one not read yet.
#[derive(Debug, PartialEq)]
struct Waiting {
    ts: f64,
    seq: i64,
    /// Position in the list of open events.
    stored: usize,
}

impl Eq for Waiting {}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.ts.total_cmp(&other.ts).then(self.seq.cmp(&other.seq))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn read_all(connection: &Connection, mut rows: rusqlite::Rows<'_>) -> Result<Vec<Session>, StoreError> {
    let mut lookup = Lookup::new(connection);
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        sessions.push(read(row, &mut lookup)?);
    }
    Ok(sessions)
}

fn read(row: &Row<'_>, lookup: &mut Lookup<'_>) -> Result<Session, rusqlite::Error> {
    Ok(Session {
        id: row.get(0)?,
        external_id: row.get(1)?,
        project_uuid: Uuid::from_bytes(row.get(2)?),
        user: row.get::<_, Option<[u8; 16]>>(3)?.map(Uuid::from_bytes),
        started_at: row.get::<_, Number>(4)?.0,
        last_seen_at: row.get::<_, Number>(5)?.0,
        received_at_ms: row.get(6)?,
        first_path: lookup.text(row.get(7)?)?.to_string(),
        user_agent: lookup.optional_text(row.get(8)?)?.map(|text| text.to_string()),
        device_json: lookup.text(row.get(9)?)?.to_string(),
        client_json: lookup.optional_text(row.get(10)?)?.map(|text| text.to_string()),
        address_hash: row.get::<_, Option<[u8; 16]>>(11)?.map(|hash| format!("{:032x}", u128::from_be_bytes(hash))),
        row_count: row.get(12)?,
    })
}
