//! `GET /api/v1/projects/{project}/visits/totals`: how many came, and when.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::totals_body::{VisitBucket, VisitTotals, buckets};
use super::view::{SeriesParams, ViewParams, scope_of, view};
use crate::api::service::{ApiService, json, respond};
use crate::domain::period::{Grain, Interval};
use crate::http::problem::{Problem, ReadProblems};
use crate::http::view::View;
use crate::query::visits::overview::{Overview, Wanted, overview};

/// Visits of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitTotalsBody {
    #[serde(flatten)]
    pub period: VisitPeriod,
    /// IANA name of the zone whose days and hours the buckets are.
    pub time_zone: String,
    /// How long a bucket is: `minute`, `hour`, `day`, `week` or `month`.
    #[schema(example = "day")]
    pub grain: &'static str,
    /// What it is compared with, if that was asked for.
    pub compared: Option<VisitPeriod>,
}

/// Counts of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitPeriod {
    /// Milliseconds since the epoch.
    pub from: i64,
    /// Exclusive.
    pub to: i64,
    pub totals: VisitTotals,
    /// In order of time; the first and the last may be cut by the period.
    pub series: Vec<VisitBucket>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/visits/totals",
    tag = "visits",
    summary = "How many came, and when",
    params(("project" = Uuid, Path, description = "Public id of the project"), ViewParams, SeriesParams),
    responses((status = 200, description = "The counts", body = VisitTotalsBody), ReadProblems),
    security(("read_token" = []))
)]
/// Counts.
pub async fn totals(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let view = view(request, service, project).await?;
    let grain = view.grain();
    let spans: Vec<(Interval, Vec<i64>)> = std::iter::once((view.interval, view.bounds()))
        .chain(view.compared().map(|interval| (interval, compared_bounds(&view, interval))))
        .collect();
    let asked = view.clone();
    let periods = service.ask(move |connection| {
        let mut periods = Vec::with_capacity(spans.len());
        for (interval, bounds) in spans {
            let scope = scope_of(project, &asked, interval);
            let look = overview(connection, &scope, &Wanted { bounds: &bounds, lists: &[] })?;
            periods.push(period(interval, &bounds, look));
        }
        Ok(periods)
    });
    let mut periods = periods.await?.into_iter();
    let body = VisitTotalsBody {
        period: periods.next().ok_or(Problem::Internal)?,
        time_zone: view.zone.iana_name().unwrap_or("UTC").to_owned(),
        grain: grain.word(),
        compared: periods.next(),
    };
    Ok(json(&body))
}

fn compared_bounds(view: &View, interval: Interval) -> Vec<i64> {
    let bounds = view.grain().bounds(interval, &view.zone).or_else(|| Grain::Month.bounds(interval, &view.zone));
    bounds.unwrap_or_else(|| vec![interval.from_ms, interval.to_ms])
}

fn period(interval: Interval, bounds: &[i64], look: Overview) -> VisitPeriod {
    VisitPeriod {
        from: interval.from_ms,
        to: interval.to_ms,
        totals: look.totals.into(),
        series: buckets(bounds, look.series),
    }
}
