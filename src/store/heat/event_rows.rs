//! Rows of `heat_event` on their way into the file, several to a statement.
//!
//! Starting and ending a statement costs about a third of inserting a row; a batch of fifty events pays it a
//! few times instead of fifty. They say `OR FAIL`, because SQLite otherwise keeps a journal for each statement of several
//! rows, to undo it alone; here a batch is undone as a whole, by its savepoint.

use std::sync::LazyLock;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Statement, ToSql, params};

use crate::domain::heat::{HeatEvent, Kind};
use crate::domain::id::ClientId;
use crate::store::value::Number;

/// Rows in one statement.
const ROWS: usize = 8;

/// Columns of a row.
const COLUMNS: usize = 14;

const INSERT_ONE: &str = include_str!("insert_event.sql");

/// The same statement with [`ROWS`] rows of values.
static INSERT_MANY: LazyLock<String> = LazyLock::new(|| {
    let row = |at: usize| {
        let parameters: Vec<_> = (1..=COLUMNS).map(|column| format!("?{}", at * COLUMNS + column)).collect();
        format!(", ({})", parameters.join(", "))
    };
    INSERT_ONE.trim_end().to_owned() + &(1..ROWS).map(row).collect::<String>()
});

/// One row; the columns are those of the table.
pub struct EventRow<'b> {
    pub session_id: i64,
    pub ts: f64,
    pub seq: i64,
    pub kind: Kind,
    pub path_id: i64,
    pub meta_id: i64,
    pub user_id: Option<i64>,
    pub target_id: Option<i64>,
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub detail: DetailColumn<'b>,
    pub trail: Option<Vec<u8>>,
    pub event_id: &'b ClientId,
    pub received_in_ms: i64,
}

/// What goes into the column `detail`.
pub enum DetailColumn<'b> {
    Null,
    Id(i64),
    Text(&'b str),
}

/// The rows of one batch.
pub struct EventRows<'c, 'b> {
    insert_one: CachedStatement<'c>,
    insert_many: CachedStatement<'c>,
    find: CachedStatement<'c>,
    waiting: Vec<EventRow<'b>>,
}

impl<'c, 'b> EventRows<'c, 'b> {
    pub fn new(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            insert_one: connection.prepare_cached(INSERT_ONE)?,
            insert_many: connection.prepare_cached(&INSERT_MANY)?,
            find: connection.prepare_cached(include_str!("find_event.sql"))?,
            waiting: Vec::with_capacity(ROWS),
        })
    }

    /// Adds a row, which is written at the latest by [`Self::flush`].
    pub fn add(&mut self, row: EventRow<'b>) -> Result<(), rusqlite::Error> {
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

    /// Whether this very event is stored: same session, id, kind and time; of a trail, the same points.
    ///
    /// Ids are re-used for different events in practice, so the id alone does not tell (heat-collector.md D2).
    pub fn is_stored(
        &mut self,
        session_id: i64,
        ts: f64,
        event: &HeatEvent,
        trail: Option<&[u8]>,
    ) -> Result<bool, rusqlite::Error> {
        self.flush()?;
        self.find.exists(params![session_id, Number(ts), event.kind as u8, event.event_id, trail])
    }
}

impl EventRow<'_> {
    /// Binds the row's columns behind the first `before` parameters.
    fn bind(&self, statement: &mut Statement<'_>, before: usize) -> Result<(), rusqlite::Error> {
        let number = |value: Option<f64>| value.map(Number);
        statement.raw_bind_parameter(before + 1, self.session_id)?;
        statement.raw_bind_parameter(before + 2, Number(self.ts))?;
        statement.raw_bind_parameter(before + 3, self.seq)?;
        statement.raw_bind_parameter(before + 4, self.kind as u8)?;
        statement.raw_bind_parameter(before + 5, self.path_id)?;
        statement.raw_bind_parameter(before + 6, self.meta_id)?;
        statement.raw_bind_parameter(before + 7, self.user_id)?;
        statement.raw_bind_parameter(before + 8, self.target_id)?;
        statement.raw_bind_parameter(before + 9, number(self.x))?;
        statement.raw_bind_parameter(before + 10, number(self.y))?;
        statement.raw_bind_parameter(before + 11, &self.detail)?;
        statement.raw_bind_parameter(before + 12, self.trail.as_deref())?;
        statement.raw_bind_parameter(before + 13, self.event_id)?;
        statement.raw_bind_parameter(before + COLUMNS, self.received_in_ms)
    }
}

impl ToSql for DetailColumn<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Id(id) => ValueRef::Integer(*id),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
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
