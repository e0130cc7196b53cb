//! Rows of `traffic_request` on their way into the file, several to a statement.

use std::sync::LazyLock;

use rusqlite::{CachedStatement, Connection, Statement};

use crate::domain::traffic::TrafficRecord;
use crate::store::StoreError;
use crate::store::pack::Damaged;

/// Rows in one statement: starting and ending a statement costs about as much as a row.
const ROWS: usize = 16;

/// Columns of a row beside its id.
const COLUMNS: usize = 23;

/// One row with its id.
const INSERT_ONE: &str = include_str!("insert_request.sql");

/// [`ROWS`] rows, to which SQLite gives the ids that follow the greatest one.
static INSERT_MANY: LazyLock<String> = LazyLock::new(|| {
    let row = |at: usize| {
        let parameters: Vec<_> = (1..=COLUMNS).map(|column| format!("?{}", at * COLUMNS + column)).collect();
        format!(", ({})", parameters.join(", "))
    };
    include_str!("insert_requests.sql").trim_end().to_owned() + &(1..ROWS).map(row).collect::<String>()
});

/// One row: the record, and what its texts, its user and its session are called in the file.
pub struct RequestRow<'b> {
    pub record: &'b TrafficRecord,
    pub method_id: i64,
    pub route_id: i64,
    pub host_id: i64,
    pub user_agent_id: Option<i64>,
    pub user_id: Option<i64>,
    pub session_id: Option<i64>,
}

/// The rows of one batch, whose ids follow each other.
pub struct RequestRows<'c, 'b> {
    connection: &'c Connection,
    insert_one: CachedStatement<'c>,
    insert_many: CachedStatement<'c>,
    waiting: Vec<RequestRow<'b>>,
    /// Whether SQLite knows where the ids of the batch begin.
    has_begun: bool,
}

impl<'c, 'b> RequestRows<'c, 'b> {
    pub fn new(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            connection,
            insert_one: connection.prepare_cached(INSERT_ONE)?,
            insert_many: connection.prepare_cached(&INSERT_MANY)?,
            waiting: Vec::with_capacity(ROWS),
            has_begun: false,
        })
    }

    /// Adds a row, which is written at the latest by [`Self::flush`].
    pub fn add(&mut self, row: RequestRow<'b>) -> Result<(), StoreError> {
        if !self.has_begun {
            self.has_begun = true;
            return Ok(row.insert(&mut self.insert_one)?);
        }
        self.waiting.push(row);
        if self.waiting.len() < ROWS {
            return Ok(());
        }
        for (at, row) in self.waiting.iter().enumerate() {
            row.bind(&mut self.insert_many, at * COLUMNS)?;
        }
        self.insert_many.raw_execute()?;
        let expected = self.waiting.last().map(|row| row.record.id);
        self.waiting.clear();
        // Rows with other ids than they were promised must not stay.
        if expected == Some(self.connection.last_insert_rowid()) { Ok(()) } else { Err(StoreError::Damaged(Damaged)) }
    }

    /// Writes the rows that wait.
    pub fn flush(&mut self) -> Result<(), rusqlite::Error> {
        self.waiting.drain(..).try_for_each(|row| row.insert(&mut self.insert_one))
    }
}

/// Greatest count in the file, 2^62 - 1: two of them can be added. Nothing real is greater.
pub const MAX_COUNT: i64 = i64::MAX / 2;

/// A count as the file can hold it.
#[must_use]
pub fn bounded(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(MAX_COUNT).min(MAX_COUNT)
}

impl RequestRow<'_> {
    /// Writes the row alone.
    fn insert(&self, statement: &mut Statement<'_>) -> Result<(), rusqlite::Error> {
        self.bind(statement, 0)?;
        statement.raw_bind_parameter(COLUMNS + 1, self.record.id)?;
        statement.raw_execute().map(|_| ())
    }

    /// Binds the row's columns behind the first `before` parameters.
    fn bind(&self, statement: &mut Statement<'_>, before: usize) -> Result<(), rusqlite::Error> {
        let record = self.record;
        let url = (*record.original_url != *record.route).then_some(&*record.original_url);
        statement.raw_bind_parameter(before + 1, record.project.0)?;
        statement.raw_bind_parameter(before + 2, record.created_at_ms)?;
        statement.raw_bind_parameter(before + 3, record.created_at_ms.saturating_sub(record.ended_at_ms))?;
        statement.raw_bind_parameter(before + 4, bounded(record.duration_us))?;
        statement.raw_bind_parameter(before + 5, record.first_byte_us.map(bounded))?;
        statement.raw_bind_parameter(before + 6, record.upstream_us.map(bounded))?;
        statement.raw_bind_parameter(before + 7, record.status)?;
        statement.raw_bind_parameter(before + 8, record.is_slow)?;
        statement.raw_bind_parameter(before + 9, record.failure.map(|failure| failure as i64))?;
        statement.raw_bind_parameter(before + 10, record.protocol as i64)?;
        statement.raw_bind_parameter(before + 11, self.method_id)?;
        statement.raw_bind_parameter(before + 12, self.route_id)?;
        statement.raw_bind_parameter(before + 13, self.host_id)?;
        statement.raw_bind_parameter(before + 14, self.user_agent_id)?;
        statement.raw_bind_parameter(before + 15, self.user_id)?;
        statement.raw_bind_parameter(before + 16, self.session_id)?;
        statement.raw_bind_parameter(before + 17, record.ip.as_deref())?;
        statement.raw_bind_parameter(before + 18, url)?;
        statement.raw_bind_parameter(before + 19, record.referrer.as_deref())?;
        statement.raw_bind_parameter(before + 20, record.trace_id.as_ref().map(<[u8; 16]>::as_slice))?;
        statement.raw_bind_parameter(before + 21, bounded(record.bytes_in))?;
        statement.raw_bind_parameter(before + 22, bounded(record.bytes_out))?;
        statement.raw_bind_parameter(before + COLUMNS, record.country.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_statement_has_a_parameter_for_each_column_of_each_row() {
        assert!(INSERT_MANY.ends_with(&format!("?{})", ROWS * COLUMNS)));
        assert_eq!(INSERT_MANY.matches('?').count(), ROWS * COLUMNS);
    }
}
