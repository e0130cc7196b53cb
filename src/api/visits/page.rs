//! `GET /api/v1/projects/{project}/visits/page`: one page.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::totals_body::{VisitBucket, VisitTotals, buckets};
use super::view::{SeriesParams, ViewParams, scope, view};
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::visits::page::{Neighbour, WantedPage, page as ask_page};

/// How many neighbours are listed, each way.
const NEIGHBOURS: usize = 20;

/// One page. The visits are those that viewed it.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitedPage {
    /// Milliseconds since the epoch.
    pub from: i64,
    /// Exclusive.
    pub to: i64,
    pub page: String,
    /// How long a bucket is.
    #[schema(example = "day")]
    pub grain: &'static str,
    pub totals: VisitTotals,
    pub series: Vec<VisitBucket>,
    /// Visits that began on it.
    pub entries: u64,
    /// Visits that ended on it.
    pub exits: u64,
    /// How long it was looked at on average, in milliseconds: until the next page, or the last sign of the visit.
    pub average_time_ms: Option<u64>,
    /// Pages viewed right before it, the most frequent first.
    pub previous: Vec<NeighbourBody>,
    /// Pages viewed right after it.
    pub next: Vec<NeighbourBody>,
}

/// A page that was viewed right before or after.
#[derive(Debug, Serialize, ToSchema)]
pub struct NeighbourBody {
    /// Null: the visit began, or ended, there.
    pub page: Option<String>,
    pub views: u64,
}

impl From<Neighbour> for NeighbourBody {
    fn from(neighbour: Neighbour) -> Self {
        Self { page: Some(neighbour.path).filter(|path| !path.is_empty()), views: neighbour.views }
    }
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/visits/page",
    tag = "visits",
    summary = "One page: its views, where people came from, where they went",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("page" = String, Query, description = "Path of the page"),
        ViewParams,
        SeriesParams,
    ),
    responses((status = 200, description = "The page", body = VisitedPage), ReadProblems),
    security(("read_token" = []))
)]
/// Tells of one page.
pub async fn page(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let path = Parameters::of(request).text("page")?.ok_or(Problem::InvalidParameter("page"))?.to_owned();
    let view = view(request, service, project).await?;
    let (scope, bounds, asked) = (scope(project, &view), view.bounds(), path.clone());
    let look = service.ask(move |connection| {
        let wanted = WantedPage { path: &asked, bounds: &bounds, neighbours: NEIGHBOURS };
        Ok((ask_page(connection, &scope, wanted)?, bounds))
    });
    let (look, bounds) = look.await?;
    Ok(json(&VisitedPage {
        from: view.interval.from_ms,
        to: view.interval.to_ms,
        page: path,
        grain: view.grain().word(),
        average_time_ms: look.average_time_ms(),
        totals: look.totals.into(),
        series: buckets(&bounds, look.series),
        entries: look.entries,
        exits: look.exits,
        previous: look.previous.into_iter().map(NeighbourBody::from).collect(),
        next: look.next.into_iter().map(NeighbourBody::from).collect(),
    }))
}
