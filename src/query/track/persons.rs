//! Persons: the list of a project, and what is known of one.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::conversions::{ConversionFilter, newest};
use super::identity::Person;
use super::revenue::Sum;
use crate::domain::id::ProjectId;
use crate::domain::track::EventKind;
use crate::query::texts::Lookup;
use crate::store::StoreError;

/// How much a person has done. Hidden events do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    pub events: u64,
    /// Sessions in which the person has events that count.
    pub sessions: u64,
    /// By currency, in the order of their names.
    pub revenue: BTreeMap<Arc<str>, Sum>,
}

/// When a person was there, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    pub first_ms: Option<i64>,
    /// Hidden events do not count.
    pub last_ms: Option<i64>,
}

/// The row ids of persons of a project, newest first: those before one of them, at most `limit`.
pub fn roots(
    connection: &Connection,
    project: ProjectId,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("persons/roots.sql"))?;
    let rows = statement.query_map(params![project.0, before.unwrap_or(i64::MAX), limit], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What was said last under each key of any of the person's users, as JSON. Of two said at the same time the greater text
/// counts, so that the order of arrival does not matter.
pub fn traits(connection: &Connection, person: &Person) -> Result<BTreeMap<String, String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT key, time_ms, value FROM track_trait WHERE user_id = ?1")?;
    let mut latest: BTreeMap<String, (i64, String)> = BTreeMap::new();
    for user in &person.users {
        let mut rows = statement.query([user.id])?;
        while let Some(row) = rows.next()? {
            let said = (row.get(1)?, row.get(2)?);
            let known = latest.entry(row.get(0)?).or_insert_with(|| (i64::MIN, String::new()));
            if said > *known {
                *known = said;
            }
        }
    }
    Ok(latest.into_iter().map(|(key, (_, value))| (key, value)).collect())
}

/// When a person was there first and last.
pub fn seen(connection: &Connection, person: &Person) -> Result<Seen, StoreError> {
    let mut seen = Seen::default();
    for (subject, span) in person.ranges() {
        let ask = |sql| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row(params![subject, span.from_ms, span.until_ms], |row| row.get(0)).optional()
        };
        let (first, last) = (ask(include_str!("persons/first_seen.sql"))?, ask(include_str!("persons/last_seen.sql"))?);
        seen.first_ms = seen.first_ms.into_iter().chain(first).min();
        seen.last_ms = seen.last_ms.max(last);
    }
    Ok(seen)
}

/// Counts what a person has done.
pub fn activity(connection: &Connection, project: ProjectId, person: &Person) -> Result<Activity, StoreError> {
    let mut activity = Activity::default();
    let mut sessions: HashSet<i64> = HashSet::new();
    let mut statement = connection.prepare_cached(include_str!("persons/activity.sql"))?;
    for (subject, span) in person.ranges() {
        let mut rows = statement.query(params![subject, span.from_ms, span.until_ms, EventKind::SessionMark.code()])?;
        while let Some(row) = rows.next()? {
            activity.events += row.get::<_, u64>(1)?;
            let makes_session: bool = row.get(2)?;
            sessions.extend(row.get::<_, Option<i64>>(0)?.filter(|_| makes_session));
        }
    }
    activity.sessions = sessions.len() as u64;
    let filter = ConversionFilter { only_revenue: true, ..ConversionFilter::all(project) };
    let mut texts = Lookup::new(connection);
    for conversion in newest(connection, &filter, Some(person), None, usize::MAX)? {
        activity.revenue.entry(texts.text(conversion.currency)?).or_default().add(conversion.amount_micros);
    }
    Ok(activity)
}
