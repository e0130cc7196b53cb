//! `GET <mount>/api/live`: what has come lately, for dashboards that poll.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{DashboardRefusals, Refusal, json, respond};
use super::log::TrafficLog;
use super::params::{DEFAULT_LIMIT, DashboardRange, MAX_LIMIT, range};
use super::service::DashboardService;
use crate::http::parameters::Parameters;
use crate::query::traffic::live::{Since, live as ask_live};

/// What has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficLive {
    /// Newest first.
    pub requests: Vec<TrafficLog>,
    /// Give it as `sinceId` the next time: nothing is missed, nothing comes twice.
    pub cursor: i64,
    /// Whether there is more behind the cursor already; ask again at once.
    pub has_more: bool,
}

#[utoipa::path(
    get,
    path = "/api/live",
    tag = "dashboard",
    summary = "The latest requests, or those since an earlier answer",
    params(
        ("sinceId" = Option<i64>, Query, description = "`cursor` of an earlier answer: gives the oldest that came after it"),
        ("since" = Option<String>, Query, description = "Stored later than this; for a first question. Written as `from`; `sinceId` has precedence"),
        ("limit" = Option<u16>, Query, description = "Most requests, 1 to 1000; 50 when absent"),
        DashboardRange,
    ),
    responses((status = 200, description = "The requests", body = TrafficLive), DashboardRefusals),
    security(("dashboard" = []), ("read_token" = []))
)]
/// Gives the latest requests.
pub async fn live(request: HttpRequest, service: web::Data<DashboardService>) -> HttpResponse {
    respond(read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &DashboardService) -> Result<HttpResponse, Refusal> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let span = range(&parameters)?.span;
    let id = parameters.parsed("sinceId", |text| text.parse().ok().filter(|id| *id >= 0))?;
    let since = match (id, parameters.time_ms("since")?) {
        (Some(id), _) => Since::Row(id),
        #[expect(clippy::cast_possible_truncation, reason = "what is out of range is the end of the range")]
        (None, Some(time_ms)) => Since::Time(time_ms.floor() as i64),
        (None, None) => Since::Nothing,
    };
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let text_hash = service.store.text_hash();
    let found = service.ask(move |connection| ask_live(connection, text_hash, project, span, since, limit)).await?;
    Ok(json(&TrafficLive {
        requests: found.records.into_iter().map(TrafficLog::from).collect(),
        cursor: found.cursor,
        has_more: found.has_more,
    }))
}
