//! One line per request, if the owner asks for it (`log.access`): never with an address, a query or a token.
//!
//! Fields have the names of OpenTelemetry's conventions for HTTP, so that collectors of logs know them.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderName;
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};
use uuid::Uuid;

use super::request_figures::{known_method, route};
use super::request_id::request_id;
use crate::domain::trace_parent;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Middleware that logs each answer under the target `hearth::access`, by the route's name or pattern.
pub async fn log_access(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let response = next.call(request).await?;
    let request = response.request();
    tracing::info!(
        target: "hearth::access",
        request_id = request_id(request),
        trace_id = trace_id(request),
        project = project(request),
        http.request.method = known_method(request.method()),
        http.route = route(request),
        http.response.status_code = response.status().as_u16(),
        duration_ms = started.elapsed().as_secs_f64() * 1000.0,
        "request"
    );
    Ok(response)
}

/// The trace that the request says to belong to; only what looks like one.
fn trace_id(request: &HttpRequest) -> Option<String> {
    let id = trace_parent::trace_id(request.headers().get(TRACEPARENT)?.as_bytes())?;
    Some(Uuid::from_bytes(id).simple().to_string())
}

/// The project in the path, if it looks like one.
fn project(request: &HttpRequest) -> Option<String> {
    let named = request.match_info().get("project")?;
    Some(Uuid::try_parse(named).ok()?.hyphenated().to_string())
}
