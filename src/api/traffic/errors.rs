//! `GET /api/v1/projects/{project}/traffic/errors`: requests that failed.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::{DEFAULT_LIMIT, MAX_LIMIT, PageParams, RangeParams, range};
use super::request_body::RequestBody;
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::traffic::errors::{self, ErrorPage, ErrorSort, MAX_DEPTH};
use crate::query::traffic::sort_names::error_sort;

/// A part of the list of errors.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorList {
    /// Beginning of the range in milliseconds since the epoch; null is the beginning of all time.
    pub from: Option<i64>,
    /// Last millisecond of the range; null is the end of all time.
    pub to: Option<i64>,
    /// Requests with status 400 or more.
    pub errors: Vec<RequestBody>,
    /// Errors of the whole range.
    pub total: u64,
    /// Whether only the newest 200,000 were sorted; never when sorted by `created_at`.
    pub truncated: bool,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/errors",
    tag = "traffic",
    summary = "Requests with status 400 or more",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        PageParams,
        ("sort" = Option<String>, Query, description = "`created_at`, `duration_ms` or `status_code`; `created_at` when absent"),
    ),
    responses((status = 200, description = "A part of the list", body = ErrorList), ReadProblems),
    security(("read_token" = []))
)]
/// Lists errors.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = range(&parameters)?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let page = ErrorPage {
        sort: parameters.parsed("sort", error_sort)?.unwrap_or(ErrorSort::CreatedAt),
        descending: parameters.is_descending(true)?,
        offset: parameters.offset(limit, MAX_DEPTH)?,
        limit,
    };
    let found = service.ask(move |connection| errors::errors(connection, project, range.span, page)).await?;
    Ok(json(&ErrorList {
        from: range.from_ms(),
        to: range.to_ms(),
        errors: found.records.into_iter().map(RequestBody::from).collect(),
        total: found.total,
        truncated: found.is_truncated,
    }))
}
