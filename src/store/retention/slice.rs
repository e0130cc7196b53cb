//! What a step looks at: a project's data from before a day.

use std::time::Instant;

use crate::store::visits::start_of_day;

/// A project's data of before a day, and until when a step may work on them.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    pub project: i64,
    /// UTC, counted from the epoch.
    pub before_day: i64,
    pub until: Instant,
}

impl Slice {
    /// Everything of a project.
    #[must_use]
    pub fn whole(project: i64, until: Instant) -> Self {
        Self { project, before_day: i64::MAX, until }
    }

    /// What is of before this moment.
    #[must_use]
    pub fn before_ms(self) -> i64 {
        start_of_day(self.before_day)
    }

    #[must_use]
    pub fn is_over(self) -> bool {
        Instant::now() >= self.until
    }
}
