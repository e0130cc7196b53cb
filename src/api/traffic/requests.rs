//! `GET /api/v1/projects/{project}/traffic/requests`: requests one by one.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::{DEFAULT_LIMIT, MAX_LIMIT, RangeParams, range};
use super::request_body::RequestBody;
use crate::api::cursor::Cursor;
use crate::api::service::{ApiService, json, page, respond};
use crate::http::parameters::Parameters;
use crate::http::path::segment;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::heat_events::Position;
use crate::query::traffic::requests::{self, RequestFilter, StatusFilter};
use crate::query::traffic::walk::Place;

/// Position of the request's id in the path.
const REQUEST_SEGMENT: usize = 6;

/// A page of requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestPage {
    /// Newest first.
    pub requests: Vec<RequestBody>,
    /// Give it as `cursor` for the next page; absent on the last one. A page may have fewer requests than `limit`, even
    /// none, and still have a next one: when few of many requests match, an answer looks at 100,000 of them.
    pub next_cursor: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/requests",
    tag = "traffic",
    summary = "Proxied requests, newest first",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        ("route" = Option<String>, Query, description = "Only this route"),
        ("method" = Option<String>, Query, description = "Only this method; `_OTHER` are all that are not registered"),
        ("status" = Option<String>, Query, description = "Only this status, such as `404`, or class, such as `4xx`"),
        ("user" = Option<String>, Query, description = "Only of this user, by user_id"),
        ("session" = Option<String>, Query, description = "Only of this session, by session_id"),
        ("slow" = Option<bool>, Query, description = "Only slow ones, or only others"),
        ("errors" = Option<bool>, Query, description = "Only errors, or only others"),
        ("limit" = Option<u16>, Query, description = "Requests a page, 1 to 1000; 50 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses((status = 200, description = "A page of requests", body = RequestPage), ReadProblems),
    security(("read_token" = []))
)]
/// Lists requests.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read_list(&request, &service).await)
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/requests/{request}",
    tag = "traffic",
    summary = "One proxied request",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("request" = i64, Path, description = "Id of the request"),
    ),
    responses((status = 200, description = "The request", body = RequestBody), ReadProblems),
    security(("read_token" = []))
)]
/// Shows one request.
pub async fn detail(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read_detail(&request, &service).await)
}

async fn read_list(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let text = |name| parameters.text(name).map(|text| text.map(str::to_owned));
    let filter = RequestFilter {
        project,
        span: range(&parameters)?.span,
        route: text("route")?,
        method: text("method")?,
        status: parameters.parsed("status", StatusFilter::parse)?,
        user: text("user")?,
        session: text("session")?,
        is_slow: parameters.flag("slow")?,
        is_error: parameters.flag("errors")?,
        conditions: Vec::new(),
    };
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let start = match Cursor::of(&parameters)? {
        Some(cursor) => Some(place(cursor).ok_or(Problem::InvalidCursor)?),
        None => None,
    };
    let text_hash = service.store.text_hash();
    let found = service.ask(move |connection| requests::page(connection, text_hash, &filter, start, limit)).await?;
    let next = found.next.map(cursor);
    let body = RequestPage {
        requests: found.records.into_iter().map(RequestBody::from).collect(),
        next_cursor: next.map(|next| next.to_string()),
    };
    Ok(page(request, &body, next.as_ref()))
}

async fn read_detail(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let id = segment(request.uri().path(), REQUEST_SEGMENT).and_then(|text| text.parse().ok());
    let id: i64 = id.ok_or(Problem::RequestNotFound)?;
    let record = service.ask(move |connection| requests::find(connection, project, id)).await?;
    Ok(json(&RequestBody::from(record.ok_or(Problem::RequestNotFound)?)))
}

#[expect(clippy::cast_precision_loss, reason = "times of requests lie before the year 10000")]
fn cursor(place: Place) -> Cursor {
    Cursor(Position { ts: place.created_at_ms as f64, seq: place.id })
}

/// The place of a cursor, unless it is one of another list.
fn place(cursor: Cursor) -> Option<Place> {
    let Position { ts, seq } = cursor.0;
    #[expect(clippy::cast_possible_truncation, reason = "compared with what it was made of")]
    let created_at_ms = ts as i64;
    #[expect(clippy::cast_precision_loss, reason = "what loses something is no time of a request")]
    let is_whole = (created_at_ms as f64).total_cmp(&ts).is_eq();
    is_whole.then_some(Place { created_at_ms, id: seq })
}
