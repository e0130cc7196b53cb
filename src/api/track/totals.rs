//! `GET /api/v1/projects/{project}/track/totals`: how much apps have said.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::amounts::{CurrencyAmount, amounts};
use super::report_params::{Bounds, RangeParams};
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::totals;

/// Counts of a range of time. Hidden events count nowhere.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrackTotalsBody)]
pub struct TrackTotalsBody {
    /// Milliseconds since the epoch; null is the beginning of all time.
    pub from: Option<i64>,
    /// Milliseconds since the epoch; null is the end of all time.
    pub to: Option<i64>,
    pub events: u64,
    pub page_views: u64,
    /// Sessions that started in the range.
    pub visits: u64,
    pub conversions: u64,
    /// In the order of the currencies.
    pub revenue: Vec<CurrencyAmount>,
    /// Most frequent first, at most 1000.
    pub names: Vec<NameCount>,
    /// Parts of batches that were no events: all that ever came, or with `from` or `to` those that came in the range and are
    /// still kept.
    pub quarantined: u64,
}

/// How many events have a name.
#[derive(Debug, Serialize, ToSchema)]
pub struct NameCount {
    pub name: String,
    pub count: u64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/track/totals",
    tag = "apps",
    summary = "How much apps have said, exactly",
    params(("project" = Uuid, Path, description = "Public id of the project"), RangeParams),
    responses((status = 200, description = "The counts", body = TrackTotalsBody), ReadProblems),
    security(("read_token" = []))
)]
/// Counts.
pub async fn totals(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let bounds = Bounds::read(&Parameters::of(request))?;
    let has_bounds = bounds.from().is_some() || bounds.to().is_some();
    let range = has_bounds.then_some((bounds.from_ms, bounds.to_ms));
    let found = service.ask(move |connection| totals::totals(connection, project, range)).await?;
    let name = |(name, count): (std::sync::Arc<str>, u64)| NameCount { name: name.to_string(), count };
    Ok(json(&TrackTotalsBody {
        from: bounds.from(),
        to: bounds.to(),
        events: found.events,
        page_views: found.page_views,
        visits: found.visits,
        conversions: found.conversions,
        revenue: amounts(found.revenue),
        names: found.names.into_iter().map(name).collect(),
        quarantined: found.quarantined,
    }))
}
