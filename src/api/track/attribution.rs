//! `GET /api/v1/projects/{project}/attribution`: which touches brought the conversions.

use actix_web::{HttpRequest, HttpResponse, web};

use super::attribution_body::AttributionBody;
use super::report_params::{Bounds, RangeParams, window_ms};
use crate::api::csv;
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::attribution::{self, Dimension, Question};
use crate::query::track::conversions::ConversionFilter;
use crate::query::track::models::Model;

/// Keys of the answer when `limit` is absent.
const DEFAULT_KEYS: usize = 1_000;

/// Most keys of the answer.
const MAX_KEYS: usize = 10_000;

/// The row id of no text.
const NO_TEXT: i64 = -1;

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/attribution",
    tag = "apps",
    summary = "Credit for conversions, by several models side by side",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        RangeParams,
        ("by" = Option<String>, Query, description = "`source`, `medium`, `campaign`, `term`, `content`, `click_id_type`, `click_id`, `landing_page` or `lyr`; `source` when absent"),
        ("model" = Option<String>, Query, description = "`first`, `last`, `last_non_direct`, `linear`, `position` or `time_decay`; all when absent"),
        ("window_days" = Option<f64>, Query, description = "How many days before a conversion a touch may lie, up to 3650; as configured when absent"),
        ("name" = Option<String>, Query, description = "Only conversions of this name"),
        ("revenue" = Option<bool>, Query, description = "Only revenue events"),
        ("limit" = Option<u16>, Query, description = "Most keys, 1 to 10000; 1000 when absent"),
        ("format" = Option<String>, Query, description = "`json`, or `csv`: a line for each key, model and currency"),
    ),
    responses((status = 200, description = "The credit", body = AttributionBody), ReadProblems),
    security(("read_token" = []))
)]
/// Gives the credit.
pub async fn report(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let bounds = Bounds::read(&parameters)?;
    let by = parameters.parsed("by", Dimension::from_name)?.unwrap_or(Dimension::Source);
    let model = parameters.parsed("model", Model::from_name)?;
    let models = model.map_or_else(|| Model::ALL.to_vec(), |model| vec![model]);
    let window_ms = window_ms(&parameters, service)?;
    let name = parameters.text("name")?.map(str::to_owned);
    let only_revenue = parameters.flag("revenue")?.unwrap_or(false);
    let limit = parameters.limit(DEFAULT_KEYS, MAX_KEYS)?;
    let is_csv = csv::is_asked_for(&parameters)?;
    let text_hash = service.store.text_hash();
    let asked = models.clone();
    let found = service
        .ask(move |connection| {
            let name = name.map(|name| text_hash.find(connection, &name)).transpose()?;
            let name = name.map(|found| found.unwrap_or(NO_TEXT));
            let (from_ms, to_ms) = (bounds.from_ms, bounds.to_ms);
            let filter = ConversionFilter { from_ms, to_ms, name, only_revenue, ..ConversionFilter::all(project) };
            attribution::attribution(connection, &Question { filter, by, models: asked, window_ms }, limit)
        })
        .await?;
    let body = AttributionBody::new(bounds, by, window_ms, &models, found);
    if is_csv {
        return csv::answer(&AttributionBody::HEAD, body.cells(), None);
    }
    Ok(json(&body))
}
