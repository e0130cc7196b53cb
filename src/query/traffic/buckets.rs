//! Numbers over a span of time: from the rollups, and from the rows that are not in them yet.
//!
//! The cost follows the buckets, routes and statuses in the span, not the number of requests: whole days are taken from
//! the rollup of days, what is left at the edges from hours, and then from minutes. The rows beyond `traffic_progress`
//! are those of the last seconds; they are counted one by one, so that every number is complete as of the snapshot it
//! is read from.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::traffic::distinct::Distinct;
use crate::store::traffic::fact::{Fact, rolled_up_id, visit_facts};
use crate::store::traffic::statuses::Statuses;
use crate::store::value::blob;

pub use super::span::{TimeSpan, decompose};
pub use super::user_counts::{UserCounts, UserPage, UserSort, active_users, user, users};
pub use crate::store::traffic::fact::{OTHER_METHOD, OTHER_METHOD_ID, method_name};
pub use crate::store::traffic::grain::Grain;
pub use crate::store::traffic::summary::Summary;

/// All requests of a span taken together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    pub summary: Summary,
    /// How often each status came.
    pub statuses: BTreeMap<u16, u64>,
    /// Different users; exact up to 1,024, else an estimate with a standard error of 1.6 %.
    pub users: u64,
}

/// Which routes are meant; a field that is `None` does not restrict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RouteFilter {
    /// Dictionary id.
    pub route_id: Option<i64>,
    /// Dictionary id, or [`OTHER_METHOD_ID`].
    pub method_id: Option<i64>,
    /// First digit of the status.
    pub status_class: Option<u16>,
}

/// The requests of one route, method and class of status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSummary {
    /// Dictionary id.
    pub route_id: i64,
    /// Dictionary id, or [`OTHER_METHOD_ID`]; see [`method_name`].
    pub method_id: i64,
    /// First digit of the status.
    pub status_class: u16,
    pub summary: Summary,
}

/// What names a row of `traffic_rollup` within its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RouteKey {
    pub route_id: i64,
    pub method_id: i64,
    pub status_class: u16,
}

/// All requests of a project in a span, taken together.
pub fn totals(connection: &Connection, project: ProjectId, span: TimeSpan) -> Result<Totals, StoreError> {
    let (mut summary, mut statuses, mut users) = (Summary::default(), Statuses::default(), Distinct::default());
    let mut statement = connection.prepare_cached(include_str!("totals_of_buckets.sql"))?;
    for (grain, buckets) in decompose(rolled_up(connection, project, span)?) {
        let mut rows = statement.query(params![project.0, grain as i64, buckets.start, buckets.end])?;
        while let Some(row) = rows.next()? {
            summary.merge_encoded(blob(row, 0)?)?;
            statuses.merge(&Statuses::decode(blob(row, 1)?)?);
            users.merge(&Distinct::decode(blob(row, 2)?)?);
        }
    }
    visit_tail(connection, project, span, |fact| {
        summary.add(fact);
        statuses.add(fact.status);
        fact.user_id.into_iter().for_each(|id| users.insert(id));
    })?;
    Ok(Totals { summary, statuses: statuses.into_counts(), users: users.count() })
}

/// The summaries of a project's routes in a span, one for each route, method and class of status, in the order of their
/// ids.
pub fn by_route(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    filter: RouteFilter,
) -> Result<Vec<RouteSummary>, StoreError> {
    let mut merged: HashMap<RouteKey, Summary> = HashMap::new();
    for (grain, buckets) in decompose(rolled_up(connection, project, span)?) {
        visit_rollups(connection, project, (grain, buckets.start, buckets.end), filter, |_, key, bytes| {
            Ok(merged.entry(key).or_default().merge_encoded(bytes)?)
        })?;
    }
    visit_tail(connection, project, span, |fact| {
        let key = RouteKey::of(fact);
        if filter.takes(key) {
            merged.entry(key).or_default().add(fact);
        }
    })?;
    let mut merged: Vec<_> = merged.into_iter().collect();
    merged.sort_unstable_by_key(|(key, _)| *key);
    let summary = |(key, summary): (RouteKey, Summary)| RouteSummary {
        route_id: key.route_id,
        method_id: key.method_id,
        status_class: key.status_class,
        summary,
    };
    Ok(merged.into_iter().map(summary).collect())
}

/// The summaries of each bucket of `grain` in which there were requests, by its start in milliseconds since the epoch.
/// The span is rounded outward to whole buckets.
pub fn timeline(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    grain: Grain,
    filter: RouteFilter,
) -> Result<Vec<(i64, Summary)>, StoreError> {
    let span = span.outward(grain);
    let range = (grain, grain.bucket(span.from_ms()), grain.bucket(span.to_ms()));
    let mut merged: BTreeMap<i64, Summary> = BTreeMap::new();
    if filter == RouteFilter::default() {
        let mut statement = connection.prepare_cached(include_str!("timeline_of_buckets.sql"))?;
        let mut rows = statement.query(params![project.0, grain as i64, range.1, range.2])?;
        while let Some(row) = rows.next()? {
            merged.insert(row.get(0)?, Summary::decode(blob(row, 1)?)?);
        }
    } else {
        visit_rollups(connection, project, range, filter, |bucket, _, bytes| {
            Ok(merged.entry(bucket).or_default().merge_encoded(bytes)?)
        })?;
    }
    visit_tail(connection, project, span, |fact| {
        if filter.takes(RouteKey::of(fact)) {
            merged.entry(grain.bucket(fact.created_at_ms)).or_default().add(fact);
        }
    })?;
    Ok(merged.into_iter().map(|(bucket, summary)| (grain.start_ms(bucket), summary)).collect())
}

/// The part of a span that the rollups can answer, widened to whole days where they hold nothing beyond: a span that
/// ends now is taken from days, not from the hours and minutes of today.
pub(super) fn rolled_up(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
) -> Result<TimeSpan, rusqlite::Error> {
    let (first, last): (Option<i64>, Option<i64>) = connection
        .prepare_cached(include_str!("first_and_last_minute.sql"))?
        .query_row(params![project.0, Grain::Minute as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(TimeSpan::new(0, 0)) };
    let held = TimeSpan::new(Grain::Minute.start_ms(first), Grain::Minute.start_ms(last.saturating_add(1)));
    let days = held.outward(Grain::Day);
    let from_ms = if span.from_ms() <= held.from_ms() { days.from_ms() } else { span.from_ms() };
    let to_ms = if span.to_ms() >= held.to_ms() { days.to_ms() } else { span.to_ms() };
    Ok(TimeSpan::new(from_ms, to_ms))
}

impl RouteKey {
    fn of(fact: &Fact) -> Self {
        Self { route_id: fact.route_id, method_id: fact.method_id, status_class: fact.status_class() }
    }
}

impl RouteFilter {
    fn takes(self, key: RouteKey) -> bool {
        self.route_id.is_none_or(|id| id == key.route_id)
            && self.method_id.is_none_or(|id| id == key.method_id)
            && self.status_class.is_none_or(|class| class == key.status_class)
    }
}

/// Shows the rows of `traffic_rollup` in a range of buckets: the bucket, what the row is about, and its summary.
pub(super) fn visit_rollups(
    connection: &Connection,
    project: ProjectId,
    (grain, first, end): (Grain, i64, i64),
    filter: RouteFilter,
    mut visit: impl FnMut(i64, RouteKey, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = match filter.route_id {
        Some(_) => connection.prepare_cached(include_str!("rollups_of_route.sql"))?,
        None => connection.prepare_cached(include_str!("rollups.sql"))?,
    };
    let mut rows = statement.query(params![project.0, grain as i64, first, end, filter.route_id])?;
    while let Some(row) = rows.next()? {
        let key = RouteKey { route_id: row.get(1)?, method_id: row.get(2)?, status_class: row.get(3)? };
        if filter.takes(key) {
            visit(row.get(0)?, key, blob(row, 4)?)?;
        }
    }
    Ok(())
}

/// Shows a project's rows in a span that are not in the rollups yet.
pub(super) fn visit_tail(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    mut visit: impl FnMut(&Fact),
) -> Result<(), rusqlite::Error> {
    visit_facts(connection, rolled_up_id(connection)?, i64::MAX, usize::MAX, |fact| {
        if fact.project_id == project.0 && span.contains(fact.created_at_ms) {
            visit(&fact);
        }
    })
}
