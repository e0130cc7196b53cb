//! What every answer of the dashboard says to the browser (trust.md 5).

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Nothing but what comes from here; no inline scripts, no inline styles, no frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                                       connect-src 'self'; font-src 'none'; form-action 'self'; frame-ancestors 'none'; \
                                       base-uri 'none'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Adds them. A page that needs another policy for its content, or may be kept by caches, says so itself.
pub fn add(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let mut add_missing = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    add_missing(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    add_missing(header::CACHE_CONTROL, "no-store");
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
