//! Requests over time, in buckets that fit the span.

use rusqlite::{Connection, params};

use super::buckets::{self, Grain, RouteFilter, Summary, TimeSpan};
use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// Longest span that is drawn in minutes when nothing else is asked for: three hours.
const MINUTES_UP_TO_MS: i64 = 3 * 3_600_000;

/// Longest span that is drawn in hours: ten days.
const HOURS_UP_TO_MS: i64 = 10 * 86_400_000;

/// Buckets that a caller who asks for a grain may get; days are not bounded.
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

/// A grain for an extent: the one asked for, unless that would make too many buckets, or one that fits.
#[must_use]
pub fn grain(extent: TimeSpan, asked: Option<Grain>) -> Option<Grain> {
    let length_ms = extent.to_ms() - extent.from_ms();
    match asked {
        Some(grain) => (grain == Grain::Day || length_ms / grain.ms() <= MAX_BUCKETS).then_some(grain),
        None if length_ms <= MINUTES_UP_TO_MS => Some(Grain::Minute),
        None if length_ms <= HOURS_UP_TO_MS => Some(Grain::Hour),
        None => Some(Grain::Day),
    }
}

/// The timeline of a span, of all routes or some; nothing if the asked grain is too fine for it.
pub fn timeline(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    asked: Option<Grain>,
    filter: RouteFilter,
    now_ms: i64,
) -> Result<Option<Timeline>, StoreError> {
    let Some(grain) = grain(extent(connection, project, span, now_ms)?, asked) else { return Ok(None) };
    let buckets = buckets::timeline(connection, project, span, grain, filter)?;
    Ok(Some(Timeline { grain, buckets }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grain_fits_the_extent() {
        let hours = |hours: i64| TimeSpan::new(0, hours * 3_600_000);
        assert_eq!(grain(hours(3), None), Some(Grain::Minute));
        assert_eq!(grain(hours(4), None), Some(Grain::Hour));
        assert_eq!(grain(hours(240), None), Some(Grain::Hour));
        assert_eq!(grain(hours(241), None), Some(Grain::Day));
        assert_eq!(grain(hours(50), Some(Grain::Minute)), Some(Grain::Minute));
        assert_eq!(grain(hours(51), Some(Grain::Minute)), None);
        assert_eq!(grain(hours(3_001), Some(Grain::Hour)), None);
        assert_eq!(grain(TimeSpan::ALL, Some(Grain::Day)), Some(Grain::Day));
    }
}
