//! The latest occurrences of a named event, with their properties.
//!
//! Events of visits are found by way of the visits, which are filtered like everything else and known by their names;
//! there is no index of events by name. What apps and servers said outside of visits is looked for among the newest
//! events of the interval, of which only so many are looked at.

use std::collections::HashSet;

use rusqlite::{Connection, Row, params};

use super::filter::{Dimension, Operator, VisitFilter};
use super::list::{ListedVisit, list};
use super::scope::Scope;
use crate::domain::heat::Kind;
use crate::domain::id::ClientId;
use crate::domain::visit::VisitSource;
use crate::query::texts::Lookup;
use crate::query::track::sessions::find_id;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::value::Number;

/// Visits that are looked into.
const MAX_VISITS: usize = 200;

/// App events that are looked at for those outside of visits.
const MAX_LOOKED_AT: usize = 50_000;

/// An occurrence of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    pub time_ms: i64,
    /// The visit it is of; none: it is of no visit.
    pub visit: Option<(VisitSource, String)>,
    /// The user, if one was identified.
    pub user: Option<String>,
    /// Path of the page it was on, where that is known.
    pub page: String,
    /// JSON, as it was sent.
    pub properties: Option<String>,
    /// Row id, of app events.
    seq: Option<i64>,
}

/// The latest occurrences of an event in a scope, the newest first. With filters on visits, only those in visits.
pub fn occurrences(
    connection: &Connection,
    text_hash: TextHash,
    scope: &Scope,
    name: &str,
    limit: usize,
) -> Result<Vec<Occurrence>, StoreError> {
    let Some(name_id) = text_hash.find(connection, name)? else { return Ok(Vec::new()) };
    let mut visits = scope.clone();
    let filter = VisitFilter { dimension: Dimension::Event, operator: Operator::Is, value: name.to_owned() };
    visits.filters.push(filter);
    let mut texts = Lookup::new(connection);
    let mut found = Vec::new();
    for visit in list(connection, &visits, None, MAX_VISITS)?.visits {
        of_visit(connection, &mut texts, scope, (&visit, name_id, limit), text_hash, &mut found)?;
        if found.len() >= limit {
            break;
        }
    }
    if scope.filters.is_empty() {
        of_apps(connection, scope, name_id, limit, &mut found)?;
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.time_ms));
    found.truncate(limit);
    Ok(found)
}

fn of_visit(
    connection: &Connection,
    texts: &mut Lookup<'_>,
    scope: &Scope,
    (visit, name_id, limit): (&ListedVisit, i64, usize),
    text_hash: TextHash,
    found: &mut Vec<Occurrence>,
) -> Result<(), StoreError> {
    let (from_ms, to_ms) = (visit.started_ms.max(scope.interval.from_ms), scope.interval.to_ms - 1);
    let until_ms = visit.ended_ms.min(to_ms);
    let session = ClientId::new(&visit.session);
    let of = |time_ms, page, properties, seq| Occurrence {
        time_ms,
        visit: Some((visit.source, visit.session.clone())),
        user: visit.user.clone(),
        page,
        properties,
        seq,
    };
    if visit.source == VisitSource::Browser {
        let mut statement = connection.prepare_cached(include_str!("occurrences_of_browser.sql"))?;
        // Times of browsers have fractions.
        let asked = params![session, scope.project.0, from_ms, until_ms + 1, Kind::Custom as u8, name_id, limit];
        let mut rows = statement.query(asked)?;
        while let Some(row) = rows.next()? {
            #[expect(clippy::cast_possible_truncation, reason = "within the visit")]
            let time_ms = row.get::<_, Number>(0)?.0.floor() as i64;
            found.push(of(time_ms, texts.text(row.get(1)?)?.to_string(), properties(row, texts)?, None));
        }
        return Ok(());
    }
    let session = find_id(connection, text_hash, scope.project, &visit.session)?;
    let mut statement = connection.prepare_cached(include_str!("occurrences_of_app.sql"))?;
    let mut rows = statement.query(params![session, from_ms, until_ms, name_id, limit])?;
    while let Some(row) = rows.next()? {
        found.push(of(row.get(0)?, String::new(), Some(row.get(2)?), Some(row.get(1)?)));
    }
    Ok(())
}

/// Adds those that are not known from visits.
fn of_apps(
    connection: &Connection,
    scope: &Scope,
    name_id: i64,
    limit: usize,
    found: &mut Vec<Occurrence>,
) -> Result<(), StoreError> {
    let known: HashSet<i64> = found.iter().filter_map(|one| one.seq).collect();
    let interval = scope.interval;
    let mut statement = connection.prepare_cached(include_str!("occurrences_of_late.sql"))?;
    let asked = params![scope.project.0, interval.from_ms, interval.to_ms - 1, name_id, MAX_LOOKED_AT, limit];
    let mut rows = statement.query(asked)?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(1)?;
        if !known.contains(&seq) {
            found.push(Occurrence {
                time_ms: row.get(0)?,
                visit: None,
                user: row.get(3)?,
                page: String::new(),
                properties: Some(row.get(2)?),
                seq: Some(seq),
            });
        }
    }
    Ok(())
}

/// The JSON of a browser's event, or the id under which it lies.
fn properties(row: &Row<'_>, texts: &mut Lookup<'_>) -> Result<Option<String>, StoreError> {
    Ok(match row.get_ref(2)? {
        rusqlite::types::ValueRef::Integer(id) => Some(texts.text(id)?.to_string()),
        rusqlite::types::ValueRef::Text(_) => Some(row.get(2)?),
        _ => None,
    })
}
