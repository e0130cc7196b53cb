//! `GET /api/v1/projects/{project}/conversions/series`: conversions and revenue over time.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::amounts::{CurrencyAmount, amounts};
use crate::api::service::{ApiService, json, respond};
use crate::api::visits::view::{SeriesParams, ViewParams, view};
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::conversion_series::{ConversionSlice, conversion_series};

/// Conversions over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversionSeries {
    /// Milliseconds since the epoch.
    pub from: i64,
    /// Exclusive.
    pub to: i64,
    /// How long a bucket is.
    #[schema(example = "day")]
    pub grain: &'static str,
    pub conversions: u64,
    /// In the order of the currencies; nothing is converted.
    pub revenue: Vec<CurrencyAmount>,
    pub series: Vec<ConversionBucket>,
}

/// The conversions of a bucket.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversionBucket {
    /// When it begins, in milliseconds since the epoch.
    pub start: i64,
    pub conversions: u64,
    pub revenue: Vec<CurrencyAmount>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/conversions/series",
    tag = "apps",
    summary = "Conversions and revenue over time, in days of the project's zone",
    params(("project" = Uuid, Path, description = "Public id of the project"), ViewParams, SeriesParams),
    responses((status = 200, description = "The series", body = ConversionSeries), ReadProblems),
    security(("read_token" = []))
)]
/// Tells conversions over time. Filters are refused: conversions know nothing of visits.
pub async fn series(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let view = view(request, service, project).await?;
    if !view.filters.is_empty() {
        return Err(Problem::InvalidParameter("f"));
    }
    let bounds = view.bounds();
    let asked = bounds.clone();
    let slices = service.ask(move |connection| conversion_series(connection, project, &asked)).await?;
    let mut all = ConversionSlice::default();
    for slice in &slices {
        all.add(slice);
    }
    let bucket = |(start, slice): (&i64, ConversionSlice)| ConversionBucket {
        start: *start,
        conversions: slice.conversions,
        revenue: amounts(slice.revenue),
    };
    Ok(json(&ConversionSeries {
        from: view.interval.from_ms,
        to: view.interval.to_ms,
        grain: view.grain().word(),
        conversions: all.conversions,
        revenue: amounts(all.revenue),
        series: bounds.iter().zip(slices).map(bucket).collect(),
    }))
}
