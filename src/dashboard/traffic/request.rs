//! `/p/{project}/traffic/requests/request?id=`: everything known of one request.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::{Own, link, route_link};
use super::rows::{RequestRow, Status, duration_us, user_link};
use super::tabs::tabs;
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::Tab;
use crate::domain::traffic::{Failure, Protocol, TrafficRecord};
use crate::http::problem::Problem;
use crate::query::traffic::around::around;
use crate::query::traffic::requests;

/// Requests of the session that are shown, on each side.
const AROUND_ROWS: usize = 10;

#[derive(Template)]
#[template(path = "traffic/request.html")]
struct RequestPage {
    layout: Layout,
    tabs: Vec<Tab>,
    requests_href: String,
    status: Status,
    method: String,
    url: String,
    time: String,
    machine_time: String,
    duration: String,
    is_slow: bool,
    failure: Option<&'static str>,
    facts: Vec<Fact>,
    parts: Vec<Part>,
    /// In words, for the drawing.
    parts_summary: String,
    session: Option<Session>,
}

/// A name and a value, which may lead on.
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

/// A part of the time the request took.
struct Part {
    name: &'static str,
    duration: String,
    share: String,
    /// In per cent, with decimals, for the drawing.
    start: String,
    width: String,
    colour: u8,
}

/// The requests around it.
struct Session {
    id: String,
    href: String,
    rows: Vec<AroundRow>,
}

/// A request of the session.
struct AroundRow {
    row: RequestRow,
    /// Against the request itself: `+1.2 s`.
    offset: String,
    is_itself: bool,
}

/// Answers one request.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let own = Own::read(&screen, &["id"])?;
    let id: i64 = own.get("id").and_then(|id| id.parse().ok()).ok_or(Problem::RequestNotFound)?;
    let (project, text_hash) = (screen.project.id, screen.dashboard.store.text_hash());
    let found = screen.ask(move |connection| {
        let Some(record) = requests::find(connection, project, id)? else { return Ok(None) };
        let around = around(connection, text_hash, &record, AROUND_ROWS)?;
        Ok(Some((record, around)))
    });
    let (record, around) = found.await?.ok_or(Problem::RequestNotFound)?;
    let parts = parts(&record);
    let words: Vec<_> = parts.iter().map(|part| format!("{} {}", part.name, part.duration)).collect();
    let session = record.session_id.as_deref().map(|session| Session {
        id: session.to_owned(),
        href: link(&screen, "sessions/session", &[("id", session.to_owned())]),
        rows: around.iter().map(|other| around_row(&screen, &record, other)).collect(),
    });
    let zone = &screen.view.zone;
    html(&RequestPage {
        layout: screen.layout(&format!("{} {}", record.method, record.original_url), "traffic"),
        tabs: tabs(&screen, "traffic/requests"),
        requests_href: screen.link("traffic/requests"),
        status: Status::new(record.status),
        method: record.method.as_ref().to_owned(),
        url: record.original_url.as_ref().to_owned(),
        time: format::moment(record.started_at_ms(), zone),
        machine_time: format::machine_time(record.started_at_ms(), zone),
        duration: duration_us(record.duration_us),
        is_slow: record.is_slow,
        failure: record.failure.map(failure_words),
        facts: facts(&screen, &record),
        parts_summary: format!("{} in all: {}.", duration_us(record.duration_us), words.join(", ")),
        parts,
        session,
    })
}

/// Why an exchange was broken off, in words.
#[must_use]
pub fn failure_words(failure: Failure) -> &'static str {
    match failure {
        Failure::UpstreamRefused => "the app could not be reached",
        Failure::UpstreamTimedOut => "the app took too long to answer",
        Failure::UpstreamClosed => "the app closed before it answered",
        Failure::UpstreamInvalid => "the app's answer was no valid response",
        Failure::UpstreamBroken => "the app broke its answer off",
        Failure::UpstreamStalled => "the app paused for too long in its answer",
        Failure::ClientGone => "the client went away",
        Failure::ClientTimedOut => "the client was too slow",
        Failure::ClientInvalid => "the client's body broke the rules or a limit",
        Failure::Stopped => "Hearth stopped meanwhile",
    }
}

fn around_row(screen: &Screen, itself: &TrafficRecord, other: &TrafficRecord) -> AroundRow {
    let offset_ms = other.started_at_ms() - itself.started_at_ms();
    #[expect(clippy::cast_precision_loss, reason = "half an hour")]
    let distance = format::duration_ms(Some(offset_ms.abs() as f64));
    let sign = if offset_ms < 0 { "−" } else { "+" };
    let is_itself = other.id == itself.id;
    AroundRow {
        row: RequestRow::new(screen, other),
        offset: if is_itself { "this one".to_owned() } else { format!("{sign}{distance}") },
        is_itself,
    }
}

fn facts(screen: &Screen, record: &TrafficRecord) -> Vec<Fact> {
    let zone = &screen.view.zone;
    let plain = |name, value: String| Fact { name, value, href: None };
    let optional = |name, value: Option<&str>| value.map(|value| plain(name, value.to_owned()));
    let mut facts = vec![
        Fact {
            name: "Route",
            value: record.route.as_ref().to_owned(),
            href: Some(route_link(screen, &record.route, Some(&record.method))),
        },
        plain("Host", record.host.as_ref().to_owned()),
        plain("Protocol", protocol_words(record.protocol).to_owned()),
        plain("Began", format::moment(record.started_at_ms(), zone)),
        plain("Ended", format::moment(record.ended_at_ms, zone)),
        plain("Recorded", format::moment(record.created_at_ms, zone)),
        plain("First byte after", record.first_byte_us.map_or_else(|| format::NOTHING.to_owned(), duration_us)),
        plain("Time of the app", record.upstream_us.map_or_else(|| format::NOTHING.to_owned(), duration_us)),
        plain("Received", format::bytes(record.bytes_in)),
        plain("Sent", format::bytes(record.bytes_out)),
    ];
    if let Some(user) = &record.user {
        let value = [Some(&user.id), user.name.as_ref(), user.email.as_ref()];
        let value = value.into_iter().flatten().map(AsRef::as_ref).collect::<Vec<&str>>().join(" · ");
        facts.push(Fact { name: "User", value, href: Some(user_link(screen, &user.id)) });
    }
    if let Some(session) = record.session_id.as_deref() {
        let href = link(screen, "sessions/session", &[("id", session.to_owned())]);
        facts.push(Fact { name: "Session", value: session.to_owned(), href: Some(href) });
    }
    facts.extend(optional("Address", record.ip.as_deref()));
    facts.extend(optional("User agent", record.user_agent.as_deref()));
    facts.extend(optional("Came from", record.referrer.as_deref()));
    facts.extend(record.trace_id_text().map(|trace| plain("Trace id", trace)));
    facts.push(plain("Request id", record.id.to_string()));
    facts
}

fn protocol_words(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http10 => "HTTP/1.0",
        Protocol::Http11 => "HTTP/1.1",
        Protocol::WebSocket => "WebSocket",
        Protocol::EventStream => "Event stream",
        Protocol::Upgraded => "Another protocol, by an upgrade",
    }
}

/// What the time was spent on: until the request was handed to the app and until its first byte came, then until its last, then
/// whatever it took to hand it on.
fn parts(record: &TrafficRecord) -> Vec<Part> {
    let all = record.duration_us;
    let Some(first_byte) = record.first_byte_us.map(|us| us.min(all)) else {
        return vec![part("Without an answer of the app", 0, all, all, 6)];
    };
    // The time of the app ends after its first byte, and begins some time after the request did: from the handing over.
    let streamed = match record.upstream_us {
        Some(upstream) => upstream.min(all).saturating_sub(first_byte.min(upstream)).min(all - first_byte),
        None => 0,
    };
    let rest = all - first_byte - streamed;
    let mut parts = vec![part("First byte after", 0, first_byte, all, 1)];
    if streamed > 0 {
        parts.push(part("Rest of the app's answer", first_byte, streamed, all, 2));
    }
    if rest > 0 {
        parts.push(part("Handing it to the client", first_byte + streamed, rest, all, 6));
    }
    parts
}

#[expect(clippy::cast_precision_loss, reason = "a drawing")]
fn part(name: &'static str, start: u64, length: u64, all: u64, colour: u8) -> Part {
    let percent = |part: u64| format!("{:.2}", part as f64 * 100.0 / all.max(1) as f64);
    Part {
        name,
        duration: duration_us(length),
        share: format::share(length, all),
        start: percent(start),
        width: percent(length),
        colour,
    }
}
