//! Numbers over a span of time: from the rollups, and from the rows that are not in them yet.
//!
//! The cost follows the buckets, routes and statuses in the span, not the number of requests: whole days are taken from
//! the rollup of days, what is left at the edges from hours, and then from minutes. The rows beyond
//! `traffic_progress` are those of the last seconds; they are counted one by one, so that every number is complete as of
//! the snapshot it is read from.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::traffic::distinct::Distinct;
use crate::store::traffic::fact::{Fact, facts_between, rolled_up_id};
pub use crate::store::traffic::fact::{OTHER_METHOD, OTHER_METHOD_ID, method_name};
pub use crate::store::traffic::grain::Grain;
use crate::store::traffic::statuses::Statuses;
pub use crate::store::traffic::summary::Summary;

/// The end of the year 9999, in milliseconds since the epoch.
const END_OF_TIME_MS: i64 = 253_402_300_800_000;

/// Rows beyond the rollups that are read at most. The writer keeps far fewer open; after a crash it catches up.
const MAX_TAIL: usize = 1_000_000;

/// Whole minutes from `from_ms` to before `to_ms`, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    from_ms: i64,
    to_ms: i64,
}

impl TimeSpan {
    /// All time from the epoch to the year 9999.
    pub const ALL: Self = Self { from_ms: 0, to_ms: END_OF_TIME_MS };

    /// The whole minutes that hold the times from `from_ms` to before `to_ms`; empty if that is not later.
    #[must_use]
    pub fn new(from_ms: i64, to_ms: i64) -> Self {
        Self { from_ms, to_ms }.outward(Grain::Minute)
    }

    /// The whole buckets of a grain that hold this span.
    #[must_use]
    pub fn outward(self, grain: Grain) -> Self {
        let ms = grain.ms();
        let from_ms = self.from_ms.clamp(0, END_OF_TIME_MS).div_euclid(ms) * ms;
        let to_ms = (self.to_ms.clamp(0, END_OF_TIME_MS) + ms - 1).div_euclid(ms) * ms;
        Self { from_ms, to_ms: if self.to_ms > self.from_ms { to_ms } else { from_ms } }
    }

    #[must_use]
    pub fn from_ms(self) -> i64 {
        self.from_ms
    }

    /// The first millisecond that is no part of the span.
    #[must_use]
    pub fn to_ms(self) -> i64 {
        self.to_ms
    }

    #[must_use]
    pub fn contains(self, at_ms: i64) -> bool {
        (self.from_ms..self.to_ms).contains(&at_ms)
    }
}

/// The fewest buckets that make up a span: minutes at its edges, hours next to them, days between.
#[must_use]
pub fn decompose(span: TimeSpan) -> Vec<(Grain, Range<i64>)> {
    let mut parts = Vec::with_capacity(5);
    split(span, &[Grain::Day, Grain::Hour, Grain::Minute], &mut parts);
    parts
}

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

/// What one user did in a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCounts {
    /// Row id of `traffic_user`.
    pub user_id: i64,
    pub external_id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub first_seen_ms: i64,
    /// Within all time, not the span.
    pub last_seen_ms: i64,
    pub requests: u64,
    pub errors: u64,
    pub slow: u64,
    /// Sum of all durations.
    pub duration_us: u64,
}

/// By what users are sorted. Equal ones by row id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserSort {
    Requests,
    Errors,
    Slow,
    AverageDuration,
    LastSeen,
    ExternalId,
}

/// A page of a list of users.
#[derive(Debug, Clone, Copy)]
pub struct UserPage {
    pub sort: UserSort,
    pub descending: bool,
    pub limit: u32,
    pub offset: u64,
}

/// All requests of a project in a span, taken together.
pub fn totals(connection: &Connection, project: ProjectId, span: TimeSpan) -> Result<Totals, StoreError> {
    todo!()
}

/// The summaries of a project's routes in a span: one for each route, method and class of status.
pub fn by_route(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    filter: RouteFilter,
) -> Result<Vec<RouteSummary>, StoreError> {
    todo!()
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
    todo!()
}

/// A page of the users who made requests in a span, rounded outward to whole hours, and how many there are.
pub fn users(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    page: UserPage,
) -> Result<(Vec<UserCounts>, u64), StoreError> {
    todo!()
}

/// What one user did in a span, rounded outward to whole hours; `None` if the project has no such user.
pub fn user(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    external_id: &str,
) -> Result<Option<UserCounts>, StoreError> {
    todo!()
}

/// How many different users have made a request since then.
pub fn active_users(connection: &Connection, project: ProjectId, since_ms: i64) -> Result<u64, StoreError> {
    todo!()
}

/// Takes the whole buckets of the first grain out of the middle, and what is left at both ends with the next grains.
fn split(span: TimeSpan, grains: &[Grain], parts: &mut Vec<(Grain, Range<i64>)>) {
    let Some((&grain, finer)) = grains.split_first() else { return };
    if span.from_ms >= span.to_ms {
        return;
    }
    let first = grain.bucket(span.from_ms + grain.ms() - 1);
    let end = grain.bucket(span.to_ms);
    if first >= end {
        return split(span, finer, parts);
    }
    split(TimeSpan { from_ms: span.from_ms, to_ms: grain.start_ms(first) }, finer, parts);
    parts.push((grain, first..end));
    split(TimeSpan { from_ms: grain.start_ms(end), to_ms: span.to_ms }, finer, parts);
}
