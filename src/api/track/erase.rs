//! `DELETE /api/v1/projects/{project}/persons/{person}`: erases a person everywhere (GDPR article 17).

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::export::PERSON_SEGMENT;
use crate::api::service::{ApiService, json, respond};
use crate::domain::Batch;
use crate::domain::erasure::Erased;
use crate::http::path::segment;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::track::whole_person;

/// What an erasure has taken away.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureBody {
    pub erased: ErasedBody,
}

/// How much it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasedBody {
    /// App events.
    pub events: u64,
    pub conversions: u64,
    pub touches: u64,
    /// Rows of browsers' events as heat-collector counts them, and the sessions they were in.
    pub heat_rows: u64,
    pub heat_sessions: u64,
    /// Proxied requests that no longer say whose they were.
    pub requests: u64,
}

impl From<Erased> for ErasedBody {
    fn from(erased: Erased) -> Self {
        let Erased { events, conversions, touches, heat_rows, heat_sessions, requests } = erased;
        Self { events, conversions, touches, heat_rows, heat_sessions, requests }
    }
}

#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/persons/{person}",
    tag = "apps",
    summary = "Erases a person everywhere; what it did until now stays away, also when it arrives later",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("person" = String, Path, description = "`user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID` or `email:ADDRESS`"),
    ),
    responses(
        (status = 200, description = "The person is erased", body = ErasureBody),
        (status = 403, description = "`erase_not_allowed`: the token was not made with `--may-erase`", content_type = "application/problem+json", body = crate::http::problem::ProblemDetails),
        ReadProblems
    ),
    security(("read_token" = []))
)]
/// Erases a person.
pub async fn erase(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, take_away(&request, &service).await)
}

async fn take_away(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let grant = service.grant(request).await?;
    let project = service.project(request).await?;
    if !grant.may_erase() {
        return Err(Problem::EraseNotAllowed);
    }
    let name = segment(request.uri().path(), PERSON_SEGMENT).ok_or(Problem::PersonNotFound)?;
    let (hash, now_ms) = (service.store.text_hash(), service.clock.now_ms());
    let person = service.ask(move |connection| whole_person::find(connection, hash, project, &name)).await?;
    let erasure = person.ok_or(Problem::PersonNotFound)?.erasure(now_ms);
    let receipt = service.store.submit(Batch::Erase(Box::new(erasure))).await?;
    tracing::info!("a person was erased");
    Ok(json(&ErasureBody { erased: receipt.erased.unwrap_or_default().into() }))
}
