//! Sessions of a project: the list, one session, and its timeline.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::cursor::Cursor;
use super::event_body::{EventBody, describe, raw};
use super::events::EventPage;
use super::range::TimeRange;
use super::service::{ApiService, json, page, respond};
use crate::domain::id::ClientId;
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::http::path::segment;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::heat_events::Position;
use crate::query::heat_sessions::{self, Session, SessionFilter};
use crate::query::texts::Lookup;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;
const SESSION_SEGMENT: usize = 5;

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionPage {
    pub sessions: Vec<SessionBody>,
    /// Sessions that match on all pages.
    pub total: u64,
    /// Give it as `cursor` for the next page; absent on the last one.
    pub next_cursor: Option<String>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    /// Id the SDK gave it.
    pub id: String,
    pub project_id: Uuid,
    pub user_id: Option<Uuid>,
    /// By the browser's clock: milliseconds since the epoch.
    #[schema(value_type = f64)]
    pub started_at: JsonNumber,
    /// By the browser's clock: milliseconds since the epoch.
    #[schema(value_type = f64)]
    pub last_seen_at: JsonNumber,
    /// When its first batch arrived, by the server's clock: milliseconds since the epoch.
    pub received_at: i64,
    /// Path of the first event that was sent.
    pub first_path: String,
    pub user_agent: Option<String>,
    /// Device as first sent.
    #[schema(value_type = Object)]
    pub device: Box<RawValue>,
    /// The sender's `sdk` and `app`.
    #[schema(value_type = Option<Object>)]
    pub client: Option<Box<RawValue>>,
    /// Keyed hash of the address; its key is forgotten after a day.
    pub address_hash: Option<String>,
    /// Rows as heat-collector counts them: each point of a move is one.
    pub row_count: u64,
}

/// A session and the user who was identified in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionDetail {
    pub session: SessionBody,
    pub user: Option<UserBody>,
}

/// A user as identified.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserBody {
    pub id: Uuid,
    /// As given to `identify()`, or a token's `sub`.
    pub external_id: String,
    /// As last sent.
    #[schema(value_type = Option<Object>)]
    pub traits: Option<Box<RawValue>>,
    /// When a verified token first vouched for the id; absent if only the page said so.
    pub proven_at: Option<i64>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/sessions",
    tag = "sessions",
    summary = "Sessions of a project by start",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("from" = Option<String>, Query, description = "Started not before: milliseconds since the epoch, or RFC 3339"),
        ("to" = Option<String>, Query, description = "Last seen not after: milliseconds since the epoch, or RFC 3339"),
        ("user_id" = Option<Uuid>, Query, description = "Only sessions of this user, by public id"),
        ("path" = Option<String>, Query, description = "Only sessions that began on exactly this path"),
        ("limit" = Option<u16>, Query, description = "Sessions a page, 1 to 500; 50 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, description = "A page of sessions", body = SessionPage),
        ReadProblems
    ),
    security(("read_token" = []))
)]
/// Lists sessions.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read_list(&request, &service).await)
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/sessions/{session}",
    tag = "sessions",
    summary = "One session",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("session" = String, Path, description = "Id the SDK gave the session"),
    ),
    responses(
        (status = 200, description = "The session", body = SessionDetail),
        ReadProblems
    ),
    security(("read_token" = []))
)]
/// Shows one session.
pub async fn detail(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read_detail(&request, &service).await)
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/sessions/{session}/timeline",
    tag = "sessions",
    summary = "What happened in a session, in order of time",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("session" = String, Path, description = "Id the SDK gave the session"),
        ("limit" = Option<u16>, Query, description = "Events a page, 1 to 500; 50 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, description = "A page of events", body = EventPage),
        ReadProblems
    ),
    security(("read_token" = []))
)]
/// Shows a session's timeline.
pub async fn timeline(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read_timeline(&request, &service).await)
}

async fn read_list(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = TimeRange::read(&parameters)?;
    let user = match parameters.text("user_id")? {
        Some(text) => Some(Uuid::try_parse(text).map_err(|_| Problem::InvalidParameter("user_id"))?),
        None => None,
    };
    let path = parameters.text("path")?.map(str::to_owned);
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let after = Cursor::of(&parameters)?.map(|cursor| cursor.0);
    let text_hash = service.store.text_hash();
    let (mut sessions, total) = service
        .ask(move |connection| {
            let first_path = match path {
                Some(path) => Some(text_hash.find(connection, &path)?.unwrap_or(-1)),
                None => None,
            };
            let filter = SessionFilter { project, from: range.from, to: range.to, user, first_path };
            let sessions = heat_sessions::list(connection, &filter, after, 0, limit + 1)?;
            Ok((sessions, heat_sessions::count(connection, &filter)?))
        })
        .await?;
    let has_more = sessions.len() > limit;
    sessions.truncate(limit);
    let next = sessions.last().filter(|_| has_more).map(|last| Cursor(Position { ts: last.started_at, seq: last.id }));
    let body = SessionPage {
        sessions: sessions.into_iter().map(SessionBody::from).collect(),
        total,
        next_cursor: next.map(|next| next.to_string()),
    };
    Ok(page(request, &body, next.as_ref()))
}

async fn read_detail(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let session = find(request, service).await?;
    let user = match session.user {
        Some(uuid) => service.ask(move |connection| heat_sessions::user(connection, uuid)).await?,
        None => None,
    };
    let user = user.map(|user| UserBody {
        id: user.uuid,
        external_id: user.external_id,
        traits: user.traits_json.and_then(raw),
        proven_at: user.proven_at_ms,
    });
    Ok(json(&SessionDetail { session: session.into(), user }))
}

async fn read_timeline(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let session = find(request, service).await?;
    let parameters = Parameters::of(request);
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let after = Cursor::of(&parameters)?.map(|cursor| cursor.0);
    let ids = service.public_ids.clone();
    let (events, next) = service
        .ask(move |connection| {
            let mut found = heat_sessions::timeline(connection, &session, after, limit + 1)?;
            let next = (found.len() > limit).then(|| Cursor(found[limit - 1].position()));
            found.truncate(limit);
            let mut lookup = Lookup::new(connection);
            let id = session.external_id.to_string();
            let events =
                found.into_iter().map(|stored| describe(stored, &id, session.received_at_ms, &ids, &mut lookup));
            Ok((events.collect::<Result<Vec<EventBody>, _>>()?, next))
        })
        .await?;
    let body = EventPage { events, next_cursor: next.map(|next| next.to_string()) };
    Ok(page(request, &body, next.as_ref()))
}

/// The session in the path.
async fn find(request: &HttpRequest, service: &ApiService) -> Result<Session, Problem> {
    let project = service.project(request).await?;
    let id = segment(request.uri().path(), SESSION_SEGMENT).ok_or(Problem::SessionNotFound)?;
    let found =
        service.ask(move |connection| heat_sessions::find(connection, &ClientId::new(&id), Some(project))).await?;
    found.ok_or(Problem::SessionNotFound)
}

impl From<Session> for SessionBody {
    fn from(session: Session) -> Self {
        Self {
            id: session.external_id.to_string(),
            project_id: session.project_uuid,
            user_id: session.user,
            started_at: JsonNumber(session.started_at),
            last_seen_at: JsonNumber(session.last_seen_at),
            received_at: session.received_at_ms,
            first_path: session.first_path,
            user_agent: session.user_agent,
            device: raw(session.device_json).unwrap_or_default(),
            client: session.client_json.and_then(raw),
            address_hash: session.address_hash,
            row_count: session.row_count,
        }
    }
}
