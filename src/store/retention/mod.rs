//! Data that are older than they may be go by themselves, in small steps, and so do projects that were deleted.
//!
//! ```text
//! guard       which time is believed: a clock that jumped deletes nothing
//! run         one run a day for each kind of data, which deletes two days' worth at most
//! oldest      where the data of a kind begin; by index
//! requests rollups heat events visits
//!             a step of each kind: some rows, or until it is time to let batches in
//! persons     who is left without any event
//! points      what is taken out of the heat index
//! project     everything of a project
//! space       pages that became free go back to the disk
//! progress    how far all that is; due: what a run would delete
//! ```
//!
//! Where deleting is, the file itself says, so a step that a crash takes back is taken again. Who deletes is
//! [`pruner::Pruner`]: in the writer between batches, and in `hearth prune` beside it.

pub mod compact;
pub mod due;
mod events;
pub mod guard;
mod heat;
mod oldest;
mod persons;
mod points;
pub mod progress;
pub mod project;
pub mod pruner;
mod requests;
mod rollups;
mod run;
mod shared_rules;
mod slice;
mod space;
mod visits;

use std::time::Duration;

pub use self::guard::{ClockState, MAX_JUMP_MS};
pub use self::progress::{KindProgress, Progress};
pub use self::run::Run;
pub use self::shared_rules::SharedRules;

/// A kind of data that has a rule of its own; the number is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Each proxied request.
    Requests = 0,
    /// Counts of proxied requests.
    Rollups = 1,
    /// Events of browsers, and their points in heatmaps.
    Heat = 2,
    /// Events of apps, and what was made of them.
    Events = 3,
    Visits = 4,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Requests, Self::Rollups, Self::Heat, Self::Events, Self::Visits];

    /// Its name in `[retention]`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Rollups => "rollups",
            Self::Heat => "heat",
            Self::Events => "events",
            Self::Visits => "visits",
        }
    }

    /// What people read.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Requests => "Proxied requests",
            Self::Rollups => "Counts of requests",
            Self::Heat => "Browsers’ events",
            Self::Events => "App events",
            Self::Visits => "Visits",
        }
    }
}

/// How long each kind is kept, in milliseconds; absent: for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules([Option<i64>; 5]);

impl Rules {
    /// Those of the configuration.
    #[must_use]
    pub fn of(config: &crate::config::Retention) -> Self {
        let kept = |kept: Duration| (!kept.is_zero()).then(|| i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
        Self([config.requests, config.rollups, config.heat, config.events, config.visits].map(kept))
    }

    /// How long a kind is kept.
    #[must_use]
    pub fn kept_ms(self, kind: Kind) -> Option<i64> {
        self.0[kind as usize]
    }

    /// The day (UTC, counted from the epoch) before which everything of a kind is too old.
    #[must_use]
    pub fn target_day(self, kind: Kind, now_ms: i64) -> Option<i64> {
        self.kept_ms(kind).map(|kept_ms| super::visits::day_of(now_ms.saturating_sub(kept_ms)))
    }
}

/// What a step has done, to be added to what others did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stepped {
    /// Rows that are gone.
    pub rows: u64,
    /// Whether nothing of this is left.
    pub is_done: bool,
}

impl Stepped {
    const DONE: Self = Self { rows: 0, is_done: true };
    const fn unfinished(rows: u64) -> Self {
        Self { rows, is_done: false }
    }
}
