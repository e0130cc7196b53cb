//! `GET /api/v1/projects/{project}/visits`: visits one by one.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::place::Place;
use super::view::{ViewParams, scope, view};
use crate::api::service::{ApiService, respond};
use crate::http::parameters::Parameters;
use crate::http::problem::{Problem, ReadProblems};
use crate::query::visits::list::{ListedVisit, list as ask_list};

const DEFAULT_LIMIT: usize = 50;

const MAX_LIMIT: usize = 500;

/// A page of visits, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitList {
    pub visits: Vec<VisitBody>,
    /// Value of `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A visit. Texts are empty where nothing is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitBody {
    /// Where it is known from: `browser` (heat events), `web` or `app` (app events).
    pub source: &'static str,
    /// The session as its client names it.
    pub session: String,
    /// The user, if one was identified.
    pub user: Option<String>,
    /// Milliseconds since the epoch.
    pub started_at: i64,
    pub ended_at: i64,
    pub entry_page: String,
    pub exit_page: String,
    pub views: u64,
    pub events: u64,
    pub channel: &'static str,
    pub referrer: String,
    pub campaign: String,
    pub device: &'static str,
    pub browser: String,
    pub os: String,
}

impl From<ListedVisit> for VisitBody {
    fn from(visit: ListedVisit) -> Self {
        Self {
            source: visit.source.word(),
            session: visit.session,
            user: visit.user,
            started_at: visit.started_ms,
            ended_at: visit.ended_ms,
            entry_page: visit.entry_page,
            exit_page: visit.exit_page,
            views: visit.views,
            events: visit.events,
            channel: visit.channel.word(),
            referrer: visit.referrer,
            campaign: visit.campaign,
            device: visit.device.word(),
            browser: visit.browser,
            os: visit.os,
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/visits",
    tag = "visits",
    summary = "Visits that began in the period, the newest first",
    params(
        ("project" = Uuid, Path, description = "Public id of the project"),
        ("limit" = Option<u16>, Query, description = "1 to 500; 50 when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ViewParams,
    ),
    responses((status = 200, description = "A page of visits", body = VisitList), ReadProblems),
    security(("read_token" = []))
)]
/// Lists visits.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let parameters = Parameters::of(request);
    let limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let cursor = parameters.text("cursor").map_err(|_| Problem::InvalidCursor)?;
    let after = cursor.map(|cursor| Place::parse(cursor).ok_or(Problem::InvalidCursor)).transpose()?;
    let view = view(request, service, project).await?;
    let scope = scope(project, &view);
    let page = service.ask(move |connection| ask_list(connection, &scope, after.map(|place| place.0), limit)).await?;
    let next_cursor = page.next.map(|next| Place(next).to_string());
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(next) = &next_cursor {
        answer.insert_header((header::LINK, next_link(request, next)));
    }
    Ok(answer.json(VisitList { visits: page.visits.into_iter().map(VisitBody::from).collect(), next_cursor }))
}

/// What the `Link` header says of the next page (RFC 8288).
fn next_link(request: &HttpRequest, next: &str) -> String {
    let kept = request.query_string().split('&').filter(|part| {
        let name = part.split('=').next().unwrap_or_default();
        !part.is_empty() && name != "cursor" && name != "token"
    });
    let query: Vec<_> = kept.map(str::to_owned).chain([format!("cursor={next}")]).collect();
    format!("<{}?{}>; rel=\"next\"", request.uri().path(), query.join("&"))
}
