//! `/healthz`: the process answers. `/readyz`: what is sent now will be stored. `/version`: which Hearth this is.
//!
//! In the form of `application/health+json` (draft-inadarei-api-health-check-06), and with a `reason` in one word.

use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::installation::Installation;
use crate::http::installation::checks::{Check, Verdict, checks, worst};

const HEALTH_JSON: &str = "application/health+json";

/// Whether the installation takes batches.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `pass`, `warn` (batches are taken, but somebody should look) or `fail`.
    #[schema(example = "pass")]
    pub status: &'static str,
    /// Why it is not `pass`: `stopping`, `stopped`, `write_failing`, `writer_silent`, `database_locked`, `below_floor`,
    /// `log_full`, `queue_full`, `database_damaged`, `integrity_unknown`, `upstream_silent` or `upstream_failing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The same for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<&'static str, [CheckBody; 1]>,
}

/// What one check found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckBody {
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_value: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_unit: Option<&'static str>,
}

/// Which Hearth this is.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionBody {
    pub version: &'static str,
    /// Version of the SQLite library.
    pub sqlite_version: &'static str,
}

#[utoipa::path(get, path = "/healthz", tag = "health", summary = "The process answers",
    responses((status = 200, description = "It does", body = Readiness)))]
/// Says that the process answers, and nothing else.
pub async fn healthz() -> HttpResponse {
    answer(StatusCode::OK, &Readiness { status: "pass", reason: None, output: None, checks: BTreeMap::new() })
}

#[utoipa::path(get, path = "/readyz", tag = "health", summary = "What is sent now will be stored",
    responses(
        (status = 200, description = "It will", body = Readiness),
        (status = 503, description = "It will not at the moment", body = Readiness),
    ))]
/// Says whether batches are taken.
pub async fn readyz(installation: web::Data<Installation>) -> HttpResponse {
    let checks = checks(&installation);
    let (verdict, why) = worst(&checks);
    let status = if verdict == Verdict::Fail { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let readiness = Readiness {
        status: verdict.word(),
        reason: why.and_then(|check| check.reason),
        output: why.map(|check| check.words),
        checks: checks.iter().map(|check| (check.name, [CheckBody::from(check)])).collect(),
    };
    answer(status, &readiness)
}

#[utoipa::path(get, path = "/version", tag = "health", summary = "Which Hearth this is",
    responses((status = 200, description = "Its version", body = VersionBody)))]
/// Tells the version.
pub async fn version() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(VersionBody { version: env!("CARGO_PKG_VERSION"), sqlite_version: rusqlite::version() })
}

impl From<&Check> for CheckBody {
    fn from(check: &Check) -> Self {
        Self {
            status: check.verdict.word(),
            reason: check.reason,
            observed_value: check.observed,
            observed_unit: check.unit,
        }
    }
}

fn answer(status: StatusCode, readiness: &Readiness) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_TYPE, HEALTH_JSON))
        .json(readiness)
}
