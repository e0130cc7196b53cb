//! Answers under the mount path: JSON that no cache keeps, and refusals as `{error, message}`.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::http::dashboard_access::DashboardRefusal;
use crate::http::problem::Problem;

/// Why a request is refused.
#[derive(Debug)]
pub enum Refusal {
    Access(DashboardRefusal),
    Problem(Problem),
}

/// A refusal as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficProblem {
    /// Stable code, for programs.
    #[schema(example = "invalid_parameter")]
    pub error: &'static str,
    /// What this request did wrong.
    pub message: String,
}

/// The refusals that every route shares, for the OpenAPI document.
#[derive(IntoResponses)]
pub enum DashboardRefusals {
    /// `invalid_parameter`
    #[response(status = 400)]
    BadRequest(#[to_schema] TrafficProblem),
    /// `missing_credentials`, `invalid_credentials`; without a user name and password in the configuration
    /// `missing_read_token`, `invalid_read_token`
    #[response(status = 401)]
    Unauthorized(#[to_schema] TrafficProblem),
    /// `too_many_attempts`: ten wrong passwords from one address in a minute
    #[response(status = 429)]
    TooManyRequests(#[to_schema] TrafficProblem),
    /// `query_timeout`
    #[response(status = 503)]
    Unavailable(#[to_schema] TrafficProblem),
}

impl From<DashboardRefusal> for Refusal {
    fn from(refusal: DashboardRefusal) -> Self {
        Self::Access(refusal)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Refusal {
    /// The answer.
    #[must_use]
    pub fn answer(&self) -> HttpResponse {
        let problem = match self {
            Self::Access(refusal) => return refusal.answer(),
            Self::Problem(problem) => problem,
        };
        let mut answer = HttpResponse::build(problem.status());
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((header::RETRY_AFTER, "1"));
        }
        answer.json(TrafficProblem { error: problem.code(), message: problem.detail() })
    }
}

/// A JSON answer that no cache keeps.
pub fn json(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

/// Turns a handler's result into its answer.
pub fn respond(result: Result<HttpResponse, Refusal>) -> HttpResponse {
    result.unwrap_or_else(|refusal| refusal.answer())
}

/// Answers what is nowhere.
pub async fn not_found(_: HttpRequest) -> HttpResponse {
    Refusal::Problem(Problem::NotFound).answer()
}
