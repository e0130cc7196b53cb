//! The routes of a project: how often each was asked for by which method, how long it took, how it ended.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::Connection;

use super::buckets::{RouteFilter, RouteSummary, Summary, TimeSpan, by_route, method_name};
use crate::domain::id::ProjectId;
use crate::store::{StoreError, dictionary};

/// One route by one method, whatever the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteStats {
    pub route: String,
    /// A registered method, or `_OTHER` for all that are not.
    pub method: String,
    pub summary: Summary,
}

/// By what routes are sorted; equal ones by route and method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteSort {
    Route,
    Method,
    Requests,
    AverageDuration,
    /// The duration that so many of a hundred requests do not exceed.
    Percentile(u8),
    MaxDuration,
    Apdex,
    Slow,
    Errors,
    ErrorRate,
    BytesIn,
    BytesOut,
}

/// The routes of a project in a span, sorted.
pub fn routes(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    sort: RouteSort,
    descending: bool,
) -> Result<Vec<RouteStats>, StoreError> {
    let mut routes = by_method(connection, &by_route(connection, project, span, RouteFilter::default())?)?;
    sort_routes(&mut routes, sort, descending);
    Ok(routes)
}

/// Puts routes into an order.
pub fn sort_routes(routes: &mut Vec<RouteStats>, sort: RouteSort, descending: bool) {
    let mut keyed: Vec<_> = routes.drain(..).map(|route| (sort.key(&route), route)).collect();
    keyed.sort_unstable_by(|(a_key, a), (b_key, b)| {
        let by_text = || a.route.cmp(&b.route).then_with(|| a.method.cmp(&b.method));
        let order = match sort {
            RouteSort::Route => by_text(),
            RouteSort::Method => a.method.cmp(&b.method),
            _ => a_key.total_cmp(b_key),
        };
        let order = if descending { order.reverse() } else { order };
        if order == Ordering::Equal { by_text() } else { order }
    });
    routes.extend(keyed.into_iter().map(|(_, route)| route));
}

/// Merges the classes of status.
pub fn by_method(connection: &Connection, summaries: &[RouteSummary]) -> Result<Vec<RouteStats>, StoreError> {
    let mut merged: HashMap<(i64, i64), Summary> = HashMap::new();
    for part in summaries {
        merged.entry((part.route_id, part.method_id)).or_default().merge(&part.summary);
    }
    let mut methods: HashMap<i64, String> = HashMap::new();
    let mut routes = Vec::with_capacity(merged.len());
    for ((route_id, method_id), summary) in merged {
        let method = match methods.entry(method_id) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(method_name(connection, method_id)?).clone(),
        };
        routes.push(RouteStats { route: dictionary::text(connection, route_id)?, method, summary });
    }
    Ok(routes)
}

impl RouteSort {
    /// Whether texts are compared, which people expect in ascending order.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Route | Self::Method)
    }

    /// What a route is sorted by; texts are compared themselves.
    #[expect(clippy::cast_precision_loss, reason = "only the order counts")]
    fn key(self, route: &RouteStats) -> f64 {
        let summary = &route.summary;
        match self {
            Self::Route | Self::Method => 0.0,
            Self::Requests => summary.count as f64,
            Self::AverageDuration => summary.average_us().unwrap_or_default(),
            Self::Percentile(percent) => summary.quantile(f64::from(percent) / 100.0).unwrap_or_default(),
            Self::MaxDuration => summary.max_us as f64,
            Self::Apdex => summary.apdex().unwrap_or_default(),
            Self::Slow => summary.slow as f64,
            Self::Errors => summary.errors as f64,
            Self::ErrorRate => summary.errors as f64 / summary.count.max(1) as f64,
            Self::BytesIn => summary.bytes_in as f64,
            Self::BytesOut => summary.bytes_out as f64,
        }
    }
}
