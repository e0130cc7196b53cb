//! `GET <mount>/api/overview`: what a dashboard shows first.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{DashboardRefusals, Refusal, json, respond};
use super::log::TrafficLog;
use super::params::{DashboardRange, range};
use super::service::DashboardService;
use super::summary::{TrafficBucket, TrafficRoute, average};
use crate::http::iso_time::IsoTime;
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::query::traffic::overview::overview as ask_overview;

/// Requests at a glance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficOverview {
    pub total_requests: u64,
    /// 0 without requests.
    #[schema(value_type = f64)]
    pub average_duration_ms: JsonNumber,
    pub slow_request_count: u64,
    /// Status 400 and more.
    pub error_request_count: u64,
    /// Exact up to 1024, else an estimate with a standard error of 1.6 %.
    pub unique_users: u64,
    /// Different users who made a request in the last five minutes, whatever the range.
    pub active_users_last_five_minutes: u64,
    /// The ten that were asked for most often.
    pub top_routes: Vec<TrafficRoute>,
    /// The ten that took longest on average.
    pub slowest_routes: Vec<TrafficRoute>,
    pub status_code_summary: Vec<TrafficStatusCount>,
    /// The twenty latest, newest first.
    pub latest_requests: Vec<TrafficLog>,
    /// In order of time, in minutes, hours or days (UTC) as fits the range; those without requests are left out.
    pub requests_timeline: Vec<TrafficBucket>,
    /// Beginning of the range; null is the beginning of all time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<IsoTime>,
    /// Last millisecond of the range; null is the end of all time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<IsoTime>,
}

/// How often a status came.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficStatusCount {
    pub status_code: u16,
    pub count: u64,
}

#[utoipa::path(
    get,
    path = "/api/overview",
    tag = "dashboard",
    summary = "Requests at a glance",
    params(DashboardRange),
    responses((status = 200, description = "The overview", body = TrafficOverview), DashboardRefusals),
    security(("dashboard" = []), ("read_token" = []))
)]
/// Gives the overview.
pub async fn overview(request: HttpRequest, service: web::Data<DashboardService>) -> HttpResponse {
    respond(read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &DashboardService) -> Result<HttpResponse, Refusal> {
    let project = service.project(request).await?;
    let range = range(&Parameters::of(request))?;
    let (text_hash, now_ms) = (service.store.text_hash(), service.clock.now_ms());
    let overview =
        service.ask(move |connection| ask_overview(connection, text_hash, project, range.span, now_ms)).await?;
    let summary = &overview.totals.summary;
    let statuses = overview.totals.statuses.iter();
    let buckets = overview.timeline.buckets.iter();
    Ok(json(&TrafficOverview {
        total_requests: summary.count,
        average_duration_ms: average(summary),
        slow_request_count: summary.slow,
        error_request_count: summary.errors,
        unique_users: overview.totals.users,
        active_users_last_five_minutes: overview.active_users,
        top_routes: overview.top_routes.into_iter().map(TrafficRoute::from).collect(),
        slowest_routes: overview.slowest_routes.into_iter().map(TrafficRoute::from).collect(),
        status_code_summary: statuses.map(|(&status_code, &count)| TrafficStatusCount { status_code, count }).collect(),
        latest_requests: overview.latest.into_iter().map(TrafficLog::from).collect(),
        requests_timeline: buckets.map(|(start_ms, summary)| TrafficBucket::new(*start_ms, summary)).collect(),
        from: range.from_ms().map(IsoTime),
        to: range.to_ms().map(IsoTime),
    }))
}
