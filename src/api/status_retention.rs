//! How long data are kept and how far deleting is, as `GET /api/v1/status` tells it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::retention::{ClockState, KindProgress, Progress};
use crate::store::visits::start_of_day;

/// How long data are kept, and how far deleting is.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionBody {
    /// Whether anything may be deleted: "believed"; "jumped": the clock has moved by more than 48 hours and is not believed yet;
    /// "`no_recent_data"`: nothing was received for 48 hours; "`no_data"`: nothing ever was.
    pub clock: &'static str,
    pub kinds: Vec<RetentionKindBody>,
    /// Bytes in the database file that nothing uses.
    pub free_bytes: u64,
    /// Whether they are given back to the disk; otherwise they are used for new rows.
    pub can_shrink: bool,
    /// Projects that were deleted and whose rows are going.
    pub projects_leaving: u64,
}

/// One kind of data. Times are milliseconds since the epoch; days are UTC.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionKindBody {
    /// As in `[retention]`: requests, rollups, heat, events, visits.
    pub kind: &'static str,
    /// Null: for ever.
    pub kept_ms: Option<i64>,
    /// Beginning of the oldest day that has data; null without any.
    pub oldest_at: Option<i64>,
    /// Days that are too old and still there.
    pub days_behind: i64,
    /// When the last run began, and ended; null before the first, and while it goes on.
    pub run_began_at: Option<i64>,
    pub run_ended_at: Option<i64>,
    /// Rows that the last run has deleted.
    pub run_rows: u64,
}

impl From<Progress> for RetentionBody {
    fn from(progress: Progress) -> Self {
        Self {
            clock: match progress.clock {
                ClockState::Believed => "believed",
                ClockState::Jumped { .. } => "jumped",
                ClockState::NoRecentData { .. } => "no_recent_data",
                ClockState::NoData => "no_data",
            },
            kinds: progress.kinds.iter().map(RetentionKindBody::from).collect(),
            free_bytes: progress.pages.free.saturating_mul(progress.pages.page_bytes),
            can_shrink: progress.pages.can_shrink,
            projects_leaving: progress.projects_leaving,
        }
    }
}

impl From<&KindProgress> for RetentionKindBody {
    fn from(progress: &KindProgress) -> Self {
        Self {
            kind: progress.kind.name(),
            kept_ms: progress.kept_ms,
            oldest_at: progress.oldest_day.map(start_of_day),
            days_behind: progress.days_behind(),
            run_began_at: progress.run.map(|run| run.began_ms),
            run_ended_at: progress.run.and_then(|run| run.ended_ms),
            run_rows: progress.run.map_or(0, |run| run.rows),
        }
    }
}
