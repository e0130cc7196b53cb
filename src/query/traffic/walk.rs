//! Requests from the newest backwards: along the index that has the fewest rows to skip, and never more than a budget.

use rusqlite::{CachedStatement, Connection, Row, params};

use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// A place in the order of requests: when stored, then row id. A walk begins below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub created_at_ms: i64,
    pub id: i64,
}

impl Place {
    /// Above every request up to and with the millisecond `last_ms`.
    #[must_use]
    pub fn after(last_ms: i64) -> Self {
        Self { created_at_ms: last_ms, id: i64::MAX }
    }
}

/// What a walk goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    Time,
    /// Only what counts as an error.
    Errors,
    Slow,
    /// Row id of the user.
    User(i64),
    Session(String),
}

/// What a walk sees of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    pub place: Place,
    pub status: u16,
    pub is_slow: bool,
    pub duration_us: u64,
    pub method_id: i64,
    pub route_id: i64,
    pub user_id: Option<i64>,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// What a walk does after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    On,
    Stop,
}

/// Shows `visit` the requests of a project below `start` and not before `from_ms`, newest first.
pub fn walk(
    connection: &Connection,
    project: ProjectId,
    way: &Way,
    from_ms: i64,
    start: Place,
    mut visit: impl FnMut(Passed) -> Result<Step, StoreError>,
) -> Result<Step, StoreError> {
    let mut statement = statement(connection, way)?;
    let (last_ms, id) = (start.created_at_ms, start.id);
    let mut rows = match way {
        Way::Time | Way::Errors | Way::Slow => statement.query(params![project.0, from_ms, last_ms, id])?,
        Way::User(user) => statement.query(params![project.0, from_ms, last_ms, id, user])?,
        Way::Session(session) => statement.query(params![project.0, from_ms, last_ms, id, session])?,
    };
    while let Some(row) = rows.next()? {
        if visit(passed(row)?)? == Step::Stop {
            return Ok(Step::Stop);
        }
    }
    Ok(Step::On)
}

fn statement<'c>(connection: &'c Connection, way: &Way) -> Result<CachedStatement<'c>, rusqlite::Error> {
    connection.prepare_cached(match way {
        Way::Time => include_str!("newest_by_time.sql"),
        Way::Errors => include_str!("newest_errors.sql"),
        Way::Slow => include_str!("newest_slow.sql"),
        Way::User(_) => include_str!("newest_of_user.sql"),
        Way::Session(_) => include_str!("newest_of_session.sql"),
    })
}

fn passed(row: &Row<'_>) -> Result<Passed, rusqlite::Error> {
    Ok(Passed {
        place: Place { id: row.get(0)?, created_at_ms: row.get(1)? },
        status: row.get(2)?,
        is_slow: row.get(3)?,
        duration_us: row.get(4)?,
        method_id: row.get(5)?,
        route_id: row.get(6)?,
        user_id: row.get(7)?,
        bytes_in: row.get(8)?,
        bytes_out: row.get(9)?,
    })
}
