//! `GET /api/v1/projects/{project}/traffic/requests/open`: tunnels and event streams that have not ended.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::service::{ApiService, json, respond};
use crate::http::problem::{Problem, ReadProblems};
use crate::http::proxy_state::OpenRequest;

/// Most that are listed.
const MAX_LISTED: usize = 1_000;

/// Requests that go on. They are recorded when they end.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenList {
    /// Oldest first, at most 1000.
    pub requests: Vec<OpenBody>,
    /// How many there are.
    pub total: u64,
}

/// A request that goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenBody {
    /// `websocket` or `event-stream`.
    #[schema(example = "websocket")]
    pub protocol: &'static str,
    pub method: String,
    /// Path and query, as far as `traffic.query` keeps them.
    pub original_url: String,
    pub user_id: Option<String>,
    pub session_id: Option<String>,
    /// Milliseconds since the epoch.
    pub start_time: i64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/traffic/requests/open",
    tag = "traffic",
    summary = "WebSockets and event streams that go on",
    params(("project" = Uuid, Path, description = "Public id of the project")),
    responses((status = 200, description = "What goes on", body = OpenList), ReadProblems),
    security(("read_token" = []))
)]
/// Lists what goes on.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let (open, total) = service.proxy.open_requests(project, MAX_LISTED);
    Ok(json(&OpenList { requests: open.into_iter().map(OpenBody::from).collect(), total: total as u64 }))
}

impl From<OpenRequest> for OpenBody {
    fn from(request: OpenRequest) -> Self {
        Self {
            protocol: request.protocol.name(),
            method: request.method,
            original_url: request.original_url,
            user_id: request.user_id,
            session_id: request.session_id,
            start_time: request.started_at_ms,
        }
    }
}
