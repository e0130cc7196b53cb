//! `GET /api/v1/projects/{project}/heatmaps`: the pages that have heat data.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::csv::{self, Cell};
use crate::api::service::{ApiService, json, respond};
use crate::domain::heat::Kind;
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::heat_pages::{self, Asked, HeatPage};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;

/// A list is not given beyond so many entries.
const MAX_DEPTH: usize = 10_000;

/// Pages with heat data, those with most of it first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeatPageList {
    pub pages: Vec<HeatPageBody>,
    /// Pages on all parts of the list.
    pub total: usize,
}

/// A page and how many points it has; each point of a move is one.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeatPageBody {
    pub path: String,
    pub clicks: u64,
    pub moves: u64,
    pub scrolls: u64,
    pub page_views: u64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/heatmaps",
    tag = "heatmaps",
    summary = "Pages with heat data",
    description = "Ranked by summaries; two neighbours of nearly the same size may stand in the wrong order.",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("from" = Option<String>, Query, description = "Not before: milliseconds since the epoch, or RFC 3339"),
        ("to" = Option<String>, Query, description = "Not after: milliseconds since the epoch, or RFC 3339"),
        ("search" = Option<String>, Query, description = "What the path must contain; letter case does not matter"),
        ("sort" = Option<String>, Query, description = "`click`, `move`, `scroll` or `pageview`; all together when absent"),
        ("page" = Option<u32>, Query, description = "Which part of the list; the first is 1"),
        ("limit" = Option<u16>, Query, description = "Entries a part, 1 to 500; 50 when absent"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
    ),
    responses((status = 200, description = "A part of the list", body = HeatPageList), ReadProblems),
    security(("read_token" = []))
)]
/// Lists pages.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let asked = Asked {
        filter: super::filter(project, &parameters)?,
        search: parameters.text("search")?.map(str::to_owned),
        by: parameters.parsed("sort", |word| Kind::from_name(word).filter(|kind| heat_pages::KINDS.contains(kind)))?,
        offset: parameters.offset(limit, MAX_DEPTH)?,
        limit,
    };
    let is_csv = csv::is_asked_for(&parameters)?;
    let found = service.ask(move |connection| heat_pages::list(connection, &asked)).await?;
    if is_csv {
        let cells = |page: HeatPage| {
            let counts = [page.clicks, page.moves, page.scrolls, page.views].map(|count| Cell::number(Some(count)));
            std::iter::once(Cell::Text(page.path)).chain(counts).collect()
        };
        let head = ["path", "clicks", "moves", "scrolls", "page_views"];
        return csv::answer(&head, found.pages.into_iter().map(cells), None);
    }
    Ok(json(&HeatPageList { pages: found.pages.into_iter().map(HeatPageBody::from).collect(), total: found.total }))
}

impl From<HeatPage> for HeatPageBody {
    fn from(page: HeatPage) -> Self {
        let HeatPage { path, clicks, moves, scrolls, views } = page;
        Self { path, clicks, moves, scrolls, page_views: views }
    }
}
