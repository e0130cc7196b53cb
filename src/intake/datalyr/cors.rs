//! Pages of any origin may read every answer of these doors, also a refusal (datalyr.md 3).
//!
//! The browser SDK sends with credentials, so that the origin must be echoed. Nothing here looks at cookies, and what an
//! answer says is for whoever has the key: a page learns no more than any program would. Who may send is decided at the
//! door, since a preflight does not say for which project it asks.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

use crate::http::guard::is_token;

/// Headers that SDKs send (datalyr.md 2, 3).
const ALLOWED_HEADERS: [&str; 6] =
    ["content-type", "x-batch-size", "x-container-version", "x-api-key", "x-datalyr-api-key", "authorization"];

/// Other headers that one preflight may ask for, and how long their names may be, in bytes: apps of a wrapped `fetch`.
const MAX_OTHER_HEADERS: usize = 32;
const MAX_NAME_BYTES: usize = 64;

/// How long a browser remembers a preflight, in seconds: the beacon at the end of a page is likelier to land.
const PREFLIGHT_AGE_S: u32 = 7_200;

/// Without `Retry-After` a browser would wait a minute.
const EXPOSED: HeaderValue = HeaderValue::from_static("Retry-After, X-Request-Id");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, OPTIONS");
const VARY: HeaderValue = HeaderValue::from_static("Origin, Access-Control-Request-Headers");

/// Middleware that answers preflights, and lets pages read all other answers.
pub async fn share(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        let answer = preflight(request.headers());
        request.into_response(answer)
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, VARY);
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    Ok(response)
}

fn preflight(asked: &HeaderMap) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    answer.insert_header((header::ALLOW, METHODS));
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS));
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(asked)));
    answer.insert_header((header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE_S));
    answer.finish()
}

/// What SDKs send, and what else this browser wants to.
fn allowed_headers(asked: &HeaderMap) -> String {
    let values = asked.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).filter_map(|value| value.to_str().ok());
    let names = values.flat_map(|value| value.split(',')).map(str::trim);
    let names =
        names.filter(|name| is_token(name.as_bytes()) && name.len() <= MAX_NAME_BYTES).map(str::to_ascii_lowercase);
    let others = names.filter(|name| !ALLOWED_HEADERS.contains(&name.as_str())).take(MAX_OTHER_HEADERS);
    others.fold(ALLOWED_HEADERS.join(", "), |list, name| list + ", " + &name)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn allowed(asked: &str) -> String {
        let request = TestRequest::default().insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, asked));
        allowed_headers(request.to_http_request().headers())
    }

    #[test]
    fn what_a_browser_asks_for_is_allowed_if_it_is_a_name() {
        let usual = ALLOWED_HEADERS.join(", ");
        assert_eq!(allowed(""), usual);
        assert_eq!(allowed("content-type, X-Batch-Size"), usual);
        assert_eq!(allowed("traceparent, X Y, sentry-trace,\"a\""), format!("{usual}, traceparent, sentry-trace"));
    }

    #[test]
    fn what_is_echoed_is_bounded() {
        let many: Vec<_> = (0..1000).map(|n| format!("x-{n}")).collect();
        assert_eq!(allowed(&many.join(",")).split(", ").count(), ALLOWED_HEADERS.len() + MAX_OTHER_HEADERS);
        assert_eq!(allowed(&"x".repeat(MAX_NAME_BYTES + 1)), ALLOWED_HEADERS.join(", "));
    }
}
