//! Sessions of apps: the list, and one of them.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::place_cursor::{cursor, place};
use super::report_params::{Bounds, DEFAULT_LIMIT, MAX_LIMIT, RangeParams};
use super::session_body::{SessionBody, SessionDescriber};
use crate::api::csv;
use crate::api::service::{ApiService, json, next_link, page, respond};
use crate::http::parameters::Parameters;
use crate::http::path::segment;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::asked_person;
use crate::query::track::sessions::{self, SessionFilter};

/// Position of the session in the path.
const SESSION_SEGMENT: usize = 6;

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrackSessionPage)]
pub struct SessionPage {
    /// Newest first.
    pub sessions: Vec<SessionBody>,
    /// Give it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/track/sessions",
    tag = "apps",
    summary = "Sessions of apps, newest first",
    description = "Sessions that clients name, by when they started. Those that are made up for events of servers are not among them.",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        ("person" = Option<String>, Query, description = "Only sessions in which this person has events: `user:U`, `anonymous:A`..."),
        ("limit" = Option<u16>, Query, description = "Sessions a page, 1 to 1000; 100 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
    ),
    responses((status = 200, description = "A page of sessions", body = SessionPage), ReadProblems),
    security(("read_token" = []))
)]
/// Lists sessions.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read_list(&request, &service).await)
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/track/sessions/{session}",
    tag = "apps",
    summary = "One session of an app",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("session" = String, Path, description = "Id that the client gave it, percent-encoded"),
    ),
    responses((status = 200, description = "The session", body = SessionBody), ReadProblems),
    security(("read_token" = []))
)]
/// Shows one session.
pub async fn detail(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read_detail(&request, &service).await)
}

async fn read_list(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let bounds = Bounds::read(&parameters)?;
    let person = parameters.text("person")?.map(str::to_owned);
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let (before, is_csv) = (place(&parameters)?, csv::is_asked_for(&parameters)?);
    let hash = service.store.text_hash();
    let found = service
        .ask(move |connection| {
            let person = match person {
                Some(name) => match asked_person::find(connection, hash, project, &name)? {
                    Some(person) => Some(person),
                    None => return Ok(None),
                },
                None => None,
            };
            let filter = SessionFilter { project, from_ms: bounds.from_ms, to_ms: bounds.to_ms };
            // One more than the page tells whether there is another.
            let mut found = sessions::newest(connection, filter, person.as_ref(), before, limit + 1)?;
            let next = (found.len() > limit).then(|| cursor(found[limit - 1].place()));
            found.truncate(limit);
            let mut describer = SessionDescriber::new(connection, hash);
            let bodies = found.into_iter().map(|session| describer.describe(session));
            Ok(Some((bodies.collect::<Result<Vec<_>, _>>()?, next)))
        })
        .await?;
    let (sessions, next) = found.ok_or(Problem::PersonNotFound)?;
    if is_csv {
        let link = next.map(|next| next_link(request, &next));
        return csv::answer(&SessionBody::HEAD, sessions.into_iter().map(SessionBody::cells), link);
    }
    let body = SessionPage { sessions, next_cursor: next.map(|next| next.to_string()) };
    Ok(page(request, &body, next.as_ref()))
}

async fn read_detail(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let id = segment(request.uri().path(), SESSION_SEGMENT).ok_or(Problem::SessionNotFound)?;
    let hash = service.store.text_hash();
    let session = service
        .ask(move |connection| {
            let Some(id) = sessions::find_id(connection, hash, project, &id)? else { return Ok(None) };
            let Some(session) = sessions::by_id(connection, id)? else { return Ok(None) };
            SessionDescriber::new(connection, hash).describe(session).map(Some)
        })
        .await?;
    Ok(json(&session.ok_or(Problem::SessionNotFound)?))
}
