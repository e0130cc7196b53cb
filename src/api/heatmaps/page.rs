//! `GET /api/v1/projects/{project}/heatmaps/page`: what visits did on one page.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::csv::{self, Cell};
use crate::api::service::{ApiService, json, respond};
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::page_behaviour::{BANDS, Element, PageBehaviour, page_behaviour};

/// What visits did on a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageBehaviourBody {
    pub path: String,
    /// Sessions that were on the page, among those that were read.
    pub sessions: u64,
    /// Whether only the newest sessions of the range were read: 2,000, or those with a million rows together.
    pub is_sample: bool,
    pub clicks: u64,
    /// How many different elements were clicked.
    pub element_count: usize,
    /// The most clicked, at most 200.
    pub elements: Vec<ElementBody>,
    /// Height of the page in CSS pixels, as far as it is known.
    #[schema(value_type = f64)]
    pub height: JsonNumber,
    /// Twentieths of the page from its top.
    pub bands: Vec<BandBody>,
}

/// A clicked element.
#[derive(Debug, Serialize, ToSchema)]
pub struct ElementBody {
    pub selector: Option<String>,
    pub clicks: u64,
    /// Different sessions.
    pub sessions: u64,
    /// The box around the clicks: left, top, right, bottom.
    #[schema(value_type = Vec<f64>)]
    pub around: [JsonNumber; 4],
}

/// A twentieth of a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct BandBody {
    /// Where it begins, in per cent of the page.
    pub from_percent: usize,
    /// Sessions that saw its upper edge.
    pub sessions: u64,
    /// Share of the time of pointers that they were in it, 0 to 1.
    #[schema(value_type = f64)]
    pub attention: JsonNumber,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/heatmaps/page",
    tag = "heatmaps",
    summary = "What visits did on one page",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("path" = String, Query, description = "Path of the page"),
        ("from" = Option<String>, Query, description = "Not before: milliseconds since the epoch, or RFC 3339"),
        ("to" = Option<String>, Query, description = "Not after: milliseconds since the epoch, or RFC 3339"),
        ("bucket" = Option<String>, Query, description = "Only events of this viewport"),
        ("format" = Option<String>, Query, description = "`json`, or `csv` for the elements"),
    ),
    responses((status = 200, description = "Elements, depth and attention", body = PageBehaviourBody), ReadProblems),
    security(("read_token" = []))
)]
/// Looks at a page.
pub async fn detail(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let path = super::path(&parameters)?;
    let mut filter = super::filter(project, &parameters)?;
    let bucket = parameters.text("bucket")?.map(str::to_owned);
    let is_csv = csv::is_asked_for(&parameters)?;
    let (text_hash, asked_path) = (service.store.text_hash(), path.clone());
    let found = service
        .ask(move |connection| {
            filter.path = Some(text_hash.find(connection, &asked_path)?.unwrap_or(super::NOTHING));
            page_behaviour(connection, &filter, bucket.as_deref())
        })
        .await?;
    if is_csv {
        let cells = |element: Element| {
            vec![
                Cell::text(element.selector.as_deref()),
                Cell::number(Some(element.clicks)),
                Cell::number(Some(element.sessions)),
            ]
        };
        return csv::answer(&["selector", "clicks", "sessions"], found.elements.into_iter().map(cells), None);
    }
    Ok(json(&body(path, found)))
}

fn body(path: String, found: PageBehaviour) -> PageBehaviourBody {
    let element = |element: Element| {
        let (left, top, right, bottom) = element.around;
        ElementBody {
            selector: element.selector,
            clicks: element.clicks,
            sessions: element.sessions,
            around: [left, top, right, bottom].map(JsonNumber),
        }
    };
    let band = |(at, band): (usize, &crate::query::page_behaviour::Band)| BandBody {
        from_percent: at * 100 / BANDS,
        sessions: band.visits,
        attention: JsonNumber::rounded(band.attention),
    };
    PageBehaviourBody {
        path,
        sessions: found.sessions,
        is_sample: found.is_sample,
        clicks: found.clicks,
        element_count: found.element_count,
        height: JsonNumber(found.height.round()),
        bands: found.bands.iter().enumerate().map(band).collect(),
        elements: found.elements.into_iter().map(element).collect(),
    }
}
