//! Requests that failed, in the order that is asked for.

use rusqlite::{Connection, params};

use super::buckets::{TimeSpan, totals};
use super::record::Records;
use super::walk::{Place, Step, Way, walk};
use crate::domain::id::ProjectId;
use crate::domain::traffic::TrafficRecord;
use crate::store::StoreError;

/// How deep pages go, and how many of the newest errors are sorted when the order is not that of time.
pub const MAX_DEPTH: usize = 200_000;

/// By what errors are sorted; equal ones by time, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorSort {
    CreatedAt,
    Duration,
    Status,
}

/// Which part of the list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct ErrorPage {
    pub sort: ErrorSort,
    pub descending: bool,
    pub offset: usize,
    pub limit: usize,
}

/// A page of errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Errors {
    pub records: Vec<TrafficRecord>,
    /// How many there are in the span.
    pub total: u64,
    /// Whether only the newest [`MAX_DEPTH`] have been sorted.
    pub is_truncated: bool,
}

/// A page of a project's errors.
pub fn errors(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    page: ErrorPage,
) -> Result<Errors, StoreError> {
    let total = totals(connection, project, span)?.summary.errors;
    let (ids, is_truncated) = match page.sort {
        ErrorSort::CreatedAt => (by_time(connection, project, span, page)?, false),
        ErrorSort::Duration | ErrorSort::Status => by_value(connection, project, span, page)?,
    };
    Ok(Errors { records: Records::new(connection).all(&ids)?, total, is_truncated })
}

/// Goes along the index of errors, which has all that is needed to skip.
fn by_time(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    page: ErrorPage,
) -> Result<Vec<i64>, StoreError> {
    let newest_first = include_str!("error_ids_newest.sql");
    let sql = if page.descending { newest_first } else { include_str!("error_ids_oldest.sql") };
    let mut statement = connection.prepare_cached(sql)?;
    let bounds = params![project.0, span.from_ms(), span.to_ms(), page.limit, page.offset.min(MAX_DEPTH)];
    Ok(statement.query_map(bounds, |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Sorts the newest errors.
fn by_value(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    page: ErrorPage,
) -> Result<(Vec<i64>, bool), StoreError> {
    let mut found: Vec<(u64, Place)> = Vec::new();
    let start = Place::after(span.to_ms().saturating_sub(1));
    let step = walk(connection, project, &Way::Errors, span.from_ms(), start, |passed| {
        if found.len() == MAX_DEPTH {
            return Ok(Step::Stop);
        }
        let value = if page.sort == ErrorSort::Status { u64::from(passed.status) } else { passed.duration_us };
        found.push((value, passed.place));
        Ok(Step::On)
    })?;
    found.sort_unstable_by(|(a, a_place), (b, b_place)| {
        let order = if page.descending { b.cmp(a) } else { a.cmp(b) };
        order.then_with(|| b_place.cmp(a_place))
    });
    let ids = found.into_iter().skip(page.offset).take(page.limit).map(|(_, place)| place.id).collect();
    Ok((ids, step == Step::Stop))
}
