//! The visits of an app's session, from its events: page and screen views, touches, whatever else it did.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use url::Url;

use super::heat_session::{MAX_ROWS, Made};
use super::places::{Arrival, Places, StoredAgent};
use super::signs::{Sign, What, split, sum};
use super::visit::Visit;
use crate::domain::arrival::{Campaign, host_of, shortened};
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::track::{EventKind, IdentifierKind};
use crate::domain::user_agent::Agent;
use crate::domain::visit::{EARLIEST_MS, FUTURE_MS, IDLE_MS, VisitSource};
use crate::store::StoreError;
use crate::store::dictionary::{TextHash, text};

/// An event, as far as it is looked at again.
struct Event {
    source: VisitSource,
    country: Country,
    subject: Option<i64>,
    /// JSON, of page views and of events that may begin a visit.
    properties: Option<String>,
}

/// A touch that the session's events told.
struct Touch {
    captured_ms: i64,
    campaign: Campaign,
    landing_page: Option<String>,
    referrer: Option<String>,
}

/// Makes the visits of a session; none if it is gone, or only servers spoke of it.
pub fn visits(connection: &Connection, places: &mut Places, hash: TextHash, session: i64) -> Result<Made, StoreError> {
    let project = connection
        .prepare_cached("SELECT project_id FROM track_session WHERE id = ?1")?
        .query_row([session], |row| row.get(0).map(ProjectId));
    let Some(project) = project.optional()? else { return Ok(Made::default()) };
    let (signs, sources) = read(connection, places, session)?;
    let touches = touches(connection, session)?;
    let user_of_session = signs.iter().rev().find_map(|sign| sign.user);
    let mut visits = Vec::new();
    for range in split(&signs) {
        let signs = &signs[range];
        let (Some(first), Some(last)) = (signs.first(), signs.last()) else { continue };
        let Some(begun_by) = sources.get(first.more) else { continue };
        let sum = sum(signs);
        let countries = signs.iter().filter_map(|sign| sources.get(sign.more)).map(|event| event.country);
        let country = countries.into_iter().find(|country| *country != Country::UNKNOWN).unwrap_or_default();
        let page = signs.get(sum.first_view.unwrap_or_default()).and_then(|sign| sources.get(sign.more));
        let page = properties(page.and_then(|page| page.properties.as_deref()));
        let agent = agent(connection, places, &page)?;
        let touch = touches
            .iter()
            .find(|touch| (first.at_ms.saturating_sub(IDLE_MS)..=last.at_ms).contains(&touch.captured_ms));
        let (channel, mut told) = places.arrival(connection, &arrival(&page, touch), agent)?;
        (told.entry, told.exit) = (sum.entry, sum.exit);
        let user = signs.iter().rev().find_map(|sign| sign.user).or(user_of_session);
        visits.push(Visit {
            project,
            started_ms: first.at_ms,
            source: begun_by.source,
            session,
            ended_ms: last.at_ms,
            visitor: visitor(connection, hash, session, user.or(begun_by.subject))?,
            user,
            channel,
            device: agent.device,
            country,
            told,
            view_count: sum.view_count,
            event_count: sum.event_count,
            marks: sum.marks,
        });
    }
    Ok(Made { visits, row_count: signs.len() })
}

/// The session's events in the order of their time, without those of servers, as far as their time is believed.
fn read(connection: &Connection, places: &mut Places, session: i64) -> Result<(Vec<Sign>, Vec<Event>), StoreError> {
    let (mut signs, mut sources) = (Vec::<Sign>::new(), Vec::new());
    let mut channels: HashMap<i64, Option<VisitSource>> = HashMap::new();
    let mut statement = connection.prepare_cached(include_str!("track_signs.sql"))?;
    let mut rows = statement.query(params![session, EARLIEST_MS, EventKind::SessionMark.code(), MAX_ROWS])?;
    while let Some(row) = rows.next()? {
        let (at_ms, received_ms): (i64, i64) = (row.get(0)?, row.get(1)?);
        let channel: i64 = row.get(2)?;
        let source = if let Some(source) = channels.get(&channel) {
            *source
        } else {
            let source = source_of(&text(connection, channel)?);
            channels.insert(channel, source);
            source
        };
        let Some(source) = source.filter(|_| at_ms <= received_ms.saturating_add(FUTURE_MS)) else { continue };
        let kind = EventKind::from_code(row.get(3)?);
        let subject: Option<i64> = row.get(5)?;
        let subject_kind: Option<u8> = row.get(6)?;
        let may_begin = signs.last().is_none_or(|last| at_ms.saturating_sub(last.at_ms) >= IDLE_MS);
        let is_view = kind == EventKind::PageView;
        let told: Option<String> = if is_view || may_begin { Some(row.get(7)?) } else { None };
        let what = match kind {
            EventKind::PageView => What::View(page(connection, places, source, told.as_deref())?),
            EventKind::Other | EventKind::DownloadClick => What::Event(row.get(4)?),
            // They say who somebody is, and are nothing that is done.
            _ => What::Life(None),
        };
        let is_user = subject_kind == Some(IdentifierKind::User.code());
        signs.push(Sign { at_ms, what, user: subject.filter(|_| is_user), more: sources.len() });
        // The first view of a visit tells of its arrival; later ones have said what they have to say.
        let is_told = may_begin || !has_view(&signs, at_ms);
        let country = Country::from_number(row.get(8)?);
        sources.push(Event { source, country, subject, properties: told.filter(|_| is_told) });
    }
    Ok((signs, sources))
}

/// Whether a page was viewed in the half hour before the latest sign.
fn has_view(signs: &[Sign], at_ms: i64) -> bool {
    let before = signs.iter().rev().skip(1).take_while(|sign| at_ms.saturating_sub(sign.at_ms) < IDLE_MS);
    before.take(8).any(|sign| matches!(sign.what, What::View(_)))
}

/// Which visits a channel's events make; those of servers make none.
fn source_of(channel: &str) -> Option<VisitSource> {
    match channel {
        "web" => Some(VisitSource::Web),
        "api" => None,
        _ => Some(VisitSource::App),
    }
}

fn properties(json: Option<&str>) -> Value {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

fn said<'v>(properties: &'v Value, keys: &[&str]) -> Option<&'v str> {
    keys.iter().find_map(|key| properties[*key].as_str().filter(|text| !text.is_empty()))
}

/// The page or screen that an event is a view of.
fn page(
    connection: &Connection,
    places: &mut Places,
    source: VisitSource,
    json: Option<&str>,
) -> Result<i64, rusqlite::Error> {
    let told = properties(json);
    if source == VisitSource::App {
        let screen = said(&told, &["screen", "screen_name", "screenName", "name", "path", "url"]);
        return places.id(connection, shortened(screen.unwrap_or_default()));
    }
    if let Some(path) = said(&told, &["path"]) {
        return Ok(places.path_of(connection, path)?.id);
    }
    let address = said(&told, &["url", "name", "title"]).unwrap_or_default();
    match Url::parse(address) {
        Ok(url) if url.has_host() => Ok(places.path_of(connection, url.path())?.id),
        _ => Ok(places.path_of(connection, address)?.id),
    }
}

fn agent(connection: &Connection, places: &mut Places, page: &Value) -> Result<StoredAgent, rusqlite::Error> {
    let fingerprint = &page["device_fingerprint"];
    let name = fingerprint["userAgent"].as_str().or_else(|| said(page, &["userAgent", "user_agent"]));
    let agent = match (name, said(page, &["platform", "os", "os_name"])) {
        (Some(name), _) => Agent::of(name),
        (None, Some(platform)) => Agent::of_platform(platform),
        (None, None) => Agent::UNKNOWN,
    };
    places.agent_of(connection, &agent)
}

fn arrival(page: &Value, touch: Option<&Touch>) -> Arrival {
    let address = said(page, &["url"]).or_else(|| touch?.landing_page.as_deref());
    let has_host = |address: &&str| Url::parse(address).is_ok_and(|url| url.has_host());
    let referrer = said(page, &["referrer"]).or_else(|| touch?.referrer.as_deref());
    Arrival {
        campaign: touch.map(|touch| touch.campaign.clone()).unwrap_or_default(),
        host: address.filter(has_host).and_then(host_of),
        referrer: referrer.filter(has_host).map(str::to_owned),
    }
}

/// The touches that the session told, in the order in which they were met.
fn touches(connection: &Connection, session: i64) -> Result<Vec<Touch>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("track_touches.sql"))?;
    let mut rows = statement.query([session])?;
    let mut touches = Vec::new();
    while let Some(row) = rows.next()? {
        let click_key: Option<String> = row.get(6)?;
        touches.push(Touch {
            captured_ms: row.get(0)?,
            campaign: Campaign {
                source: row.get(1)?,
                medium: row.get(2)?,
                name: row.get(3)?,
                term: row.get(4)?,
                content: row.get(5)?,
                click_key: click_key.as_deref().and_then(Campaign::known_click_key),
            },
            landing_page: row.get(7)?,
            referrer: row.get(8)?,
        });
    }
    Ok(touches)
}

/// Who it is: the user, also if browsers tell of the same one; else what the app calls somebody; else the session alone.
fn visitor(
    connection: &Connection,
    hash: TextHash,
    session: i64,
    subject: Option<i64>,
) -> Result<i64, rusqlite::Error> {
    let known: Option<(u8, String)> = match subject {
        Some(subject) => connection
            .prepare_cached("SELECT kind, value FROM track_identifier WHERE id = ?1")?
            .query_row([subject], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?,
        None => None,
    };
    let name = match known {
        Some((kind, value)) if kind == IdentifierKind::User.code() => format!("user:{value}"),
        Some((kind, value)) => format!("identifier:{kind}:{value}"),
        None => format!("track_session:{session}"),
    };
    Ok(hash.hash(&name))
}
