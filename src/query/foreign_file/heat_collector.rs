//! The database of heat-collector (heat-collector.md 7): projects, users, sessions, events, in the order of insertion.

use rusqlite::{Connection, Row, params};

use super::cell::{self, Reason};
use super::has_columns;

/// The tables, and the columns that are read.
const TABLES: [(&str, &[&str]); 4] = [
    ("projects", &["id", "key", "name", "created_at"]),
    ("users", &["id", "project_id", "external_id", "traits_json", "created_at"]),
    (
        "sessions",
        &[
            "id",
            "project_id",
            "user_id",
            "started_at",
            "last_seen_at",
            "first_path",
            "user_agent",
            "device_json",
            "ip_hash",
        ],
    ),
    (
        "events",
        &[
            "id",
            "project_id",
            "session_id",
            "user_id",
            "type",
            "ts",
            "path",
            "selector",
            "x",
            "y",
            "scroll_depth",
            "meta_json",
        ],
    ),
];

/// A project and its key.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignProject {
    pub id: String,
    pub key: String,
    pub name: String,
    pub created_at: f64,
}

/// A user as identified.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignUser {
    pub id: String,
    pub project: String,
    pub external_id: String,
    pub traits_json: Option<String>,
    pub created_at: f64,
}

/// What is known about a session.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignSession {
    pub id: String,
    pub project: String,
    /// As the page named the user.
    pub user: Option<String>,
    pub started_at: f64,
    pub last_seen_at: f64,
    pub first_path: String,
    pub user_agent: Option<String>,
    pub device_json: Option<String>,
    pub ip_hash: Option<String>,
}

/// A row of an event; each point of a move has one.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignEvent {
    pub id: String,
    pub kind: String,
    pub ts: f64,
    pub path: String,
    pub selector: Option<String>,
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub scroll_depth: Option<f64>,
    pub meta_json: Option<String>,
    /// Its session, in the event's own project; of the event alone where the session is missing.
    pub session: ForeignSession,
}

/// A row's number, and the row if it makes sense.
pub type Numbered<T> = (i64, Result<T, Reason>);

/// What tells one state of a file from another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extent {
    pub projects: i64,
    pub users: i64,
    pub sessions: i64,
    pub events: i64,
    pub last_seen_at: Option<String>,
    pub first_event: Option<String>,
    pub last_event: Option<String>,
}

/// Whether the file is one of heat-collector's.
pub fn is_one(connection: &Connection) -> Result<bool, rusqlite::Error> {
    for (table, columns) in TABLES {
        if !has_columns(connection, table, columns)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How much there is.
pub fn extent(connection: &Connection) -> Result<Extent, rusqlite::Error> {
    connection.query_row(include_str!("heat_collector_extent.sql"), [], |row| {
        Ok(Extent {
            projects: row.get(0)?,
            users: row.get(1)?,
            sessions: row.get(2)?,
            events: row.get(3)?,
            last_seen_at: row.get(4)?,
            first_event: row.get(5)?,
            last_event: row.get(6)?,
        })
    })
}

/// Projects behind a row.
pub fn projects(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> Result<Vec<Numbered<ForeignProject>>, rusqlite::Error> {
    let sql = "SELECT rowid, id, key, name, created_at FROM projects WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    read(connection, sql, after, limit, |row| {
        Ok(ForeignProject {
            id: cell::text(row, 1, "a project has no id")?,
            key: cell::text(row, 2, "a project has no key")?,
            name: cell::text(row, 3, "a project has no name")?,
            created_at: cell::number(row, 4, "a project has no time")?,
        })
    })
}

/// Users behind a row.
pub fn users(connection: &Connection, after: i64, limit: usize) -> Result<Vec<Numbered<ForeignUser>>, rusqlite::Error> {
    read(connection, include_str!("heat_collector_users.sql"), after, limit, |row| {
        Ok(ForeignUser {
            id: cell::text(row, 1, "a user has no id")?,
            project: cell::text(row, 2, "a user has no project")?,
            external_id: cell::text(row, 3, "a user has no name")?,
            traits_json: cell::optional_text(row, 4)?,
            created_at: cell::number(row, 5, "a user has no time")?,
        })
    })
}

/// Sessions behind a row.
pub fn sessions(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> Result<Vec<Numbered<ForeignSession>>, rusqlite::Error> {
    read(connection, include_str!("heat_collector_sessions.sql"), after, limit, |row| {
        Ok(ForeignSession {
            id: cell::text(row, 1, "a session has no id")?,
            project: cell::text(row, 2, "a session has no project")?,
            user: cell::optional_text(row, 3)?,
            started_at: cell::number(row, 4, "a session has no start")?,
            last_seen_at: cell::number(row, 5, "a session has no end")?,
            first_path: cell::text(row, 6, "a session has no path")?,
            user_agent: cell::optional_text(row, 7)?,
            device_json: cell::optional_text(row, 8)?,
            ip_hash: cell::optional_text(row, 9)?,
        })
    })
}

/// Events behind a row.
pub fn events(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> Result<Vec<Numbered<ForeignEvent>>, rusqlite::Error> {
    read(connection, include_str!("heat_collector_events.sql"), after, limit, |row| {
        let ts = cell::number(row, 6, "an event has no time")?;
        let path = cell::text(row, 7, "an event has no path")?;
        Ok(ForeignEvent {
            id: cell::text(row, 1, "an event has no id")?,
            kind: cell::text(row, 5, "an event has no type")?,
            ts,
            selector: cell::optional_text(row, 8)?,
            x: cell::optional_number(row, 9)?,
            y: cell::optional_number(row, 10)?,
            scroll_depth: cell::optional_number(row, 11)?,
            meta_json: cell::optional_text(row, 12)?,
            session: ForeignSession {
                id: cell::text(row, 3, "an event has no session")?,
                project: cell::text(row, 2, "an event has no project")?,
                user: cell::optional_text(row, 4)?,
                started_at: cell::optional_number(row, 13)?.unwrap_or(ts),
                last_seen_at: cell::optional_number(row, 14)?.unwrap_or(ts),
                first_path: cell::optional_text(row, 15)?.unwrap_or_else(|| path.clone()),
                user_agent: cell::optional_text(row, 16)?,
                device_json: cell::optional_text(row, 17)?,
                ip_hash: cell::optional_text(row, 18)?,
            },
            path,
        })
    })
}

fn read<T>(
    connection: &Connection,
    sql: &str,
    after: i64,
    limit: usize,
    take: impl Fn(&Row<'_>) -> Result<T, Reason>,
) -> Result<Vec<Numbered<T>>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![after, limit])?;
    let mut taken = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        taken.push((row.get(0)?, take(row)));
        bytes += cell::text_bytes(row);
        if bytes >= super::MAX_PAGE_BYTES {
            break;
        }
    }
    Ok(taken)
}
