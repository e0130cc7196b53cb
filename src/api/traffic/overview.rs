//! `GET /api/v1/projects/{project}/traffic`: what a dashboard shows first.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::{RangeParams, range};
use super::request_body::RequestBody;
use super::summary_body::{RouteBody, SummaryBody};
use super::timeline::TimelineBody;
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::traffic::overview::overview as ask_overview;

/// A project's requests at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewBody {
    /// Beginning of the range in milliseconds since the epoch; null is the beginning of all time.
    pub from: Option<i64>,
    /// Last millisecond of the range; null is the end of all time.
    pub to: Option<i64>,
    #[serde(flatten)]
    pub summary: SummaryBody,
    /// Different users; exact up to 1024, else an estimate with a standard error of 1.6 %.
    pub unique_users: u64,
    /// Different users who made a request in the last five minutes, whatever the range.
    pub active_users: u64,
    pub status_codes: Vec<StatusCount>,
    /// The ten that were asked for most often.
    pub top_routes: Vec<RouteBody>,
    /// The ten that took longest on average.
    pub slowest_routes: Vec<RouteBody>,
    /// The twenty latest, newest first.
    pub latest_requests: Vec<RequestBody>,
    pub timeline: TimelineBody,
}

/// How often a status came.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusCount {
    pub status_code: u16,
    pub requests: u64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic",
    tag = "traffic",
    summary = "Proxied requests at a glance",
    params(("project" = Uuid, Path, description = "Public id of the project"), RangeParams),
    responses((status = 200, description = "The overview", body = OverviewBody), ReadProblems),
    security(("read_token" = []))
)]
/// Gives the overview.
pub async fn overview(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let range = range(&Parameters::of(request))?;
    let (text_hash, now_ms) = (service.store.text_hash(), service.clock.now_ms());
    let overview =
        service.ask(move |connection| ask_overview(connection, text_hash, project, range.span, now_ms)).await?;
    let status_codes = overview.totals.statuses.iter();
    Ok(json(&OverviewBody {
        from: range.from_ms(),
        to: range.to_ms(),
        summary: SummaryBody::from(&overview.totals.summary),
        unique_users: overview.totals.users,
        active_users: overview.active_users,
        status_codes: status_codes.map(|(&status_code, &requests)| StatusCount { status_code, requests }).collect(),
        top_routes: overview.top_routes.into_iter().map(RouteBody::from).collect(),
        slowest_routes: overview.slowest_routes.into_iter().map(RouteBody::from).collect(),
        latest_requests: overview.latest.into_iter().map(RequestBody::from).collect(),
        timeline: TimelineBody::from(overview.timeline),
    }))
}
