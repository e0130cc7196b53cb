//! One person: ids, traits, what brought it, what it did and paid.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;
use rusqlite::Connection;

use super::list::{Said, revenue, said};
use super::timeline::TimelineRow;
use super::{address, asked};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::domain::id::ProjectId;
use crate::domain::role::Role;
use crate::domain::track::IdentifierKind;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::query::heat_events::Position;
use crate::query::track::events_described::Describer;
use crate::query::track::identity::{Known, Person};
use crate::query::track::person_timeline::{self, Part};
use crate::query::track::persons::{activity, seen, traits};
use crate::query::track::sessions::{SessionFilter, newest};
use crate::query::track::touches::person_touches;
use crate::query::track::touches_described::{DescribedTouch, TouchTexts};
use crate::query::track::whole_person::{self, WholePerson};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Touches that are shown, the latest.
const TOUCHES: usize = 30;

/// Sessions that are shown, the latest.
const SESSIONS: usize = 20;

/// Items of the timeline a page.
const ITEMS: usize = 50;

/// Ids and traits that are shown of each.
const FACTS: usize = 100;

#[derive(Template)]
#[template(path = "people/person.html")]
struct PersonPage {
    layout: Layout,
    people: String,
    title: String,
    id: String,
    facts: Facts,
    export: String,
    erase: String,
    may_erase: bool,
    items: Vec<TimelineRow>,
    /// Where later and earlier parts of the timeline are.
    newest: Option<String>,
    older: Option<String>,
}

/// What is known of a person. Somebody whom only browsers' events or requests know has the timeline alone.
#[derive(Debug, Clone, Default)]
struct Facts {
    said: Said,
    /// Kind and id.
    ids: Vec<(String, String)>,
    traits: Vec<(String, String)>,
    first_seen: String,
    last_seen: String,
    events: String,
    session_count: String,
    revenue: Vec<String>,
    touches: Vec<TouchRow>,
    more_touches: usize,
    sessions: Vec<SessionRow>,
}

/// A touch.
#[derive(Debug, Clone)]
struct TouchRow {
    time: String,
    machine_time: String,
    source: String,
    medium: String,
    campaign: String,
    click: String,
    landing_page: String,
}

/// A session of an app.
#[derive(Debug, Clone)]
struct SessionRow {
    time: String,
    machine_time: String,
    href: String,
    channel: String,
    duration: String,
    events: String,
    page_views: String,
}

/// Answers the page.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let name = asked(screen.request())?;
    let parameters = Parameters::of(screen.request());
    let after = parameters.parsed("after", position)?;
    let (project, hash) = (screen.project.id, screen.dashboard.store.text_hash());
    let (base, zone) = (screen.link_base(), screen.view.zone.clone());
    let below = base.clone();
    let found = screen.ask(move |connection| {
        let Some(whole) = whole_person::find(connection, hash, project, &name)? else { return Ok(None) };
        let facts = match &whole.person {
            Some(person) => facts(connection, project, person, &below, &zone)?,
            None => Facts { ids: vec![("user".to_owned(), whole.users.join(" "))], ..Facts::default() },
        };
        let (items, next) = timeline(connection, hash, project, &whole, after, &below, &zone)?;
        Ok(Some((whole.name, facts, items, next)))
    });
    let (id, facts, items, next) = found.await?.ok_or(Problem::PersonNotFound)?;
    let title = facts.said.name.clone().or_else(|| facts.said.email.clone()).unwrap_or_else(|| id.clone());
    let href = address(&base, &id);
    let in_path = path_segment(&id);
    let layout = screen.layout(&title, "people");
    html(&PersonPage {
        may_erase: layout.may(Role::Owner),
        layout,
        people: format!("{base}/people"),
        export: format!("/api/v1/projects/{}/persons/{in_path}/export", screen.project.uuid),
        erase: href.replacen("/people/person?", "/people/erase?", 1),
        newest: after.is_some().then(|| format!("{href}#timeline")),
        older: next.map(|next| format!("{href}&after={}_{}#timeline", next.ts, next.seq)),
        title,
        id,
        facts,
        items,
    })
}

fn facts(
    connection: &Connection,
    project: ProjectId,
    person: &Person,
    base: &str,
    zone: &TimeZone,
) -> Result<Facts, StoreError> {
    let (seen, activity) = (seen(connection, person)?, activity(connection, project, person)?);
    let time = |ms: Option<i64>| ms.map_or_else(|| format::NOTHING.to_owned(), |ms| format::moment(ms, zone));
    let touches = person_touches(connection, person)?;
    let mut texts = TouchTexts::new(connection);
    let more_touches = touches.len().saturating_sub(TOUCHES);
    let mut shown = Vec::new();
    for touch in touches[more_touches..].iter().rev() {
        shown.push(TouchRow::new(texts.describe(touch)?, zone));
    }
    let filter = SessionFilter { project, from_ms: i64::MIN, to_ms: i64::MAX };
    let mut sessions = Vec::new();
    for session in newest(connection, filter, Some(person), None, SESSIONS)? {
        let id: String = url::form_urlencoded::byte_serialize(session.external_id.as_bytes()).collect();
        sessions.push(SessionRow {
            time: format::minute(session.started_ms, zone),
            machine_time: format::machine_time(session.started_ms, zone),
            href: format!("{base}/sessions/session?id={id}"),
            channel: texts.text(session.channel)?.to_string(),
            duration: format::span_ms(session.ended_ms - session.started_ms),
            events: format::count(session.events),
            page_views: format::count(session.page_views),
        });
    }
    Ok(Facts {
        said: said(connection, person)?,
        ids: ids(person),
        traits: traits(connection, person)?.into_iter().take(FACTS).map(|(key, json)| (key, plain(&json))).collect(),
        first_seen: time(seen.first_ms),
        last_seen: time(seen.last_ms),
        events: format::count(activity.events),
        session_count: format::count(activity.sessions),
        revenue: revenue(&activity),
        touches: shown,
        more_touches,
        sessions,
    })
}

/// Every id, the surviving user first.
fn ids(person: &Person) -> Vec<(String, String)> {
    let users = person.users.iter().map(|known| (IdentifierKind::User, known));
    let anonymous = person.anonymous.iter().map(|owned| (IdentifierKind::Anonymous, &owned.known));
    let devices = person.devices.iter().map(|known| (IdentifierKind::Device, known));
    let external = person.external.iter().map(|known| (IdentifierKind::External, known));
    let all = users.chain(anonymous).chain(devices).chain(external).take(FACTS);
    all.map(|(kind, known)| (kind.name().to_owned(), known.value.clone())).collect()
}

/// A text without its quotes, anything else as JSON.
fn plain(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

fn timeline(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    whole: &WholePerson,
    after: Option<Position>,
    base: &str,
    zone: &TimeZone,
) -> Result<(Vec<TimelineRow>, Option<Position>), StoreError> {
    // Somebody whom only browsers' events or requests know has their items under the same user id.
    let unknown = || Person {
        root: 0,
        users: whole.users.iter().map(|user| Known { id: 0, value: user.clone() }).collect(),
        anonymous: Vec::new(),
        devices: Vec::new(),
        external: Vec::new(),
        matched: Vec::new(),
    };
    let person = whole.person.clone().unwrap_or_else(unknown);
    let part = Part {
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        is_descending: true,
        after,
        // One more than the page tells whether there is another.
        limit: ITEMS + 1,
        with_hidden: false,
    };
    let mut items = person_timeline::page(connection, hash, project, &person, part)?;
    let next = (items.len() > ITEMS).then(|| items[ITEMS - 1].position());
    items.truncate(ITEMS);
    let mut describer = Describer::new(connection, hash);
    let rows = items.into_iter().map(|item| TimelineRow::new(base, zone, item, &mut describer));
    Ok((rows.collect::<Result<_, _>>()?, next))
}

/// A place in the timeline as it stands in the URL.
fn position(text: &str) -> Option<Position> {
    let (ts, seq) = text.split_once('_')?;
    let ts: f64 = ts.parse().ok()?;
    Some(Position { ts: Some(ts).filter(|ts| ts.is_finite())?, seq: seq.parse().ok()? })
}

/// A person's id as one segment of a path (RFC 3986 section 2.1).
pub(super) fn path_segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-_~:@".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push('%');
            path.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])));
        }
        path
    })
}

impl TouchRow {
    fn new(touch: DescribedTouch, zone: &TimeZone) -> Self {
        let text = |text: Option<std::sync::Arc<str>>| text.map(|text| text.to_string()).unwrap_or_default();
        Self {
            time: format::minute(touch.time_ms, zone),
            machine_time: format::machine_time(touch.time_ms, zone),
            source: text(touch.source),
            medium: text(touch.medium),
            campaign: text(touch.campaign),
            click: text(touch.click_id_type),
            landing_page: touch.landing_page.map(String::from).unwrap_or_default(),
        }
    }
}
