//! Requests over time in buckets of any bounds: days of a zone, weeks, months.
//!
//! Rollups are counted in UTC. A bucket of another zone is made of the fewest of them that it consists of, so a day of
//! Berlin costs 24 hours and a month some 30 days; the rows that are not in rollups yet are read once for all buckets.
//! Conditions that rollups do not know are answered from the rows, of which there may be too many.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::buckets::{self, Grain, RouteFilter, RouteSummary, Summary, TimeSpan};
use super::conditions::{Condition, Judge, Subject};
use super::counted;
use super::one_route::route_filter;
use crate::domain::id::ProjectId;
use crate::query::visits::filter::Operator;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::traffic::statuses::Statuses;
use crate::store::value::blob;

/// The requests of one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slice {
    pub summary: Summary,
    /// How many there were with each first digit of the status.
    pub classes: BTreeMap<u16, u64>,
}

/// Requests over time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// One for each pair of bounds, also where there was nothing.
    pub slices: Vec<Slice>,
    /// Whether only the newest requests were counted, because there are too many for the conditions that were asked.
    pub is_truncated: bool,
}

/// The requests between each two neighbours of `bounds`, in milliseconds since the epoch. The outer ones are rounded
/// outward to whole minutes as everywhere, those between downward, so that the slices together are what
/// [`buckets::totals`] tells of the whole.
pub fn series(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    bounds: &[i64],
    conditions: &[Condition],
) -> Result<Series, StoreError> {
    let spans = spans(bounds);
    let mut slices = vec![Slice::default(); spans.len()];
    if !conditions.iter().all(Condition::is_of_rollups) {
        let is_truncated = counted::count(connection, text_hash, project, whole(&spans), conditions, |fact| {
            if let Some(slice) = at(&spans, fact.created_at_ms).and_then(|at| slices.get_mut(at)) {
                slice.summary.add(fact);
                *slice.classes.entry(fact.status_class()).or_default() += 1;
            }
        })?;
        return Ok(Series { slices, is_truncated });
    }
    let filter = narrowed(connection, text_hash, conditions)?;
    let mut judge = Judge::new(connection, conditions);
    for (span, slice) in spans.iter().zip(&mut slices) {
        for (grain, range) in buckets::decompose(*span) {
            let range = (grain, range.start, range.end);
            if conditions.is_empty() {
                add_buckets(connection, project, range, slice)?;
                continue;
            }
            buckets::visit_rollups(connection, project, range, filter, |_, key, bytes| {
                if judge.takes_rollup(key.route_id, key.method_id, key.status_class)? {
                    let before = slice.summary.count;
                    slice.summary.merge_encoded(bytes)?;
                    *slice.classes.entry(key.status_class).or_default() += slice.summary.count - before;
                }
                Ok(())
            })?;
        }
    }
    let mut tail = Vec::new();
    buckets::visit_tail(connection, project, whole(&spans), |fact| tail.push(*fact))?;
    for fact in &tail {
        let takes = judge.takes_rollup(fact.route_id, fact.method_id, fact.status_class())?;
        if let Some(slice) = at(&spans, fact.created_at_ms).and_then(|at| slices.get_mut(at)).filter(|_| takes) {
            slice.summary.add(fact);
            *slice.classes.entry(fact.status_class()).or_default() += 1;
        }
    }
    Ok(Series { slices, is_truncated: false })
}

/// The summaries of routes under conditions, and whether only the newest requests were counted.
pub fn by_route(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    span: TimeSpan,
    conditions: &[Condition],
) -> Result<(Vec<RouteSummary>, bool), StoreError> {
    if !conditions.iter().all(Condition::is_of_rollups) {
        return counted::by_route(connection, text_hash, project, span, conditions);
    }
    let filter = narrowed(connection, text_hash, conditions)?;
    let mut judge = Judge::new(connection, conditions);
    let mut parts = Vec::new();
    for part in buckets::by_route(connection, project, span, filter)? {
        if judge.takes_summary(&part)? {
            parts.push(part);
        }
    }
    Ok((parts, false))
}

impl Series {
    /// All slices together.
    #[must_use]
    pub fn total(&self) -> Slice {
        self.slices.iter().fold(Slice::default(), |mut total, slice| {
            total.summary.merge(&slice.summary);
            for (class, count) in &slice.classes {
                *total.classes.entry(*class).or_default() += count;
            }
            total
        })
    }
}

/// One route is looked up instead of looked for.
fn narrowed(connection: &Connection, text_hash: TextHash, conditions: &[Condition]) -> Result<RouteFilter, StoreError> {
    let is = conditions.iter().find(|one| one.subject == Subject::Route && one.operator == Operator::Is);
    route_filter(connection, text_hash, is.map(|one| one.value.as_str()), None)
}

fn add_buckets(
    connection: &Connection,
    project: ProjectId,
    (grain, first, end): (Grain, i64, i64),
    slice: &mut Slice,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(include_str!("totals_of_buckets.sql"))?;
    let mut rows = statement.query(params![project.0, grain as i64, first, end])?;
    while let Some(row) = rows.next()? {
        slice.summary.merge_encoded(blob(row, 0)?)?;
        for (status, count) in Statuses::decode(blob(row, 1)?)?.into_counts() {
            *slice.classes.entry(status / 100).or_default() += count;
        }
    }
    Ok(())
}

/// Whole minutes that follow each other.
fn spans(bounds: &[i64]) -> Vec<TimeSpan> {
    let floor = |ms: i64| Grain::Minute.start_ms(Grain::Minute.bucket(ms));
    let last = bounds.len().saturating_sub(2);
    let pairs = bounds.windows(2).enumerate();
    pairs.map(|(at, pair)| TimeSpan::new(pair[0], if at == last { pair[1] } else { floor(pair[1]) })).collect()
}

fn whole(spans: &[TimeSpan]) -> TimeSpan {
    let ends = spans.first().zip(spans.last());
    ends.map_or(TimeSpan::new(0, 0), |(first, last)| TimeSpan::new(first.from_ms(), last.to_ms()))
}

/// The place of the span that holds a time.
fn at(spans: &[TimeSpan], at_ms: i64) -> Option<usize> {
    let place = spans.partition_point(|span| span.to_ms() <= at_ms);
    spans.get(place).filter(|span| span.contains(at_ms)).map(|_| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn spans_follow_each_other_without_gap() {
        let spans = spans(&[MINUTE + 1, 2 * MINUTE + 5, 4 * MINUTE, 5 * MINUTE + 1]);
        let bounds: Vec<_> = spans.iter().map(|span| (span.from_ms() / MINUTE, span.to_ms() / MINUTE)).collect();
        assert_eq!(bounds, [(1, 2), (2, 4), (4, 6)]);
        assert_eq!([at(&spans, 0), at(&spans, 2 * MINUTE), at(&spans, 6 * MINUTE)], [None, Some(1), None]);
        assert_eq!(whole(&spans), TimeSpan::new(MINUTE, 6 * MINUTE));
        assert_eq!(whole(&self::spans(&[5])), TimeSpan::new(0, 0));
    }
}
