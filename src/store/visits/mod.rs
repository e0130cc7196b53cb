//! Visits, made of the events of sessions when these have come to rest for a moment.
//!
//! ```text
//! due         batches note in their transaction which sessions have got more
//! making      upkeep takes some of them at a time: heat_session / track_session read rows,
//!             signs splits them into visits, visit writes what has changed
//! marks       page views and named events of a visit, packed
//! columns     the visits of a day, column by column; sealing writes them when the day is over
//! ```
//!
//! Everything here follows from the events, and is made again from them whenever it is due.

pub mod columns;
pub mod due;
pub mod heat_session;
pub mod making;
pub mod marks;
pub mod places;
pub mod sealing;
pub mod signs;
pub mod track_session;
pub mod visit;

const MS_PER_DAY: i64 = 24 * 3_600 * 1_000;

/// The day (UTC) since the epoch in which a moment lies.
#[must_use]
pub fn day_of(ms: i64) -> i64 {
    ms.div_euclid(MS_PER_DAY)
}

/// When a day begins.
#[must_use]
pub fn start_of_day(day: i64) -> i64 {
    day.saturating_mul(MS_PER_DAY)
}
