//! `GET /api/v1/projects/{project}/goals`: how often goals were reached.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::totals_body::VisitTotals;
use super::view::{ViewParams, scope, view};
use crate::api::service::{ApiService, json, respond};
use crate::http::problem::{Problem, ReadProblems};
use crate::query::visits::goals::{GoalCount, goals as ask_goals};
use crate::query::visits::overview::{Wanted, overview};

/// Goals of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct GoalList {
    /// Milliseconds since the epoch.
    pub from: i64,
    /// Exclusive.
    pub to: i64,
    /// Of all visits in the period, to compare with.
    pub totals: VisitTotals,
    pub goals: Vec<GoalBody>,
}

/// A goal and how often it was reached.
#[derive(Debug, Serialize, ToSchema)]
pub struct GoalBody {
    pub id: i64,
    pub name: String,
    /// `page` or `event`.
    pub kind: &'static str,
    /// A path, or the name of an event; `*` at its end stands for any rest.
    pub pattern: String,
    /// Different visitors who reached it.
    pub visitors: u64,
    /// Visits that reached it.
    pub visits: u64,
    /// How often it was reached.
    pub completions: u64,
}

impl From<GoalCount> for GoalBody {
    fn from(count: GoalCount) -> Self {
        Self {
            id: count.goal.id,
            name: count.goal.name,
            kind: count.goal.kind.word(),
            pattern: count.goal.pattern,
            visitors: count.visitors,
            visits: count.visits,
            completions: count.completions,
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/goals",
    tag = "visits",
    summary = "How often the project's goals were reached",
    params(("project" = Uuid, Path, description = "Public id of the project"), ViewParams),
    responses((status = 200, description = "Every goal, in the order of the names", body = GoalList), ReadProblems),
    security(("read_token" = []))
)]
/// Lists goals.
pub async fn list(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    let project = service.project(request).await?;
    let view = view(request, service, project).await?;
    let scope = scope(project, &view);
    let counted = service.ask(move |connection| {
        let look = overview(connection, &scope, &Wanted { bounds: &[], lists: &[] })?;
        Ok((look.totals, ask_goals(connection, &scope)?))
    });
    let (totals, goals) = counted.await?;
    Ok(json(&GoalList {
        from: view.interval.from_ms,
        to: view.interval.to_ms,
        totals: totals.into(),
        goals: goals.into_iter().map(GoalBody::from).collect(),
    }))
}
