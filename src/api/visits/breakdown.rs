//! `GET /api/v1/projects/{project}/visits/breakdown`: visits by what they tell.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::totals_body::VisitTotals;
use super::view::{ViewParams, scope, view};
use crate::api::csv::{self, Cell};
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::visits::breakdown::{Part, Sort, breakdown};
use crate::query::visits::filter::Dimension;

const DEFAULT_LIMIT: usize = 50;

const MAX_LIMIT: usize = 1_000;

/// How far pages go into a list, in entries.
const MAX_DEPTH: usize = 1_000_000;

/// What a line of the CSV tells.
const COLUMNS: [&str; 9] = [
    "value",
    "visitors",
    "visits",
    "views",
    "events",
    "bounces",
    "bounce_rate",
    "average_duration_ms",
    "views_per_visit",
];

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitBreakdown {
    /// Milliseconds since the epoch.
    pub from: i64,
    /// Exclusive.
    pub to: i64,
    /// What the list is by.
    #[schema(example = "referrer")]
    pub by: &'static str,
    pub entries: Vec<VisitEntry>,
    /// Entries of the whole list.
    pub total: usize,
}

/// An entry: what a filter `by:is:value` would count.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitEntry {
    /// Empty: not told, such as no referrer.
    pub value: String,
    #[serde(flatten)]
    pub totals: VisitTotals,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/visits/breakdown",
    tag = "visits",
    summary = "Visits by page, referrer, device, or whatever else they tell",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("by" = String, Query, description = "`page`, `entry_page`, `exit_page`, `host`, `channel`, `referrer`, `source`, \
            `medium`, `campaign`, `term`, `content`, `click_id`, `device`, `browser`, `os`, `country` or `event`"),
        ("sort" = Option<String>, Query, description = "`visitors` (when absent), `visits`, `views`, `events`, `bounce_rate`, \
            `average_duration_ms` or `value`"),
        ("order" = Option<String>, Query, description = "`asc` or `desc`; values are usually in ascending, all else in descending order"),
        ("page" = Option<u64>, Query, description = "Which part, from 1"),
        ("limit" = Option<u16>, Query, description = "Entries of a part, 1 to 1000; 50 when absent"),
        ("format" = Option<String>, Query, description = "`json` or `csv`"),
        ViewParams,
    ),
    responses((status = 200, description = "A part of the list", body = VisitBreakdown), ReadProblems),
    security(("read_token" = []))
)]
/// Lists by one dimension.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let is_csv = csv::is_asked_for(&parameters)?;
    let by = parameters.parsed("by", Dimension::from_word)?.ok_or(Problem::InvalidParameter("by"))?;
    let sort = parameters.parsed("sort", Sort::from_word)?.unwrap_or_default();
    let descending = parameters.is_descending(sort != Sort::Text)?;
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let part = Part { sort, descending, offset: parameters.offset(limit, MAX_DEPTH)?, limit };
    let view = view(request, service, project).await?;
    let scope = scope(project, &view);
    let list = service.ask(move |connection| breakdown(connection, &scope, by, part)).await?;
    let entries = list.rows.into_iter().map(|row| VisitEntry { value: row.text, totals: row.totals.into() });
    if is_csv {
        return csv::answer(&COLUMNS, entries.map(cells), None);
    }
    Ok(json(&VisitBreakdown {
        from: view.interval.from_ms,
        to: view.interval.to_ms,
        by: by.word(),
        entries: entries.collect(),
        total: list.total,
    }))
}

fn cells(entry: VisitEntry) -> Vec<Cell> {
    let totals = entry.totals;
    let counts = [totals.visitors, totals.visits, totals.views, totals.events, totals.bounces];
    let mut cells = vec![Cell::Text(entry.value)];
    cells.extend(counts.into_iter().map(|count| Cell::number(Some(count))));
    cells.extend([
        Cell::number(totals.bounce_rate),
        Cell::number(totals.average_duration_ms),
        Cell::number(totals.views_per_visit),
    ]);
    cells
}
