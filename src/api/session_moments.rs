//! `GET /api/v1/projects/{project}/sessions/{session}/moments`: everything known about a session in one order of time.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::cursor::Cursor;
use super::event_body::raw;
use super::service::{ApiService, page, respond};
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::http::path::segment;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::heat_events::Position;
use crate::query::session_timeline::{self, Group, Moment, Subject, What};

const DEFAULT_LIMIT: usize = 200;
const MAX_LIMIT: usize = 2_000;
const SESSION_SEGMENT: usize = 5;

/// A part of a session, told by all protocols together.
#[derive(Debug, Serialize, ToSchema)]
pub struct MomentPage {
    pub session_id: String,
    /// The user who was identified in it.
    pub user_id: Option<String>,
    /// First and last sign of it: milliseconds since the epoch.
    pub started_at: i64,
    pub ended_at: i64,
    /// The first page, the page that linked to it, and campaign parameters (name and value).
    pub entry_page: Option<String>,
    pub referrer: Option<String>,
    pub campaign: Vec<(String, String)>,
    pub moments: Vec<MomentBody>,
    /// Give it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// One thing that happened, or several that were summed up. Which fields there are depends on `kind`.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct MomentBody {
    /// `page_view`, `click`, `moves`, `scrolls`, `input`, `keys`, `custom`, `event` or `request`.
    pub kind: &'static str,
    /// Milliseconds since the epoch; of a request, when it had ended.
    #[schema(value_type = f64)]
    pub ts: Option<JsonNumber>,
    /// The last of several.
    #[schema(value_type = f64)]
    pub until: Option<JsonNumber>,
    /// `rage_click` or `dead_click`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub x: Option<JsonNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub y: Option<JsonNumber>,
    /// Points of moves, scrolls, keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// How far down, in per cent of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub depth: Option<JsonNumber>,
    /// Of an event, or the category of keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub properties: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub duration_ms: Option<JsonNumber>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/sessions/{session}/moments",
    tag = "sessions",
    summary = "Everything known about a session, in order of time",
    description = "Heat events, app events and proxied requests with the session's id; events and requests of its user that \
                   name no session. Moves and scrolls are summed up.",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("session" = String, Path, description = "Id that clients gave the session"),
        ("group" = Option<String>, Query, description = "Only `pages`, `clicks`, `inputs`, `events`, `requests` or `movement`"),
        ("limit" = Option<u16>, Query, description = "Moments a page, 1 to 2000; 200 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of moments", body = MomentPage), ReadProblems),
    security(("read_token" = []))
)]
/// Shows a session's moments.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let id = segment(request.uri().path(), SESSION_SEGMENT).ok_or(Problem::SessionNotFound)?;
    let parameters = Parameters::of(request);
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let group = parameters.parsed("group", Group::from_word)?;
    let from = Cursor::of(&parameters)?.map_or(f64::NEG_INFINITY, |cursor| cursor.0.ts);
    let hash = service.store.text_hash();
    let found = service
        .ask(move |connection| {
            let Some(subject) = session_timeline::find(connection, hash, project, &id)? else { return Ok(None) };
            let page = session_timeline::page(connection, hash, &subject, from, group, limit)?;
            Ok(Some((subject, page)))
        })
        .await?;
    let (subject, found) = found.ok_or(Problem::SessionNotFound)?;
    let next = found.next.map(|ts| Cursor(Position { ts, seq: 0 }));
    let Subject { external_id, user, first_ms, last_ms, arrival, .. } = subject;
    let body = MomentPage {
        session_id: external_id,
        user_id: user,
        started_at: first_ms,
        ended_at: last_ms,
        entry_page: arrival.page,
        referrer: arrival.referrer,
        campaign: arrival.campaign,
        moments: found.moments.into_iter().map(MomentBody::from).collect(),
        next_cursor: next.map(|next| next.to_string()),
    };
    Ok(page(request, &body, next.as_ref()))
}

impl From<Moment> for MomentBody {
    fn from(moment: Moment) -> Self {
        let text = |text: Option<std::sync::Arc<str>>| text.map(|text| text.to_string());
        let body = Self {
            kind: moment.what.word(),
            ts: Some(JsonNumber(moment.ts)),
            until: Some(JsonNumber(moment.until)),
            mark: moment.mark.map(session_timeline::Mark::word),
            path: text(moment.path),
            ..Self::default()
        };
        match moment.what {
            What::PageView { title, .. } => Self { title: text(title), ..body },
            What::Click { selector, x, y } => {
                Self { selector: text(selector), x: Some(JsonNumber(x)), y: Some(JsonNumber(y)), ..body }
            }
            What::Moves { points } => Self { count: Some(points), ..body },
            What::Scrolls { count, depth } => Self { count: Some(count), depth: Some(JsonNumber(depth)), ..body },
            What::Input { selector } => Self { selector: text(selector), ..body },
            What::Keys { category, count } => Self { name: text(category), count: Some(count), ..body },
            What::Custom { name, props } => {
                let properties = text(props).and_then(raw);
                Self { name: Some(name.to_string()), properties, ..body }
            }
            What::Event(event) => {
                Self { name: Some(event.name.to_string()), properties: raw(event.stored.properties), ..body }
            }
            What::Request(record) => Self {
                request_id: Some(record.id),
                method: Some(record.method.to_string()),
                route: Some(record.route.to_string()),
                status: Some(record.status),
                duration_ms: Some(JsonNumber::ms_of_whole_us(record.duration_us)),
                ..body
            },
        }
    }
}
