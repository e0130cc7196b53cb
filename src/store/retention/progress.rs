//! How far deleting is, for people and programs that ask. All of it is read by index.

use rusqlite::Connection;

use super::guard::{self, ClockState};
use super::oldest::oldest_day;
use super::run::{self, Run};
pub use super::space::Pages;
use super::{Kind, Rules, project};
use crate::store::StoreError;

/// How far deleting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub clock: ClockState,
    pub kinds: Vec<KindProgress>,
    pub pages: Pages,
    /// Projects that were deleted and whose rows are going.
    pub projects_leaving: u64,
}

/// The same of one kind of data. Days are UTC, counted from the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindProgress {
    pub kind: Kind,
    /// Absent: for ever.
    pub kept_ms: Option<i64>,
    /// The oldest day that has data.
    pub oldest_day: Option<i64>,
    /// Before this day everything is too old; absent if it is kept for ever.
    pub target_day: Option<i64>,
    pub run: Option<Run>,
}

impl KindProgress {
    /// Days that are too old and still there.
    #[must_use]
    pub fn days_behind(&self) -> i64 {
        match (self.oldest_day, self.target_day) {
            (Some(oldest_day), Some(target_day)) => (target_day - oldest_day).max(0),
            _ => 0,
        }
    }
}

/// Looks how far deleting is.
pub fn progress(connection: &Connection, rules: Rules, now_ms: i64) -> Result<Progress, StoreError> {
    let mut kinds = Vec::with_capacity(Kind::ALL.len());
    for kind in Kind::ALL {
        kinds.push(KindProgress {
            kind,
            kept_ms: rules.kept_ms(kind),
            oldest_day: oldest_day(connection, kind, i64::MIN)?,
            target_day: rules.target_day(kind, now_ms),
            run: run::last(connection, kind)?,
        });
    }
    Ok(Progress {
        clock: guard::look(connection, now_ms)?,
        kinds,
        pages: Pages::of(connection)?,
        projects_leaving: project::count(connection)?,
    })
}
