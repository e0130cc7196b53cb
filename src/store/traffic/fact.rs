//! What rollups need to know of a stored request, and how it is read back from the file.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};

use crate::store::dictionary;

/// Method id of rollups for all methods that are not registered; a client may invent any number of them.
pub const OTHER_METHOD_ID: i64 = 0;

/// Name of [`OTHER_METHOD_ID`], as OpenTelemetry's `http.request.method` has it.
pub const OTHER_METHOD: &str = "_OTHER";

/// Methods that rollups tell apart: those of RFC 9110 section 9 and RFC 5789. Others are one.
pub const REGISTERED: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

/// One row of `traffic_request`, as far as rollups look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    pub id: i64,
    pub project_id: i64,
    pub created_at_ms: i64,
    /// Dictionary.
    pub route_id: i64,
    /// Dictionary, or [`OTHER_METHOD_ID`].
    pub method_id: i64,
    /// Of `traffic_user`.
    pub user_id: Option<i64>,
    pub status: u16,
    pub is_slow: bool,
    pub duration_us: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

impl Fact {
    /// The first digit of the status.
    #[must_use]
    pub fn status_class(&self) -> u16 {
        self.status / 100
    }
}

/// Whether rollups tell the method apart from others; methods are case-sensitive (RFC 9110 section 9.1).
#[must_use]
pub fn is_registered(method: &str) -> bool {
    REGISTERED.contains(&method)
}

/// The name of a rollup's method.
pub fn method_name(connection: &Connection, method_id: i64) -> Result<String, rusqlite::Error> {
    if method_id == OTHER_METHOD_ID { Ok(OTHER_METHOD.to_owned()) } else { dictionary::text(connection, method_id) }
}

/// Up to which row the rollups go.
pub fn rolled_up_id(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.prepare_cached("SELECT rolled_up_id FROM traffic_progress")?.query_row([], |row| row.get(0))
}

/// The rows after one id and up to another, in order, at most `limit`.
pub fn facts_between(
    connection: &Connection,
    after_id: i64,
    last_id: i64,
    limit: usize,
) -> Result<Vec<Fact>, rusqlite::Error> {
    let mut facts = Vec::new();
    visit_facts(connection, after_id, last_id, limit, |fact| facts.push(fact))?;
    Ok(facts)
}

/// Shows the same rows one after another.
pub fn visit_facts(
    connection: &Connection,
    after_id: i64,
    last_id: i64,
    limit: usize,
    mut visit: impl FnMut(Fact),
) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare_cached(include_str!("facts.sql"))?;
    let mut rows = statement.query(params![after_id, last_id, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut methods = HashMap::new();
    while let Some(row) = rows.next()? {
        visit(read(connection, row, &mut methods)?);
    }
    Ok(())
}

/// Reads a row; `methods` remembers what a method of the row is in a rollup.
fn read(connection: &Connection, row: &Row<'_>, methods: &mut HashMap<i64, i64>) -> Result<Fact, rusqlite::Error> {
    let method_id = row.get(4)?;
    let method_id = if let Some(known) = methods.get(&method_id) {
        *known
    } else {
        let is_registered = is_registered(&dictionary::text(connection, method_id)?);
        *methods.entry(method_id).or_insert(if is_registered { method_id } else { OTHER_METHOD_ID })
    };
    Ok(Fact {
        id: row.get(0)?,
        project_id: row.get(1)?,
        created_at_ms: row.get(2)?,
        route_id: row.get(3)?,
        method_id,
        user_id: row.get(5)?,
        status: row.get(6)?,
        is_slow: row.get(7)?,
        duration_us: row.get(8)?,
        bytes_in: row.get(9)?,
        bytes_out: row.get(10)?,
    })
}
