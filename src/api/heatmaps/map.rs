//! `GET /api/v1/projects/{project}/heatmaps/map`: one page as a grid.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::csv::{self, Cell};
use crate::api::service::{ApiService, json, respond};
use crate::domain::heat::Kind;
use crate::http::json_number::JsonNumber;
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::heatmap::{Heatmap, HeatmapQuery, KindChoice, Resolution, ViewportMode, heatmap};

/// Cells of a grid: about 120 KB of JSON if all of them were hit.
const DEFAULT_CELLS: u32 = 10_000;
const MIN_CELLS: u32 = 64;
const MAX_CELLS: u32 = 65_536;

/// Pages count as no longer, in CSS pixels.
const MAX_HEIGHT: f64 = 30_000.0;

/// A page as a grid of about square cells.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeatMapBody {
    pub path: String,
    /// `click`, `move` or `scroll`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Points that matched.
    pub total: u64,
    /// The viewport drawn for, such as `1400x800`; null if no point tells one.
    pub bucket: Option<String>,
    /// The viewports of the points, the most frequent first, at most twelve.
    pub buckets: Vec<BucketBody>,
    pub viewport: SizeBody,
    /// Height of what is drawn; points below lie in the last row.
    #[schema(value_type = f64)]
    pub height: JsonNumber,
    pub cell: SizeBody,
    /// The greatest value of a cell.
    pub max: u64,
    /// Cells that were hit: x and y of the middle, and how often.
    #[schema(value_type = Vec<Vec<f64>>)]
    pub cells: Vec<(JsonNumber, JsonNumber, u64)>,
}

/// In CSS pixels.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeatSizeBody)]
pub struct SizeBody {
    #[schema(value_type = f64)]
    pub w: JsonNumber,
    #[schema(value_type = f64)]
    pub h: JsonNumber,
}

/// A viewport and how many points have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BucketBody {
    pub bucket: String,
    pub points: u64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/heatmaps/map",
    tag = "heatmaps",
    summary = "One page as a grid",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("path" = String, Query, description = "Path of the page"),
        ("type" = Option<String>, Query, description = "`click`, `move` or `scroll`; `click` when absent"),
        ("from" = Option<String>, Query, description = "Not before: milliseconds since the epoch, or RFC 3339"),
        ("to" = Option<String>, Query, description = "Not after: milliseconds since the epoch, or RFC 3339"),
        ("bucket" = Option<String>, Query, description = "Only points of this viewport; when absent, all are stretched to the width of the most frequent one"),
        ("cells" = Option<u32>, Query, description = "About how many cells, 64 to 65536; 10000 when absent"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
    ),
    responses((status = 200, description = "The grid", body = HeatMapBody), ReadProblems),
    security(("read_token" = []))
)]
/// Draws a page.
pub async fn draw(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let path = super::path(&parameters)?;
    let drawable =
        |word: &str| Kind::from_name(word).filter(|kind| [Kind::Click, Kind::Move, Kind::Scroll].contains(kind));
    let kind = parameters.parsed("type", drawable)?.unwrap_or(Kind::Click);
    let bucket = parameters.text("bucket")?.map(str::to_owned);
    let cells =
        parameters.parsed("cells", |text| text.parse().ok().filter(|cells| (MIN_CELLS..=MAX_CELLS).contains(cells)))?;
    let mut query = HeatmapQuery {
        filter: super::filter(project, &parameters)?,
        kinds: KindChoice::Only(kind),
        resolution: Resolution::Square { cells: cells.unwrap_or(DEFAULT_CELLS), max_height: MAX_HEIGHT },
        viewport_mode: if bucket.is_some() { ViewportMode::Filter } else { ViewportMode::Scale },
        bucket,
    };
    let is_csv = csv::is_asked_for(&parameters)?;
    let (text_hash, asked_path) = (service.store.text_hash(), path.clone());
    let map = service
        .ask(move |connection| {
            query.filter.path = Some(text_hash.find(connection, &asked_path)?.unwrap_or(super::NOTHING));
            heatmap(connection, &query)
        })
        .await?;
    if is_csv {
        let number = |number: f64| Cell::Plain(crate::js::number::to_text(number));
        let rows = map.cells.iter().map(|cell| vec![number(cell.x), number(cell.y), Cell::number(Some(cell.value))]);
        return csv::answer(&["x", "y", "points"], rows, None);
    }
    Ok(json(&body(path, kind, map)))
}

fn body(path: String, kind: Kind, map: Heatmap) -> HeatMapBody {
    let size = |w, h| SizeBody { w: JsonNumber(w), h: JsonNumber(h) };
    let (rows, (cell_w, cell_h)) = (map.cells.iter(), map.cell);
    HeatMapBody {
        path,
        kind: kind.name(),
        total: map.total,
        bucket: map.bucket,
        buckets: map.buckets.into_iter().map(|(bucket, points)| BucketBody { bucket, points }).collect(),
        viewport: size(map.viewport.w, map.viewport.h),
        height: JsonNumber(map.render_height),
        cell: size(cell_w, cell_h),
        max: map.cells.iter().map(|cell| cell.value).max().unwrap_or(0),
        cells: rows.map(|cell| (JsonNumber(cell.x), JsonNumber(cell.y), cell.value)).collect(),
    }
}
