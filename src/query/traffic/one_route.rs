//! One route: its numbers, its timeline, its latest requests.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::buckets::{OTHER_METHOD_ID, RouteFilter, Summary, TimeSpan, by_route};
use super::requests::{self, RequestFilter};
use super::routes::{RouteStats, by_method};
use super::timeline::{Timeline, timeline};
use crate::domain::id::ProjectId;
use crate::domain::traffic::TrafficRecord;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::traffic::fact::is_registered;

/// Latest requests.
const LATEST: usize = 50;

/// The dictionary id of no text.
const NO_TEXT: i64 = -1;

/// What is known of a route in a span.
#[derive(Debug, Clone, PartialEq)]
pub struct OneRoute {
    /// All its requests together.
    pub summary: Summary,
    /// How many there were with each first digit of the status.
    pub classes: BTreeMap<u16, u64>,
    pub methods: Vec<RouteStats>,
    pub timeline: Timeline,
    pub latest: Vec<TrafficRecord>,
}

/// A route, by one method or by all.
pub fn one_route(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    span: TimeSpan,
    route: &str,
    method: Option<&str>,
    now_ms: i64,
) -> Result<OneRoute, StoreError> {
    let filter = route_filter(connection, text_hash, Some(route), method)?;
    let parts = by_route(connection, project, span, filter)?;
    let (mut summary, mut classes) = (Summary::default(), BTreeMap::new());
    for part in &parts {
        summary.merge(&part.summary);
        *classes.entry(part.status_class).or_default() += part.summary.count;
    }
    let mut methods = by_method(connection, &parts)?;
    methods.sort_unstable_by(|a, b| a.method.cmp(&b.method));
    let requests = RequestFilter {
        route: Some(route.to_owned()),
        method: method.map(str::to_owned),
        ..RequestFilter::all(project, span)
    };
    Ok(OneRoute {
        summary,
        classes,
        methods,
        timeline: timeline(connection, project, span, filter, now_ms)?,
        latest: requests::page(connection, text_hash, &requests, None, LATEST)?.records,
    })
}

/// The ids of a route and a method; of texts that occur nowhere an id that nothing has.
pub fn route_filter(
    connection: &Connection,
    text_hash: TextHash,
    route: Option<&str>,
    method: Option<&str>,
) -> Result<RouteFilter, StoreError> {
    let id = |text: &str| -> Result<i64, StoreError> { Ok(text_hash.find(connection, text)?.unwrap_or(NO_TEXT)) };
    let method_id = match method {
        Some(method) if is_registered(method) => Some(id(method)?),
        Some(_) => Some(OTHER_METHOD_ID),
        None => None,
    };
    Ok(RouteFilter { route_id: route.map(id).transpose()?, method_id, status_class: None })
}
