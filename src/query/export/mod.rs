//! Rows on their way out of Hearth, page by page: each kind of them is a table with typed columns.
//!
//! Columns of the statements say by their names how they are written: `started:time` is a time in milliseconds. Each page
//! is read where the last one ended, so that a snapshot lasts for a page and never for a whole export.

pub mod cell;
pub mod heat;
pub mod persons;
pub mod table;

use self::cell::Row;
use crate::domain::id::ProjectId;
use crate::domain::period::Interval;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    pub project: ProjectId,
    /// Rows of kinds that have no time of their own are told in any case.
    pub interval: Interval,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Place(Vec<rusqlite::types::Value>);

/// Some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<Place>,
}
