//! `GET /api/v1/projects/{project}/track/quarantine`: what came with events and is none.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::place_cursor::{cursor, place};
use super::report_params::{Bounds, DEFAULT_LIMIT, MAX_LIMIT, RangeParams};
use crate::api::csv::{self, Cell};
use crate::api::service::{ApiService, next_link, page, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::conversions::Place;
use crate::query::track::quarantine::{self, QuarantinedPart};

/// Columns of the list as CSV.
const HEAD: [&str; 4] = ["id", "received_at", "reason", "body"];

/// A page of what is no event.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinePage {
    /// Newest first.
    pub quarantined: Vec<QuarantinedBody>,
    /// Give it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// A part of a batch that is no event.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinedBody {
    pub id: i64,
    /// Milliseconds since the epoch.
    pub received_at: i64,
    /// `not_an_object`, `no_event_name`, `event_too_large`, `too_many_keys`, `too_deep` or `other_workspace`.
    pub reason: String,
    /// As sent, cut to a bounded length.
    pub body: String,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/track/quarantine",
    tag = "apps",
    summary = "What came with events and is none, newest first",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        ("limit" = Option<u16>, Query, description = "Entries a page, 1 to 1000; 100 when absent"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
    ),
    responses((status = 200, description = "A page of them", body = QuarantinePage), ReadProblems),
    security(("read_token" = []))
)]
/// Lists the quarantine.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let bounds = Bounds::read(&parameters)?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let before = place(&parameters)?.map(|place| place.seq);
    let is_csv = csv::is_asked_for(&parameters)?;
    let range = (bounds.from_ms, bounds.to_ms);
    let mut found =
        service.ask(move |connection| quarantine::newest(connection, project, range, before, limit + 1)).await?;
    let next = (found.len() > limit).then(|| {
        let last = &found[limit - 1];
        cursor(Place { time_ms: last.received_ms, seq: last.id })
    });
    found.truncate(limit);
    if is_csv {
        return csv::answer(&HEAD, found.into_iter().map(cells), next.map(|next| next_link(request, &next)));
    }
    let quarantined = found.into_iter().map(QuarantinedBody::from).collect();
    let body = QuarantinePage { quarantined, next_cursor: next.map(|next| next.to_string()) };
    Ok(page(request, &body, next.as_ref()))
}

fn cells(part: QuarantinedPart) -> Vec<Cell> {
    vec![
        Cell::number(Some(part.id)),
        Cell::number(Some(part.received_ms)),
        Cell::Text(part.reason),
        Cell::Text(part.body),
    ]
}

impl From<QuarantinedPart> for QuarantinedBody {
    fn from(part: QuarantinedPart) -> Self {
        Self { id: part.id, received_at: part.received_ms, reason: part.reason, body: part.body }
    }
}
