//! `GET <mount>/api/routes`: every route with its numbers.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{DashboardRefusals, Refusal, json, respond};
use super::params::{DEFAULT_LIMIT, DashboardPage, DashboardRange, MAX_DEPTH, MAX_LIMIT, range, sort};
use super::service::DashboardService;
use super::summary::TrafficRoute;
use crate::http::iso_time::IsoTime;
use crate::http::parameters::Parameters;
use crate::query::traffic::routes::{self, RouteSort};
use crate::query::traffic::sort_names::route_sort;

/// A part of the list of routes.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficRoutes {
    /// One entry for each route and method.
    pub routes: Vec<TrafficRoute>,
    /// Entries of the whole list.
    pub total: u64,
    /// Beginning of the range; null is the beginning of all time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<IsoTime>,
    /// Last millisecond of the range; null is the end of all time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<IsoTime>,
}

#[utoipa::path(
    get,
    path = "/api/routes",
    tag = "dashboard",
    summary = "Routes with their numbers",
    params(
        DashboardRange,
        DashboardPage,
        ("sort" = Option<String>, Query, description = "A field of the entries; `requests` when absent"),
    ),
    responses((status = 200, description = "A part of the list", body = TrafficRoutes), DashboardRefusals),
    security(("dashboard" = []), ("read_token" = []))
)]
/// Lists routes.
pub async fn list(request: HttpRequest, service: web::Data<DashboardService>) -> HttpResponse {
    respond(read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &DashboardService) -> Result<HttpResponse, Refusal> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = range(&parameters)?;
    let sort = sort(&parameters, route_sort)?.unwrap_or(RouteSort::Requests);
    let descending = parameters.is_descending(!sort.is_text())?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let offset = parameters.offset(limit, MAX_DEPTH)?;
    let routes =
        service.ask(move |connection| routes::routes(connection, project, range.span, sort, descending)).await?;
    let total = routes.len() as u64;
    Ok(json(&TrafficRoutes {
        routes: routes.into_iter().skip(offset).take(limit).map(TrafficRoute::from).collect(),
        total,
        from: range.from_ms().map(IsoTime),
        to: range.to_ms().map(IsoTime),
    }))
}
