//! `GET /api/v1/projects/{project}/traffic/route`: one route.
//!
//! The route is a parameter, since it has slashes and may be any text.

use std::collections::BTreeMap;

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
use crate::query::traffic::histogram::{Bar, histogram};
use crate::query::traffic::one_route::one_route;

/// One route, by one method or by all.
#[derive(Debug, Serialize, ToSchema)]
pub struct RouteDetail {
    /// Beginning of the range in milliseconds since the epoch; null is the beginning of all time.
    pub from: Option<i64>,
    /// Last millisecond of the range; null is the end of all time.
    pub to: Option<i64>,
    pub route: String,
    #[serde(flatten)]
    pub summary: SummaryBody,
    /// Requests by class of status, such as `2xx`.
    #[schema(value_type = std::collections::HashMap<String, u64>)]
    pub status_classes: BTreeMap<String, u64>,
    /// How many requests took how long, in steps.
    pub durations: Vec<DurationBody>,
    /// The same by method.
    pub methods: Vec<RouteBody>,
    pub timeline: TimelineBody,
    /// The fifty latest, newest first.
    pub latest_requests: Vec<RequestBody>,
}

/// Requests that took longer than the step before says, and not longer than this one.
#[derive(Debug, Serialize, ToSchema)]
pub struct DurationBody {
    /// Milliseconds; null is the last step, which has no end.
    pub up_to_ms: Option<u64>,
    pub requests: u64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/route",
    tag = "traffic",
    summary = "One route",
    description = "A route that nobody asked for has zeros.",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("route" = String, Query, description = "The route as the list has it"),
        ("method" = Option<String>, Query, description = "Only this method; `_OTHER` are all that are not registered"),
        RangeParams,
    ),
    responses((status = 200, description = "The route", body = RouteDetail), ReadProblems),
    security(("read_token" = []))
)]
/// Shows one route.
pub async fn detail(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = range(&parameters)?;
    let route = parameters.text("route")?.ok_or(Problem::InvalidParameter("route"))?.to_owned();
    let method = parameters.text("method")?.map(str::to_owned);
    let (text_hash, now_ms) = (service.store.text_hash(), service.clock.now_ms());
    let asked = route.clone();
    let found = service
        .ask(move |connection| one_route(connection, text_hash, project, range.span, &asked, method.as_deref(), now_ms))
        .await?;
    Ok(json(&RouteDetail {
        from: range.from_ms(),
        to: range.to_ms(),
        route,
        summary: SummaryBody::from(&found.summary),
        status_classes: found.classes.into_iter().map(|(class, count)| (format!("{class}xx"), count)).collect(),
        durations: histogram(&found.summary).into_iter().map(DurationBody::from).collect(),
        methods: found.methods.into_iter().map(RouteBody::from).collect(),
        timeline: TimelineBody::from(found.timeline),
        latest_requests: found.latest.into_iter().map(RequestBody::from).collect(),
    }))
}

impl From<Bar> for DurationBody {
    fn from(bar: Bar) -> Self {
        Self { up_to_ms: bar.up_to_ms, requests: bar.requests }
    }
}
