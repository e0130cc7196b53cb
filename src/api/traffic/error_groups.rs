//! `GET /api/v1/projects/{project}/traffic/errors/groups`: errors that are alike, taken together.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::{RangeParams, range};
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::traffic::error_groups::{ErrorGroup, error_groups};

/// Groups that one answer gives.
const MAX_GROUPS: usize = 1_000;

/// Errors by route, method and status.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorGroupList {
    /// Beginning of the range in milliseconds since the epoch; null is the beginning of all time.
    pub from: Option<i64>,
    /// Last millisecond of the range; null is the end of all time.
    pub to: Option<i64>,
    /// Those with the most errors first, at most 1000.
    pub groups: Vec<ErrorGroupBody>,
    /// How many there are.
    pub total: u64,
    /// Whether only the newest 50,000 errors were looked at.
    pub truncated: bool,
}

/// Errors of one route by one method with one status.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorGroupBody {
    pub route: String,
    pub method: String,
    pub status_code: u16,
    pub errors: u64,
    /// In the range: milliseconds since the epoch.
    pub first_seen_at: i64,
    /// In the range: milliseconds since the epoch.
    pub last_seen_at: i64,
    /// Id of the latest request among them.
    pub latest_request: i64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/errors/groups",
    tag = "traffic",
    summary = "Errors by route, method and status",
    params(("project" = Uuid, Path, description = "Public id of the project"), RangeParams),
    responses((status = 200, description = "The groups", body = ErrorGroupList), ReadProblems),
    security(("read_token" = []))
)]
/// Lists groups of errors.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let range = range(&Parameters::of(request))?;
    let text_hash = service.store.text_hash();
    let found = service.ask(move |connection| error_groups(connection, text_hash, project, range.span, &[])).await?;
    Ok(json(&ErrorGroupList {
        from: range.from_ms(),
        to: range.to_ms(),
        total: found.groups.len() as u64,
        groups: found.groups.into_iter().take(MAX_GROUPS).map(ErrorGroupBody::from).collect(),
        truncated: found.is_truncated,
    }))
}

impl From<ErrorGroup> for ErrorGroupBody {
    fn from(group: ErrorGroup) -> Self {
        Self {
            route: group.route,
            method: group.method,
            status_code: group.status,
            errors: group.count,
            first_seen_at: group.first_ms,
            last_seen_at: group.last_ms,
            latest_request: group.latest,
        }
    }
}
