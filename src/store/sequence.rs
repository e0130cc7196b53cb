//! The order of insertion: numbers that only grow, over the life of the file.

use rusqlite::{Connection, params};

/// Numbers reserved at a time, so that the counter is written rarely. A restart skips the rest.
const RESERVED: i64 = 65_536;

/// Hands out sequence numbers.
#[derive(Debug)]
pub struct Sequence {
    next: i64,
    end: i64,
}

impl Sequence {
    /// Continues where the file says.
    pub fn read(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let next = connection.query_row("SELECT next_seq FROM install", [], |row| row.get(0))?;
        Ok(Self { next, end: next })
    }

    /// Takes `count` consecutive numbers and returns the first. If the transaction is rolled back,
    /// the numbers stay unused.
    pub fn take(&mut self, connection: &Connection, count: i64) -> Result<i64, rusqlite::Error> {
        if self.next + count > self.end {
            let end = self.next + count + RESERVED;
            connection.prepare_cached("UPDATE install SET next_seq = ?1")?.execute(params![end])?;
            self.end = end;
        }
        let first = self.next;
        self.next += count;
        Ok(first)
    }

    /// Makes sure that the next reservation is written again: the last one was rolled back.
    pub fn forget(&mut self) {
        self.end = self.next;
    }
}
