//! Which session is meant, and what is known of it besides its moments.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::heat::Kind;
use crate::domain::id::{ClientId, ProjectId};
use crate::query::heat_context::Contexts;
use crate::query::heat_sessions::{self, Session};
use crate::query::texts::Lookup;
use crate::query::track::events::{self, EventFilter, Page};
use crate::query::track::events_described::Describer;
use crate::query::track::touches_described::TouchTexts;
use crate::query::track::{sessions, touches};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::value::Number;

/// A session: the same id in up to three protocols.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub project: ProjectId,
    /// As its clients name it.
    pub external_id: String,
    pub heat: Option<Session>,
    pub track: Option<sessions::Session>,
    /// Row id of the session of proxied requests.
    pub traffic: Option<i64>,
    /// The user who was identified in it.
    pub user: Option<String>,
    /// The first and the last sign of it, in milliseconds since the epoch.
    pub first_ms: i64,
    pub last_ms: i64,
    pub arrival: Arrival,
}

/// What brought the visitor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The first page.
    pub page: Option<String>,
    /// The page that linked here.
    pub referrer: Option<String>,
    /// Campaign parameters: name and value.
    pub campaign: Vec<(String, String)>,
}

/// Events that are looked at for the first page view.
const MAX_LOOKED_AT: usize = 50;

/// Parameters of an address that say what brought a visitor.
const CAMPAIGN: [&str; 13] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "gclid",
    "fbclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "ref",
    "source",
];

/// Finds the session that clients name so.
pub fn find(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    external_id: &str,
) -> Result<Option<Subject>, StoreError> {
    let heat = heat_sessions::find(connection, &ClientId::new(external_id), Some(project))?;
    let track = match sessions::find_id(connection, hash, project, external_id)? {
        Some(id) => sessions::by_id(connection, id)?.filter(|session| session.events > 0),
        None => None,
    };
    let traffic = traffic_session(connection, project, external_id)?;
    let mut spans = Vec::new();
    let mut user = None;
    let mut arrival = Arrival::default();
    if let Some(session) = &heat {
        spans.push(heat_span(connection, session)?);
        user = session.user.map(|uuid| heat_sessions::user(connection, uuid)).transpose()?.flatten();
        arrival = heat_arrival(connection, session)?;
    }
    let mut user = user.map(|user| user.external_id);
    if let Some(session) = &track {
        spans.push((session.started_ms, session.ended_ms));
        user = user.or(track_user(connection, hash, project, session.id)?);
        if arrival.campaign.is_empty() && arrival.referrer.is_none() {
            track_arrival(connection, session.id, &mut arrival)?;
        }
    }
    spans.extend(traffic.map(|(_, first_ms, last_ms)| (first_ms, last_ms)));
    let Some((first_ms, last_ms)) = spans.into_iter().reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    else {
        return Ok(None);
    };
    let external_id = external_id.to_owned();
    let traffic = traffic.map(|(id, ..)| id);
    Ok(Some(Subject { project, external_id, heat, track, traffic, user, first_ms, last_ms, arrival }))
}

/// Row id, first and last request of the session of requests with an id.
fn traffic_session(
    connection: &Connection,
    project: ProjectId,
    external_id: &str,
) -> Result<Option<(i64, i64, i64)>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("request_span.sql"))?;
    let found = statement.query_row(params![project.0, external_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let found: Option<(i64, Option<i64>, Option<i64>)> = found.optional()?;
    Ok(found.and_then(|(id, first_ms, last_ms)| Some((id, first_ms?, last_ms?))))
}

/// The first and the last event. What the client says of the session itself need not fit them.
fn heat_span(connection: &Connection, session: &Session) -> Result<(i64, i64), StoreError> {
    let first = heat_sessions::timeline(connection, session, None, 1)?.pop();
    let mut last = connection.prepare_cached("SELECT last_ts FROM heat_session WHERE id = ?1")?;
    let last = last.query_row([session.id], |row| row.get::<_, Number>(0))?.0;
    let first = first.map_or(session.started_at, |first| first.ts);
    Ok((ms(first), ms(last.max(first))))
}

fn heat_arrival(connection: &Connection, session: &Session) -> Result<Arrival, StoreError> {
    let mut texts = Lookup::new(connection);
    let mut contexts = Contexts::default();
    let mut arrival = Arrival { page: Some(session.first_path.clone()), ..Arrival::default() };
    let stored = heat_sessions::timeline(connection, session, None, MAX_LOOKED_AT)?;
    if let Some(view) = stored.iter().find(|stored| stored.kind == Kind::Pageview) {
        let context = contexts.of(view.meta_id, &mut texts)?;
        arrival.page = Some(texts.text(view.path_id)?.to_string());
        arrival.referrer = context.referrer.map(|text| text.to_string());
        arrival.campaign = campaign(context.query.as_deref().unwrap_or_default());
    }
    if arrival.campaign.is_empty() {
        let path = arrival.page.as_deref().unwrap_or_default();
        let query = path.split('#').next().unwrap_or_default().split_once('?').map_or("", |(_, query)| query);
        arrival.campaign = campaign(query);
    }
    Ok(arrival)
}

/// The parameters of a query that say what brought a visitor.
fn campaign(query: &str) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let known = pairs.filter(|(name, value)| CAMPAIGN.contains(&name.as_ref()) && !value.is_empty());
    known.take(CAMPAIGN.len()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn track_arrival(connection: &Connection, session: i64, arrival: &mut Arrival) -> Result<(), StoreError> {
    let Some(touch) = touches::session_touch(connection, session)? else { return Ok(()) };
    let touch = TouchTexts::new(connection).describe(&touch)?;
    arrival.page = arrival.page.take().or(touch.landing_page.map(String::from));
    arrival.referrer = touch.referrer.map(String::from);
    let told = [
        ("utm_source", touch.source),
        ("utm_medium", touch.medium),
        ("utm_campaign", touch.campaign),
        ("utm_term", touch.term),
        ("utm_content", touch.content),
        ("click id", touch.click_id_type),
    ];
    let text = |(name, value): (&str, Option<Arc<str>>)| Some((name.to_owned(), value?.to_string()));
    arrival.campaign = told.into_iter().filter_map(text).collect();
    Ok(())
}

/// The user whom the latest of a session's events named.
fn track_user(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    session: i64,
) -> Result<Option<String>, StoreError> {
    let filter = EventFilter { session: Some(session), ..EventFilter::all(project) };
    let page = Page { is_descending: true, after: None, limit: 1 };
    let Some(latest) = events::list(connection, hash, &filter, None, page)?.pop() else { return Ok(None) };
    Ok(Describer::new(connection, hash).describe(latest)?.user.map(|user| user.to_string()))
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, as wanted")]
fn ms(ts: f64) -> i64 {
    ts as i64
}
