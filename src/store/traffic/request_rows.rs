//! Rows of `traffic_request` on their way into the file, several to a statement.

use std::sync::LazyLock;

use rusqlite::{CachedStatement, Connection, Statement};

use crate::domain::traffic::TrafficRecord;

/// Rows in one statement: starting and ending a statement costs about as much as a row.
const ROWS: usize = 16;

/// Columns of a row.
const COLUMNS: usize = 23;

const INSERT_ONE: &str = include_str!("insert_request.sql");

/// The same statement with [`ROWS`] rows of values.
static INSERT_MANY: LazyLock<String> = LazyLock::new(|| {
    let row = |at: usize| {
        let parameters: Vec<_> = (1..=COLUMNS).map(|column| format!("?{}", at * COLUMNS + column)).collect();
        format!(", ({})", parameters.join(", "))
    };
    INSERT_ONE.trim_end().to_owned() + &(1..ROWS).map(row).collect::<String>()
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

/// The rows of one batch.
pub struct RequestRows<'c, 'b> {
    insert_one: CachedStatement<'c>,
    insert_many: CachedStatement<'c>,
    waiting: Vec<RequestRow<'b>>,
}

impl<'c, 'b> RequestRows<'c, 'b> {
    pub fn new(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            insert_one: connection.prepare_cached(INSERT_ONE)?,
            insert_many: connection.prepare_cached(&INSERT_MANY)?,
            waiting: Vec::with_capacity(ROWS),
        })
    }

    /// Adds a row, which is written at the latest by [`Self::flush`].
    pub fn add(&mut self, row: RequestRow<'b>) -> Result<(), rusqlite::Error> {
        self.waiting.push(row);
        if self.waiting.len() < ROWS {
            return Ok(());
        }
        for (at, row) in self.waiting.iter().enumerate() {
            row.bind(&mut self.insert_many, at * COLUMNS)?;
        }
        self.insert_many.raw_execute()?;
        self.waiting.clear();
        Ok(())
    }

    /// Writes the rows that wait.
    pub fn flush(&mut self) -> Result<(), rusqlite::Error> {
        for row in self.waiting.drain(..) {
            row.bind(&mut self.insert_one, 0)?;
            self.insert_one.raw_execute()?;
        }
        Ok(())
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
    /// Binds the row's columns behind the first `before` parameters.
    fn bind(&self, statement: &mut Statement<'_>, before: usize) -> Result<(), rusqlite::Error> {
        let record = self.record;
        let url = (*record.original_url != *record.route).then_some(&*record.original_url);
        statement.raw_bind_parameter(before + 1, record.id)?;
        statement.raw_bind_parameter(before + 2, record.project.0)?;
        statement.raw_bind_parameter(before + 3, record.created_at_ms)?;
        statement.raw_bind_parameter(before + 4, record.created_at_ms.saturating_sub(record.ended_at_ms))?;
        statement.raw_bind_parameter(before + 5, bounded(record.duration_us))?;
        statement.raw_bind_parameter(before + 6, record.first_byte_us.map(bounded))?;
        statement.raw_bind_parameter(before + 7, record.upstream_us.map(bounded))?;
        statement.raw_bind_parameter(before + 8, record.status)?;
        statement.raw_bind_parameter(before + 9, record.is_slow)?;
        statement.raw_bind_parameter(before + 10, record.failure.map(|failure| failure as i64))?;
        statement.raw_bind_parameter(before + 11, record.protocol as i64)?;
        statement.raw_bind_parameter(before + 12, self.method_id)?;
        statement.raw_bind_parameter(before + 13, self.route_id)?;
        statement.raw_bind_parameter(before + 14, self.host_id)?;
        statement.raw_bind_parameter(before + 15, self.user_agent_id)?;
        statement.raw_bind_parameter(before + 16, self.user_id)?;
        statement.raw_bind_parameter(before + 17, self.session_id)?;
        statement.raw_bind_parameter(before + 18, record.ip.as_deref())?;
        statement.raw_bind_parameter(before + 19, url)?;
        statement.raw_bind_parameter(before + 20, record.referrer.as_deref())?;
        statement.raw_bind_parameter(before + 21, record.trace_id.as_ref().map(<[u8; 16]>::as_slice))?;
        statement.raw_bind_parameter(before + 22, bounded(record.bytes_in))?;
        statement.raw_bind_parameter(before + COLUMNS, bounded(record.bytes_out))
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
