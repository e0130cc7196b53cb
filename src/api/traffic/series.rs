//! `GET /api/v1/projects/{project}/traffic/series`: requests over time, in buckets of the project's zone.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use super::summary_body::SummaryBody;
use crate::api::service::{ApiService, json, respond};
use crate::http::problem::{Problem, ReadProblems};
use crate::http::view::{View, zone_named};
use crate::query::traffic::series::{Slice, series};
use crate::query::visits::first_data::data_spans;
use crate::store::project_settings;

/// Requests over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesBody {
    /// Beginning of the range in milliseconds since the epoch.
    pub from: i64,
    /// End of the range, exclusive. Requests are counted by whole minutes.
    pub to: i64,
    /// `minute`, `hour`, `day`, `week` or `month`, of the zone.
    #[schema(example = "day")]
    pub grain: &'static str,
    /// Of the buckets, by its IANA name.
    pub time_zone: String,
    /// All of them together.
    pub total: SliceBody,
    /// One after another without a gap, also those without requests.
    pub buckets: Vec<BucketOfZone>,
    /// Whether only the newest 200,000 requests were looked at: filters on users and on single statuses are answered one
    /// request after another.
    pub truncated: bool,
}

/// The requests of one bucket.
#[derive(Debug, Serialize, ToSchema)]
pub struct BucketOfZone {
    /// When the bucket begins: milliseconds since the epoch.
    pub start: i64,
    /// When it ends, exclusive.
    pub end: i64,
    #[serde(flatten)]
    pub slice: SliceBody,
}

/// Requests taken together.
#[derive(Debug, Serialize, ToSchema)]
pub struct SliceBody {
    #[serde(flatten)]
    pub summary: SummaryBody,
    /// Requests by class of status, such as `2xx`.
    #[schema(value_type = std::collections::HashMap<String, u64>)]
    pub status_classes: BTreeMap<String, u64>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/series",
    tag = "traffic",
    summary = "Proxied requests in buckets of a zone",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("period" = Option<String>, Query, description = "`today`, `yesterday`, `24h`, `7d`, `28d`, `90d`, `month`, `12mo` or `all`; `28d` when absent"),
        ("from" = Option<String>, Query, description = "Instead: first day of the zone, or a moment (RFC 3339, milliseconds since the epoch)"),
        ("to" = Option<String>, Query, description = "Last day, inclusive, or a moment, exclusive"),
        ("tz" = Option<String>, Query, description = "IANA zone instead of the project's"),
        ("grain" = Option<String>, Query, description = "`minute`, `hour`, `day`, `week` or `month` instead of what fits; at most 1000 buckets"),
        ("f" = Option<Vec<String>>, Query, description = "`field:operator:value` with `route`, `method`, `status` or `user` and `is`, `is_not`, `contains` or `contains_not`; can be repeated"),
    ),
    responses((status = 200, description = "The series", body = SeriesBody), ReadProblems),
    security(("read_token" = []))
)]
/// Gives the series.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let (text_hash, now_ms) = (service.store.text_hash(), service.clock.now_ms());
    let known = service
        .ask(move |connection| {
            let zone = project_settings::read(connection, project)?.time_zone;
            Ok((zone, data_spans(connection, project, now_ms)?.first_ms(now_ms)))
        })
        .await?;
    let zone = zone_named(&known.0).unwrap_or(TimeZone::UTC);
    let view = View::read(request, zone, now_ms, known.1)?;
    let (bounds, conditions) = (view.bounds(), view.traffic_conditions());
    let asked = bounds.clone();
    let found = service.ask(move |connection| series(connection, text_hash, project, &asked, &conditions)).await?;
    let buckets = bounds.windows(2).zip(&found.slices);
    Ok(json(&SeriesBody {
        from: view.interval.from_ms,
        to: view.interval.to_ms,
        grain: view.grain().word(),
        time_zone: view.zone.iana_name().unwrap_or("UTC").to_owned(),
        total: SliceBody::from(&found.total()),
        buckets: buckets
            .map(|(ends, slice)| BucketOfZone { start: ends[0], end: ends[1], slice: SliceBody::from(slice) })
            .collect(),
        truncated: found.is_truncated,
    }))
}

impl From<&Slice> for SliceBody {
    fn from(slice: &Slice) -> Self {
        let classes = slice.classes.iter();
        Self {
            summary: SummaryBody::from(&slice.summary),
            status_classes: classes.map(|(class, count)| (format!("{class}xx"), *count)).collect(),
        }
    }
}
