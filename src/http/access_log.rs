//! One line per request, if the owner asks for it (`log.access`): never with an address, a query or a token.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::request_id::request_id;

/// Middleware that logs each answer under the target `hearth::access`, by the route's name or pattern.
pub async fn log_access(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let response = next.call(request).await?;
    let request = response.request();
    let pattern = request.match_pattern();
    tracing::info!(
        target: "hearth::access",
        request_id = request_id(request),
        method = request.method().as_str(),
        route = request.match_name().unwrap_or(pattern.as_deref().unwrap_or("unmatched")),
        status = response.status().as_u16(),
        duration_ms = started.elapsed().as_secs_f64() * 1000.0,
    );
    Ok(response)
}
