//! `GET /api/v1/projects/{project}/visits/now`: who is there.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::service::{ApiService, json, respond};
use crate::http::problem::{Problem, ReadProblems};
use crate::query::visits::now::{Present, now as ask_now};

/// A project at the moment. What browsers send is counted about a second after it was stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitsNow {
    /// The moment: milliseconds since the epoch.
    pub at: i64,
    /// Different visitors who gave a sign of life in the last five minutes.
    pub visitors: u64,
    /// Page views of the last 30 minutes, a number for each, counted back from now; the oldest first.
    pub views_per_minute: Vec<u64>,
    /// The ten pages that most of them viewed last.
    pub pages: Vec<VisitorsThereBody>,
    /// The ten hosts from which most of them came; who came from none is not listed.
    pub referrers: Vec<VisitorsThereBody>,
}

/// Where visitors are, or came from.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitorsThereBody {
    pub value: String,
    pub visitors: u64,
}

impl From<Present> for VisitorsThereBody {
    fn from(present: Present) -> Self {
        Self { value: present.text, visitors: present.visitors }
    }
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/visits/now",
    tag = "visits",
    summary = "Who is there at the moment",
    params(("project" = Uuid, Path, description = "Public id of the project")),
    responses((status = 200, description = "The moment", body = VisitsNow), ReadProblems),
    security(("read_token" = []))
)]
/// Tells the moment.
pub async fn now(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let now_ms = service.clock.now_ms();
    let now = service.ask(move |connection| ask_now(connection, project, now_ms)).await?;
    Ok(json(&VisitsNow {
        at: now_ms,
        visitors: now.visitors,
        views_per_minute: now.views_per_minute,
        pages: now.pages.into_iter().map(VisitorsThereBody::from).collect(),
        referrers: now.referrers.into_iter().map(VisitorsThereBody::from).collect(),
    }))
}
