//! `/healthz`: the process answers. `/readyz`: what is sent now will be stored.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::service::ApiService;
use crate::store::health::Condition;

/// How old the writer's last sign of life may be, in milliseconds.
const MAX_HEARTBEAT_AGE_MS: i64 = 5_000;

/// Whether the installation takes batches.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `pass` or `fail`.
    #[schema(example = "pass")]
    pub status: &'static str,
    /// Why not: `below_floor`, `log_full`, `write_failing`, `writer_silent` or `stopped`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

#[utoipa::path(get, path = "/healthz", tag = "health", summary = "The process answers",
    responses((status = 200, description = "It does", body = Readiness)))]
/// Says that the process answers, and nothing else.
pub async fn healthz() -> HttpResponse {
    answer(StatusCode::OK, None)
}

#[utoipa::path(get, path = "/readyz", tag = "health", summary = "What is sent now will be stored",
    responses(
        (status = 200, description = "It will", body = Readiness),
        (status = 503, description = "It will not at the moment", body = Readiness),
    ))]
/// Says whether batches are taken.
pub async fn readyz(service: web::Data<ApiService>) -> HttpResponse {
    let health = service.store.health();
    let reason = match health.condition() {
        Condition::BelowFloor => Some("below_floor"),
        Condition::LogFull => Some("log_full"),
        Condition::WriteFailing => Some("write_failing"),
        Condition::Stopped => Some("stopped"),
        Condition::Ready if service.clock.now_ms() - health.heartbeat_ms() > MAX_HEARTBEAT_AGE_MS => {
            Some("writer_silent")
        }
        Condition::Ready => None,
    };
    answer(if reason.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, reason)
}

fn answer(status: StatusCode, reason: Option<&'static str>) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Readiness { status: if reason.is_none() { "pass" } else { "fail" }, reason })
}
