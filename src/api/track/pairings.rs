//! `GET /api/v1/projects/{project}/track/pairings`: whose visit another system means.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::service::{ApiService, json, respond};
use crate::domain::track::PairingKind;
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::events_described::Describer;
use crate::query::track::pairings;

/// The visits that another system calls so.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairingList {
    /// Newest first, at most 100.
    pub pairings: Vec<PairingBody>,
}

/// Another system's name for a visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairingBody {
    /// `stripe_checkout_session` or `shopify_cart`.
    pub kind: &'static str,
    pub value: String,
    /// When it was said last: milliseconds since the epoch.
    pub time: i64,
    /// Null for somebody of whom nothing else is known than this.
    pub person_id: Option<String>,
    pub anonymous_id: Option<String>,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/track/pairings",
    tag = "apps",
    summary = "Whose visit another system means",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("kind" = String, Query, description = "`stripe_checkout_session` or `shopify_cart`"),
        ("value" = String, Query, description = "What the other system calls it"),
    ),
    responses((status = 200, description = "The visits", body = PairingList), ReadProblems),
    security(("read_token" = []))
)]
/// Finds visits.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let kind = parameters.parsed("kind", PairingKind::from_name)?.ok_or(Problem::InvalidParameter("kind"))?;
    let value = parameters.text("value")?.ok_or(Problem::InvalidParameter("value"))?.to_owned();
    let hash = service.store.text_hash();
    let pairings = service
        .ask(move |connection| {
            let mut describer = Describer::new(connection, hash);
            let found = pairings::find(connection, &mut describer, project, kind, &value)?;
            let body = |found: pairings::FoundPairing| PairingBody {
                kind: kind.name(),
                value: value.clone(),
                time: found.time_ms,
                person_id: found.person.map(|person| person.to_string()),
                anonymous_id: found.anonymous.map(|anonymous| anonymous.to_string()),
            };
            Ok(found.into_iter().map(body).collect())
        })
        .await?;
    Ok(json(&PairingList { pairings }))
}
