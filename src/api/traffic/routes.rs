//! `GET /api/v1/projects/{project}/traffic/routes`: every route with its numbers.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::{DEFAULT_LIMIT, MAX_DEPTH, MAX_LIMIT, PageParams, RangeParams, range};
use super::summary_body::RouteBody;
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::traffic::routes::{self, RouteSort};
use crate::query::traffic::sort_names::route_sort;

/// A part of the list of routes.
#[derive(Debug, Serialize, ToSchema)]
pub struct RouteList {
    /// Beginning of the range in milliseconds since the epoch; null is the beginning of all time.
    pub from: Option<i64>,
    /// Last millisecond of the range; null is the end of all time.
    pub to: Option<i64>,
    /// One entry for each route and method.
    pub routes: Vec<RouteBody>,
    /// Entries of the whole list.
    pub total: u64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/routes",
    tag = "traffic",
    summary = "Routes with their numbers",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        PageParams,
        ("sort" = Option<String>, Query, description = "A field of the entries; `requests` when absent"),
    ),
    responses((status = 200, description = "A part of the list", body = RouteList), ReadProblems),
    security(("read_token" = []))
)]
/// Lists routes.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let range = range(&parameters)?;
    let sort = parameters.parsed("sort", route_sort)?.unwrap_or(RouteSort::Requests);
    let descending = parameters.is_descending(!sort.is_text())?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let offset = parameters.offset(limit, MAX_DEPTH)?;
    let routes =
        service.ask(move |connection| routes::routes(connection, project, range.span, sort, descending)).await?;
    let total = routes.len() as u64;
    Ok(json(&RouteList {
        from: range.from_ms(),
        to: range.to_ms(),
        routes: routes.into_iter().skip(offset).take(limit).map(RouteBody::from).collect(),
        total,
    }))
}
