//! Requests over time, in buckets that fit the span.

use rusqlite::{Connection, params};

use super::buckets::{self, Grain, RouteFilter, Summary, TimeSpan};
use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// Longest span that minutes fit: three hours.
const MINUTES_UP_TO_MS: i64 = 3 * 3_600_000;

/// Longest span that hours fit: ten days.
const HOURS_UP_TO_MS: i64 = 10 * 86_400_000;

/// Most minutes or hours of one answer; there are never too many days.
const MAX_BUCKETS: i64 = 3_000;

/// Buckets in order of time; those without requests are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    pub grain: Grain,
    /// Start of each bucket in milliseconds since the epoch, and what was in it.
    pub buckets: Vec<(i64, Summary)>,
}

/// The part of a span from which requests are known, up to now.
pub fn extent(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    now_ms: i64,
) -> Result<TimeSpan, StoreError> {
    let bounds = params![project.0, Grain::Hour.bucket(span.from_ms()), Grain::Hour.bucket(span.to_ms())];
    let (first, last): (Option<i64>, Option<i64>) = connection
        .prepare_cached(include_str!("bucket_extent.sql"))?
        .query_row(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let from_ms = first.map_or(now_ms, |bucket| Grain::Hour.start_ms(bucket).min(now_ms)).max(span.from_ms());
    let end_ms = last.map_or(now_ms, |bucket| Grain::Hour.start_ms(bucket + 1).max(now_ms));
    Ok(TimeSpan::new(from_ms, end_ms.saturating_add(1).min(span.to_ms())))
}

/// The grain that fits an extent.
#[must_use]
pub fn fitting_grain(extent: TimeSpan) -> Grain {
    let length_ms = extent.to_ms() - extent.from_ms();
    if length_ms <= MINUTES_UP_TO_MS {
        Grain::Minute
    } else if length_ms <= HOURS_UP_TO_MS {
        Grain::Hour
    } else {
        Grain::Day
    }
}

/// Whether a grain makes no more buckets of an extent than one answer gives.
#[must_use]
pub fn is_coarse_enough(extent: TimeSpan, grain: Grain) -> bool {
    grain == Grain::Day || (extent.to_ms() - extent.from_ms()) / grain.ms() <= MAX_BUCKETS
}

/// The timeline of a span in the grain that fits, of all routes or some.
pub fn timeline(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    filter: RouteFilter,
    now_ms: i64,
) -> Result<Timeline, StoreError> {
    timeline_of(connection, project, span, fitting_grain(extent(connection, project, span, now_ms)?), filter)
}

/// The timeline of a span in a grain.
pub fn timeline_of(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    grain: Grain,
    filter: RouteFilter,
) -> Result<Timeline, StoreError> {
    Ok(Timeline { grain, buckets: buckets::timeline(connection, project, span, grain, filter)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grain_fits_the_extent() {
        let hours = |hours: i64| TimeSpan::new(0, hours * 3_600_000);
        for (length, grain) in [(3, Grain::Minute), (4, Grain::Hour), (240, Grain::Hour), (241, Grain::Day)] {
            assert_eq!(fitting_grain(hours(length)), grain, "{length} h");
            assert!(is_coarse_enough(hours(length), grain));
        }
        assert!(is_coarse_enough(hours(50), Grain::Minute));
        assert!(!is_coarse_enough(hours(51), Grain::Minute));
        assert!(!is_coarse_enough(hours(3_001), Grain::Hour));
        assert!(is_coarse_enough(TimeSpan::ALL, Grain::Day));
    }
}
