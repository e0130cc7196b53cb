//! Persons as rows: what is worked out when somebody asks.

use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::json;

use super::cell::{Cell, Column, Row, amount, json as json_cell};
use super::{Page, Place, Scope};
use crate::domain::track::IdentifierKind;
use crate::query::track::identity::{self, Known, Person};
use crate::query::track::persons::{activity, roots, seen, traits};
use crate::store::StoreError;

/// Names of the columns, and whether they are times.
const COLUMNS: [(&str, bool); 8] = [
    ("person_id", false),
    ("ids", false),
    ("traits", false),
    ("first_seen", true),
    ("last_seen", true),
    ("events", false),
    ("sessions", false),
    ("revenue", false),
];

/// Persons who were there in the interval, newest first.
pub fn persons(connection: &Connection, scope: Scope, after: Option<&Place>, limit: usize) -> Result<Page, StoreError> {
    let before = after.and_then(|place| match place.0.first() {
        Some(Value::Integer(root)) => Some(*root),
        _ => None,
    });
    let found = roots(connection, scope.project, before, limit)?;
    let next = found.last().filter(|_| found.len() == limit).map(|root| Place(vec![Value::Integer(*root)]));
    let mut rows = Vec::with_capacity(found.len());
    for root in found {
        let Some(person) = identity::person(connection, root)? else { continue };
        rows.extend(row(connection, scope, &person)?);
    }
    Ok(Page { rows, next })
}

/// The columns of a person.
#[must_use]
pub fn columns() -> Vec<Column> {
    COLUMNS.map(|(name, is_time)| Column { name: name.to_owned(), is_time }).into()
}

fn row(connection: &Connection, scope: Scope, person: &Person) -> Result<Option<Row>, StoreError> {
    let seen = seen(connection, person)?;
    let interval = scope.interval;
    let is_wanted = interval.from_ms == i64::MIN && interval.to_ms == i64::MAX
        || seen.last_ms.is_some_and(|last| last >= interval.from_ms)
            && seen.first_ms.is_some_and(|first| first < interval.to_ms);
    if !is_wanted {
        return Ok(None);
    }
    let told = |kind: IdentifierKind, known: &Known| json!({"kind": kind.name(), "id": known.value});
    let anonymous = person.anonymous.iter().map(|owned| told(IdentifierKind::Anonymous, &owned.known));
    let ids: Vec<_> = (person.users.iter().map(|known| told(IdentifierKind::User, known)))
        .chain(anonymous)
        .chain(person.devices.iter().map(|known| told(IdentifierKind::Device, known)))
        .chain(person.external.iter().map(|known| told(IdentifierKind::External, known)))
        .collect();
    let traits: Vec<String> = traits(connection, person)?
        .into_iter()
        .map(|(key, value)| format!("{}:{value}", serde_json::Value::String(key)))
        .collect();
    let activity = activity(connection, scope.project, person)?;
    let revenue: Vec<String> = activity
        .revenue
        .iter()
        .map(|(currency, sum)| format!("{}:{}", json!(&**currency), amount(sum.micros)))
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of the present fit a double")]
    let time = |ms: Option<i64>| ms.map_or(Cell::Null, |ms| Cell::Time(ms as f64));
    let count = |number: u64| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    Ok(Some(vec![
        identity::name(connection, person.root)?.map_or(Cell::Null, Cell::Text),
        json_cell(&serde_json::Value::Array(ids).to_string()),
        json_cell(&format!("{{{}}}", traits.join(","))),
        time(seen.first_ms),
        time(seen.last_ms),
        count(activity.events),
        count(activity.sessions),
        json_cell(&format!("{{{}}}", revenue.join(","))),
    ]))
}
