//! Hearth's own API: what heat-collector's cannot say. JSON out, problem details on errors.
//!
//! Conventions: `snake_case`; times are milliseconds since the epoch; a page has `next_cursor` and a `Link`
//! header (RFC 8288) when there is more; every handler is described for the OpenAPI document beside it.

pub mod csv;
pub mod cursor;
pub mod event_body;
pub mod events;
pub mod export;
pub mod health;
pub mod heatmaps;
pub mod live;
pub mod metrics;
pub mod openapi;
pub mod projects;
pub mod range;
pub mod service;
pub mod session_moments;
pub mod session_replay;
pub mod sessions;
pub mod status;
mod status_retention;
pub mod totals;
pub mod track;
pub mod traffic;
pub mod visits;

use actix_web::{HttpRequest, HttpResponse};

use crate::http::problem::Problem;

/// Answers what is nowhere.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    Problem::NotFound.answer(&request)
}
