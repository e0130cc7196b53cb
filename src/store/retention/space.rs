//! Pages that became free go back to the disk, some at a time.
//!
//! Only files that were made with `auto_vacuum` can do that: those of this version and later. In older ones free pages are
//! used again for new rows, until `hearth prune --compact` writes the file anew.

use rusqlite::Connection;

use super::Stepped;
use super::slice::Slice;
use crate::store::StoreError;

/// Free pages that are left for new rows, 1 MiB.
const RESERVE_PAGES: u64 = 256;

/// Pages between two looks at the clock.
const AT_ONCE: u64 = 64;

/// How the pages of a file are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pages {
    pub page_bytes: u64,
    pub all: u64,
    pub free: u64,
    /// Whether free ones can go back to the disk while the file is in use.
    pub can_shrink: bool,
}

impl Pages {
    /// Looks at the head of the file.
    pub fn of(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let number = |sql: &str| connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, u64>(0));
        Ok(Self {
            page_bytes: number("PRAGMA page_size")?,
            all: number("PRAGMA page_count")?,
            free: number("PRAGMA freelist_count")?,
            can_shrink: number("PRAGMA auto_vacuum")? == 2,
        })
    }

    /// Free pages that are not needed.
    fn spare(self) -> u64 {
        if self.can_shrink { self.free.saturating_sub(RESERVE_PAGES) } else { 0 }
    }
}

/// Gives pages back until few are free. To be called inside a transaction in which nothing else happens.
pub fn step(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    loop {
        let spare = Pages::of(connection)?.spare();
        if spare == 0 {
            return Ok(Stepped::DONE);
        }
        // A row for each page: all of them must be fetched.
        let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({})", spare.min(AT_ONCE)))?;
        let mut rows = vacuum.query([])?;
        while rows.next()?.is_some() {}
        drop(rows);
        if Pages::of(connection)?.spare() >= spare {
            return Ok(Stepped::DONE);
        }
        if slice.is_over() {
            return Ok(Stepped::unfinished(0));
        }
    }
}
