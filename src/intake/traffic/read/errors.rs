//! `GET <mount>/api/errors`: requests that failed.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{DashboardRefusals, Refusal, json, respond};
use super::log::TrafficLog;
use super::params::{DEFAULT_LIMIT, DashboardPage, DashboardRange, MAX_LIMIT, range, sort};
use super::service::DashboardService;
use crate::http::iso_time::IsoTime;
use crate::http::parameters::Parameters;
use crate::query::traffic::errors::{self, ErrorPage, ErrorSort, MAX_DEPTH};
use crate::query::traffic::sort_names::error_sort;

/// A part of the list of errors.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficErrors {
    /// Requests with status 400 or more.
    pub errors: Vec<TrafficLog>,
    /// Errors of the whole range.
    pub total: u64,
    /// Whether only the newest 200,000 were sorted; never when sorted by `createdAt`.
    pub truncated: bool,
    /// Beginning of the range; null is the beginning of all time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<IsoTime>,
    /// Last millisecond of the range; null is the end of all time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<IsoTime>,
}

#[utoipa::path(
    get,
    path = "/api/errors",
    tag = "dashboard",
    summary = "Requests with status 400 or more",
    params(
        DashboardRange,
        DashboardPage,
        ("sort" = Option<String>, Query, description = "`createdAt`, `durationMs` or `statusCode`; `createdAt` when absent"),
    ),
    responses((status = 200, description = "A part of the list", body = TrafficErrors), DashboardRefusals),
    security(("dashboard" = []), ("read_token" = []))
)]
/// Lists errors.
pub async fn list(request: HttpRequest, service: web::Data<DashboardService>) -> HttpResponse {
    respond(read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &DashboardService) -> Result<HttpResponse, Refusal> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = range(&parameters)?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let page = ErrorPage {
        sort: sort(&parameters, error_sort)?.unwrap_or(ErrorSort::CreatedAt),
        descending: parameters.is_descending(true)?,
        offset: parameters.offset(limit, MAX_DEPTH)?,
        limit,
    };
    let found = service.ask(move |connection| errors::errors(connection, project, range.span, page)).await?;
    Ok(json(&TrafficErrors {
        errors: found.records.into_iter().map(TrafficLog::from).collect(),
        total: found.total,
        truncated: found.is_truncated,
        from: range.from_ms().map(IsoTime),
        to: range.to_ms().map(IsoTime),
    }))
}
