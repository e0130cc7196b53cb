//! What SDKs ask: which touch brought the visitor who has this e-mail address, or who clicked on a link to an app store from
//! this address (datalyr.md 7.6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::value::RawValue;

use super::identity::{self, Person};
use super::journey::Journey;
use super::touches::{Touch, person_touches};
use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// What an app is told, by the names that SDKs read; all of it text, and nothing that is empty.
pub type Attribution = BTreeMap<&'static str, String>;

/// What an answer must have one of; else it would only say who somebody is.
const SUBSTANCE: [&str; 11] = [
    "fbclid",
    "gclid",
    "ttclid",
    "gbraid",
    "wbraid",
    "oppref",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
];

/// What else an answer has: each under both of the names that SDKs know, from any of them.
const COOKIES: [[&str; 2]; 2] = [["_fbp", "fbp"], ["_fbc", "fbc"]];

/// By what older browser SDKs name a campaign (datalyr.md 6.1).
const OLD_NAMES: [(&str, &str); 5] = [
    ("utm_source", "source"),
    ("utm_medium", "medium"),
    ("utm_campaign", "campaign"),
    ("utm_content", "content"),
    ("utm_term", "term"),
];

/// What brought the person who ever had this e-mail address: the latest touch within `window_ms` before now that has a click id
/// or a campaign.
pub fn by_email(
    connection: &Connection,
    project: ProjectId,
    email: &str,
    now_ms: i64,
    window_ms: i64,
) -> Result<Option<Attribution>, StoreError> {
    let email = email.trim().to_lowercase();
    let mut statement = connection.prepare_cached(include_str!("lookups_users_of_email.sql"))?;
    let users = statement.query_map(params![project.0, email], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let mut roots = Vec::new();
    for user in users {
        roots.extend(identity::person_at(connection, user, now_ms)?);
    }
    roots.sort_unstable();
    roots.dedup();
    let mut latest: Option<(i64, Attribution)> = None;
    for root in roots {
        let Some(person) = identity::person(connection, root)? else { continue };
        let found = of_person(connection, &person, now_ms, window_ms)?;
        latest = latest.into_iter().chain(found).max();
    }
    Ok(latest.map(|(_, attribution)| attribution))
}

/// What brought the visitor who clicked last on a link to an app store from one of these addresses, within `window_ms` before
/// now: what the click itself says, else the visitor's latest touch before it.
pub fn by_download(
    connection: &Connection,
    project: ProjectId,
    hashes: &[[u8; 16]],
    now_ms: i64,
    window_ms: i64,
) -> Result<Option<Attribution>, StoreError> {
    let mut latest = None;
    let mut statement = connection.prepare_cached(include_str!("lookups_latest_click.sql"))?;
    for hash in hashes {
        let since_ms = now_ms.saturating_sub(window_ms);
        let found = statement.query_row(params![project.0, hash, since_ms], |row| Ok((row.get(0)?, row.get(1)?)));
        latest = latest.max(found.optional()?);
    }
    let Some((_, seq)): Option<(i64, i64)> = latest else { return Ok(None) };
    let mut statement = connection.prepare_cached(include_str!("lookups_click.sql"))?;
    let Some(click) = statement.query_row([seq], Click::read).optional()? else { return Ok(None) };
    let person = match click.subject {
        Some(subject) => identity::person_at(connection, subject, click.time_ms)?,
        None => None,
    };
    let person = person.map(|root| identity::person(connection, root)).transpose()?.flatten();
    let of_touches = match &person {
        Some(person) => of_person(connection, person, click.time_ms, i64::MAX)?.map(|(_, attribution)| attribution),
        None => None,
    };
    Ok(click.attribution(person.as_ref()).or(of_touches).map(|mut found| {
        if let Some(visitor) = click.anonymous.filter(|visitor| !visitor.is_empty()) {
            found.insert("visitor_id", visitor);
        }
        found
    }))
}

/// A person's latest touch with substance within a window, and when it was met.
fn of_person(
    connection: &Connection,
    person: &Person,
    at_ms: i64,
    window_ms: i64,
) -> Result<Option<(i64, Attribution)>, StoreError> {
    let touches = person_touches(connection, person)?;
    let journey = Journey::until(&touches, at_ms, window_ms);
    for (place, touch) in journey.touches.iter().enumerate().rev() {
        if let Some(mut found) = substance(&texts(&touch.detail)) {
            found.extend(journey.lyr_at(place).map(|lyr| ("lyr", lyr.to_owned())));
            name(&mut found, Some(person), touch.time_ms);
            if let Some(visitor) = visitor(connection, person, touch)? {
                found.insert("visitor_id", visitor);
            }
            return Ok(Some((touch.time_ms, found)));
        }
    }
    Ok(None)
}

/// A click on a link to an app store.
struct Click {
    time_ms: i64,
    subject: Option<i64>,
    anonymous: Option<String>,
    properties: String,
}

impl Click {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self { time_ms: row.get(0)?, subject: row.get(1)?, anonymous: row.get(2)?, properties: row.get(3)? })
    }

    /// What the click itself says.
    fn attribution(&self, person: Option<&Person>) -> Option<Attribution> {
        let mut said = texts(&self.properties);
        // What old SDKs say in other words (datalyr.md 6.1). Without one of them `source` and the like are only a memory.
        if let (Some(kind), Some(id)) = (said.get("clickIdType").cloned(), said.get("clickId").cloned()) {
            said.entry(kind).or_insert(id);
        }
        if said.get("source").is_some_and(|source| source != "direct") {
            for (name, old) in OLD_NAMES {
                if let Some(text) = said.get(old).cloned() {
                    said.entry(name.to_owned()).or_insert(text);
                }
            }
        }
        let mut found = substance(&said)?;
        found.extend(said.remove("lyr").map(|lyr| ("lyr", lyr)));
        name(&mut found, person, self.time_ms);
        Some(found)
    }
}

/// Adds who and when.
fn name(found: &mut Attribution, person: Option<&Person>, time_ms: i64) {
    if let Some(user) = person.and_then(|person| person.users.first()) {
        found.insert("user_id", user.value.clone());
    }
    if let Ok(time) = Timestamp::from_millisecond(time_ms) {
        found.insert("timestamp", format!("{time:.3}"));
    }
}

/// The browser that met a touch; one of the person's if it is unknown.
fn visitor(connection: &Connection, person: &Person, touch: &Touch) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM track_identifier WHERE id = ?1")?;
    let known = touch.anonymous.map(|id| statement.query_row([id], |row| row.get(0)).optional()).transpose()?.flatten();
    Ok(known.or_else(|| person.anonymous.first().map(|owned| owned.known.value.clone())))
}

/// The part of what was said that answers have; nothing if it says nothing of where somebody came from.
fn substance(said: &BTreeMap<String, String>) -> Option<Attribution> {
    let mut found: Attribution =
        SUBSTANCE.iter().filter_map(|&key| said.get(key).map(|text| (key, text.clone()))).collect();
    if found.is_empty() {
        return None;
    }
    for names in COOKIES {
        if let Some(text) = names.iter().find_map(|&name| said.get(name)) {
            found.extend(names.map(|name| (name, text.clone())));
        }
    }
    Some(found)
}

/// The members of a JSON object that are texts, but not empty ones, or numbers.
fn texts(json: &str) -> BTreeMap<String, String> {
    // The stored text is an object; if the file is damaged it says nothing.
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json).unwrap_or_default();
    let text = |value: &RawValue| match value.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(value.get()).ok().filter(|text| !text.is_empty()),
        Some(b'-' | b'0'..=b'9') => Some(value.get().to_owned()),
        _ => None,
    };
    members.into_iter().filter_map(|(key, value)| Some((key, text(&value)?))).collect()
}
