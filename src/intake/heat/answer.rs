//! Answers in the original's shape: headers of every answer, errors, JavaScript's numbers.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use super::issues::Details;
use super::reject::HeatReject;
use crate::http::request_id::request_id;

/// Seconds after which a refused client may come back, where nothing better is known.
const RETRY_AFTER_S: i64 = 1;

pub const X_INGESTED_EVENTS: HeaderName = HeaderName::from_static("x-ingested-events");
pub const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
pub const X_REQUESTED_TYPE: HeaderName = HeaderName::from_static("x-requested-type");
pub const X_RESOLVED_TYPE: HeaderName = HeaderName::from_static("x-resolved-type");
pub const X_RESULT_COUNT: HeaderName = HeaderName::from_static("x-result-count");
pub const X_HEATMAP_POINT_COUNT: HeaderName = HeaderName::from_static("x-heatmap-point-count");
pub const X_SESSION_FOUND: HeaderName = HeaderName::from_static("x-session-found");
/// Events of the payload that were stored before.
pub const X_HEARTH_DUPLICATES: HeaderName = HeaderName::from_static("x-hearth-duplicates");
/// Invalid events that were left out.
pub const X_HEARTH_REJECTED: HeaderName = HeaderName::from_static("x-hearth-rejected");
/// How many results there are on all pages.
pub const X_HEARTH_TOTAL: HeaderName = HeaderName::from_static("x-hearth-total");

/// Response headers that scripts of other origins may read.
pub const EXPOSED: [&str; 16] = [
    "x-request-id",
    "x-heat-collector",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "retry-after",
    "x-ingested-events",
    "x-total-count",
    "x-requested-type",
    "x-resolved-type",
    "x-result-count",
    "x-heatmap-point-count",
    "x-session-found",
    "x-hearth-duplicates",
    "x-hearth-rejected",
    "x-hearth-total",
];

/// A successful answer, to which its own headers are added.
#[must_use]
pub fn ok() -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer
}

/// The answer to a refused request.
#[must_use]
pub fn refuse(request: &HttpRequest, reject: &HeatReject) -> HttpResponse {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        error: &'a str,
        code: &'a str,
        message: &'a str,
        request_id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        details: Option<&'a Details>,
    }
    let mut answer = HttpResponse::build(reject.status());
    if reject.status() == actix_web::http::StatusCode::SERVICE_UNAVAILABLE {
        answer.insert_header((header::RETRY_AFTER, RETRY_AFTER_S));
    }
    json(
        answer,
        &Body {
            error: reject.error(),
            code: reject.code(),
            message: reject.message(),
            request_id: request_id(request),
            details: reject.details(),
        },
    )
}

/// Gives the answer its body.
#[must_use]
pub fn json(mut answer: HttpResponseBuilder, body: &impl Serialize) -> HttpResponse {
    match serde_json::to_string(body) {
        Ok(text) => answer.insert_header((header::CONTENT_TYPE, "application/json; charset=utf-8")).body(text),
        Err(error) => {
            tracing::error!(error = %error, "an answer could not be written as JSON");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// Adds a header whose value is a number.
pub fn count(headers: &mut HeaderMap, name: HeaderName, count: u64) {
    headers.insert(name, HeaderValue::from(count));
}
