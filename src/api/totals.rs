//! `GET /api/v1/projects/{project}/totals`: how much came in.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::range::TimeRange;
use super::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::totals;

/// Counts of a range of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotalsBody {
    /// Rows per type as heat-collector counts them: each point of a move is one.
    #[schema(value_type = std::collections::HashMap<String, u64>)]
    pub rows: BTreeMap<&'static str, u64>,
    /// Sessions that started in the range and were last seen in it.
    pub sessions: u64,
    /// Different users of those sessions.
    pub users: u64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/totals",
    tag = "projects",
    summary = "How much came in, exactly",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("from" = Option<String>, Query, description = "Not before: milliseconds since the epoch, or RFC 3339"),
        ("to" = Option<String>, Query, description = "Not after: milliseconds since the epoch, or RFC 3339"),
    ),
    responses(
        (status = 200, description = "The counts", body = TotalsBody),
        ReadProblems
    ),
    security(("read_token" = []))
)]
/// Counts.
pub async fn totals(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let range = TimeRange::read(&Parameters::of(request))?;
    let totals = service.ask(move |connection| totals::totals(connection, project, range.from, range.to)).await?;
    Ok(json(&TotalsBody {
        rows: totals.rows.into_iter().map(|(kind, count)| (kind.name(), count)).collect(),
        sessions: totals.sessions,
        users: totals.users,
    }))
}
