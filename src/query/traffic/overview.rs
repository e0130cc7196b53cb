//! What a dashboard shows first.

use rusqlite::Connection;

use super::buckets::{RouteFilter, TimeSpan, Totals, active_users, by_route, totals};
use super::requests::{self, RequestFilter};
use super::routes::{RouteSort, RouteStats, by_method, sort_routes};
use super::timeline::{Timeline, timeline};
use crate::domain::id::ProjectId;
use crate::domain::traffic::TrafficRecord;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Routes in each of the two lists.
const ROUTES: usize = 10;

/// Latest requests.
const LATEST: usize = 20;

/// Users are active who made a request within this time before now: five minutes (traffic.md 3).
const ACTIVE_MS: i64 = 5 * 60_000;

/// Numbers of a span, and what is going on now.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    pub totals: Totals,
    /// Different users of the last five minutes, whatever the span.
    pub active_users: u64,
    /// Those asked for most often.
    pub top_routes: Vec<RouteStats>,
    /// Those that take longest on average.
    pub slowest_routes: Vec<RouteStats>,
    pub latest: Vec<TrafficRecord>,
    pub timeline: Timeline,
}

/// The overview of a project.
pub fn overview(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    span: TimeSpan,
    now_ms: i64,
) -> Result<Overview, StoreError> {
    let mut routes = by_method(connection, &by_route(connection, project, span, RouteFilter::default())?)?;
    let mut first_by = |sort| {
        sort_routes(&mut routes, sort, true);
        routes.iter().take(ROUTES).cloned().collect()
    };
    let latest = requests::page(connection, text_hash, &RequestFilter::all(project, span), None, LATEST)?;
    Ok(Overview {
        totals: totals(connection, project, span)?,
        active_users: active_users(connection, project, now_ms.saturating_sub(ACTIVE_MS))?,
        top_routes: first_by(RouteSort::Requests),
        slowest_routes: first_by(RouteSort::AverageDuration),
        latest: latest.records,
        timeline: timeline(connection, project, span, RouteFilter::default(), now_ms)?,
    })
}
