//! `GET /api/v1/projects/{project}/visits/occurrences`: the latest occurrences of a named event.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::view::{ViewParams, scope, view};
use crate::api::service::{ApiService, json, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::visits::occurrences::{Occurrence, occurrences};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;

/// The latest occurrences of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Occurrences {
    /// Milliseconds since the epoch.
    pub from: i64,
    /// Exclusive.
    pub to: i64,
    pub event: String,
    /// The newest first.
    pub occurrences: Vec<OccurrenceBody>,
}

/// An occurrence of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct OccurrenceBody {
    /// Milliseconds since the epoch.
    pub time: i64,
    /// `browser`, `web` or `app`; null: it is of no visit.
    pub source: Option<&'static str>,
    /// The session as its client names it.
    pub session: Option<String>,
    pub user: Option<String>,
    /// Path of the page it was on, where that is known.
    pub page: Option<String>,
    /// As they were sent.
    #[schema(value_type = Object)]
    pub properties: Option<Box<RawValue>>,
}

impl From<Occurrence> for OccurrenceBody {
    fn from(one: Occurrence) -> Self {
        let (source, session) = one.visit.map(|(source, session)| (source.word(), session)).unzip();
        Self {
            time: one.time_ms,
            source,
            session,
            user: one.user,
            page: Some(one.page).filter(|page| !page.is_empty()),
            properties: one.properties.and_then(|text| RawValue::from_string(text).ok()),
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/visits/occurrences",
    tag = "visits",
    summary = "The latest occurrences of a named event, with their properties",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("event" = String, Query, description = "Name of the event"),
        ("limit" = Option<usize>, Query, description = "1 to 500; 50 when absent"),
        ViewParams,
    ),
    responses((status = 200, description = "The occurrences. Of visits, those of the newest 200 with the event; outside of \
        visits, and without filters, those among the newest 50,000 app events", body = Occurrences), ReadProblems),
    security(("read_token" = []))
)]
/// Lists occurrences.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let event = parameters.text("event")?.ok_or(Problem::InvalidParameter("event"))?.to_owned();
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let view = view(request, service, project).await?;
    let (scope, asked, text_hash) = (scope(project, &view), event.clone(), service.store.text_hash());
    let found = service.ask(move |connection| occurrences(connection, text_hash, &scope, &asked, limit)).await?;
    Ok(json(&Occurrences {
        from: view.interval.from_ms,
        to: view.interval.to_ms,
        event,
        occurrences: found.into_iter().map(OccurrenceBody::from).collect(),
    }))
}
