//! `GET /api/v1/projects`: the projects a token may read.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::service::{ApiService, json, respond};
use crate::http::problem::{Problem, ReadProblems};
use crate::store::registry;

/// Projects.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectList {
    pub projects: Vec<ProjectBody>,
}

/// A project.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectBody {
    pub id: Uuid,
    pub name: String,
    /// Milliseconds since the epoch.
    pub created_at: i64,
}

#[utoipa::path(
    get,
    path = "/api/v1/projects",
    tag = "projects",
    summary = "Projects the token may read",
    responses(
        (status = 200, description = "The projects, oldest first", body = ProjectList),
        ReadProblems
    ),
    security(("read_token" = []))
)]
/// Lists projects.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let grant = service.grant(request).await?;
    let projects = service.ask(|connection| Ok(registry::projects(connection)?)).await?;
    let readable = projects.into_iter().filter(|project| grant.covers(project.id));
    let body = |project: registry::Project| ProjectBody {
        id: project.uuid,
        name: project.name,
        created_at: project.created_at_ms,
    };
    Ok(json(&ProjectList { projects: readable.map(body).collect() }))
}
