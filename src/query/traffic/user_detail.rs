//! One user: what was asked for, with what, from where, in which sessions.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::buckets::{self, Grain, OTHER_METHOD, TimeSpan, UserCounts};
use crate::domain::id::ProjectId;
use crate::domain::traffic::ERROR_STATUS;
use crate::query::texts::Lookup;
use crate::store::StoreError;
use crate::store::traffic::fact::is_registered;

/// Requests that are looked at, the newest of the span; the counts of the user are complete all the same.
const MAX_REQUESTS: usize = 50_000;

/// Entries of each list, those with the most requests.
const MAX_ENTRIES: usize = 1_000;

/// What is known of a user in a span.
#[derive(Debug, Clone, PartialEq)]
pub struct UserDetail {
    pub counts: UserCounts,
    pub routes: Vec<RouteUse>,
    /// Counted from slow requests only.
    pub slow_routes: Vec<RouteUse>,
    /// Counted from errors only.
    pub error_routes: Vec<RouteUse>,
    /// User agents.
    pub devices: Vec<Use>,
    pub addresses: Vec<Use>,
    pub sessions: Vec<Use>,
    /// Whether the lists are of the newest 50,000 requests of the span only.
    pub is_truncated: bool,
}

/// Requests of a user on one route by one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteUse {
    pub route: Arc<str>,
    /// A registered method, or `_OTHER`.
    pub method: Arc<str>,
    pub tally: Tally,
}

/// Requests of a user that have something in common: the user agent, the address, the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub text: Arc<str>,
    pub tally: Tally,
}

/// Requests taken together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub requests: u64,
    pub errors: u64,
    pub slow: u64,
    /// Sum of all durations.
    pub duration_us: u64,
    pub max_us: u64,
    pub first_ms: i64,
    pub last_ms: i64,
}

/// The user whom a project knows by `external_id`; the span is rounded outward to hours.
pub fn user_detail(
    connection: &Connection,
    project: ProjectId,
    span: TimeSpan,
    external_id: &str,
) -> Result<Option<UserDetail>, StoreError> {
    let span = span.outward(Grain::Hour);
    let Some(counts) = buckets::user(connection, project, span, external_id)? else { return Ok(None) };
    let mut texts = Lookup::new(connection);
    let other_method: Arc<str> = OTHER_METHOD.into();
    let mut seen = Seen::default();
    let mut statement = connection.prepare_cached(include_str!("user_requests.sql"))?;
    let mut rows = statement.query(params![project.0, external_id, span.from_ms(), span.to_ms(), MAX_REQUESTS + 1])?;
    let mut is_truncated = false;
    let mut passed = 0;
    while let Some(row) = rows.next()? {
        if passed == MAX_REQUESTS {
            is_truncated = true;
            break;
        }
        passed += 1;
        let one = Tally::of(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let method = texts.text(row.get(4)?)?;
        let method = if is_registered(&method) { method } else { Arc::clone(&other_method) };
        let route = (texts.text(row.get(5)?)?, method);
        add(&mut seen.routes, Some(route.clone()), &one);
        add(&mut seen.slow_routes, Some(route.clone()).filter(|_| one.slow > 0), &one);
        add(&mut seen.error_routes, Some(route).filter(|_| one.errors > 0), &one);
        add(&mut seen.devices, texts.optional_text(row.get(6)?)?, &one);
        add(&mut seen.sessions, row.get::<_, Option<String>>(7)?.map(Arc::from), &one);
        add(&mut seen.addresses, row.get::<_, Option<String>>(8)?.map(Arc::from), &one);
    }
    Ok(Some(UserDetail {
        counts,
        routes: routes(seen.routes),
        slow_routes: routes(seen.slow_routes),
        error_routes: routes(seen.error_routes),
        devices: uses(seen.devices),
        addresses: uses(seen.addresses),
        sessions: uses(seen.sessions),
        is_truncated,
    }))
}

/// A route and a method.
type RouteKey = (Arc<str>, Arc<str>);

/// What has been counted so far.
#[derive(Default)]
struct Seen {
    routes: HashMap<RouteKey, Tally>,
    slow_routes: HashMap<RouteKey, Tally>,
    error_routes: HashMap<RouteKey, Tally>,
    devices: HashMap<Arc<str>, Tally>,
    addresses: HashMap<Arc<str>, Tally>,
    sessions: HashMap<Arc<str>, Tally>,
}

impl Tally {
    fn of(created_at_ms: i64, duration_us: u64, status: u16, is_slow: bool) -> Self {
        Self {
            requests: 1,
            errors: u64::from(status >= ERROR_STATUS),
            slow: u64::from(is_slow),
            duration_us,
            max_us: duration_us,
            first_ms: created_at_ms,
            last_ms: created_at_ms,
        }
    }

    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.slow += other.slow;
        self.duration_us = self.duration_us.saturating_add(other.duration_us);
        self.max_us = self.max_us.max(other.max_us);
        self.first_ms = self.first_ms.min(other.first_ms);
        self.last_ms = self.last_ms.max(other.last_ms);
    }
}

fn add<K: Eq + Hash>(tallies: &mut HashMap<K, Tally>, key: Option<K>, one: &Tally) {
    if let Some(key) = key {
        tallies.entry(key).and_modify(|tally| tally.add(one)).or_insert_with(|| one.clone());
    }
}

fn routes(tallies: HashMap<RouteKey, Tally>) -> Vec<RouteUse> {
    let sorted = sorted(tallies).into_iter();
    sorted.map(|((route, method), tally)| RouteUse { route, method, tally }).collect()
}

fn uses(tallies: HashMap<Arc<str>, Tally>) -> Vec<Use> {
    sorted(tallies).into_iter().map(|(text, tally)| Use { text, tally }).collect()
}

/// Those with the most requests first, equal ones by name.
fn sorted<K: Ord>(tallies: HashMap<K, Tally>) -> Vec<(K, Tally)> {
    let mut sorted: Vec<_> = tallies.into_iter().collect();
    sorted
        .sort_unstable_by(|(a, a_tally), (b, b_tally)| b_tally.requests.cmp(&a_tally.requests).then_with(|| a.cmp(b)));
    sorted.truncate(MAX_ENTRIES);
    sorted
}
