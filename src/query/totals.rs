//! How much a project has received in a range of time.

use rusqlite::{Connection, params};

use super::heat_sessions::{self, SessionFilter};
use super::points::{self, PointFilter};
use crate::domain::heat::Kind;
use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::value::Number;

/// Counts of one project.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// Rows per kind, as the original counts them: each trail point is one.
    pub rows: Vec<(Kind, u64)>,
    /// Sessions that started in the range and were last seen in it.
    pub sessions: u64,
    /// Different users of those sessions.
    pub users: u64,
}

/// Counts what lies between `from` and `to`, in milliseconds since the epoch, both inclusive.
pub fn totals(connection: &Connection, project: ProjectId, from: f64, to: f64) -> Result<Totals, StoreError> {
    let filter = PointFilter { project, path: None, from, to };
    let mut rows = Vec::with_capacity(Kind::ALL.len());
    for kind in Kind::ALL {
        rows.push((kind, points::count(connection, &filter, &[kind])?));
    }
    let sessions =
        heat_sessions::count(connection, &SessionFilter { project, from, to, user: None, first_path: None })?;
    let users = connection
        .prepare_cached(include_str!("user_count.sql"))?
        .query_row(params![project.0, Number(from), Number(to)], |row| row.get(0))?;
    Ok(Totals { rows, sessions, users })
}
