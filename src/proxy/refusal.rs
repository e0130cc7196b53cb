//! What the proxy answers by itself, because no app can or may.

use askama::Template;
use bytes::Bytes;
use hyper::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};

use crate::domain::traffic::Failure;
use crate::http::guard::Violation;

use super::notes::failure_of;

const NOSNIFF: (HeaderName, HeaderValue) = (hyper::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));

/// Why a request gets no answer from an app: one entry of a closed table.
///
/// Words are for people who look at the app, who cannot know what stands behind it: no addresses, no causes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// Stable name, for programs and for whoever reads the log.
    pub(super) code: &'static str,
    words: &'static str,
    pub(super) failure: Option<Failure>,
}

impl Refusal {
    pub(super) const NO_UPSTREAM: Self =
        Self::client(StatusCode::NOT_FOUND, "no_upstream", "There is nothing at this address.");
    pub(super) const NO_HOST: Self =
        Self::client(StatusCode::BAD_REQUEST, "no_host", "The request does not say which host it is for.");
    pub(super) const LOOP: Self = Self {
        failure: None,
        ..Self::upstream(
            StatusCode::LOOP_DETECTED,
            "proxy_loop",
            "This request came back to the server that had sent it on.",
            Failure::UpstreamInvalid,
        )
    };
    pub(super) const EXPECTATION: Self = Self::client(
        StatusCode::EXPECTATION_FAILED,
        "unknown_expectation",
        "The request expects what is not known here.",
    );
    pub(super) const TOO_LARGE: Self = Self {
        failure: Some(Failure::ClientInvalid),
        ..Self::client(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The request is larger than allowed.")
    };
    pub(super) const UPSTREAM_REFUSED: Self = Self::upstream(
        StatusCode::BAD_GATEWAY,
        "upstream_refused",
        "The app cannot be reached at the moment. Please try again soon.",
        Failure::UpstreamRefused,
    );
    pub(super) const UPSTREAM_TIMED_OUT: Self = Self::upstream(
        StatusCode::GATEWAY_TIMEOUT,
        "upstream_timed_out",
        "The app did not answer in time. Please try again soon.",
        Failure::UpstreamTimedOut,
    );
    pub(super) const UPSTREAM_CLOSED: Self = Self::upstream(
        StatusCode::BAD_GATEWAY,
        "upstream_closed",
        "The app ended the connection without an answer. Please try again soon.",
        Failure::UpstreamClosed,
    );
    pub(super) const UPSTREAM_INVALID: Self = Self::upstream(
        StatusCode::BAD_GATEWAY,
        "upstream_invalid",
        "The app gave an answer that cannot be passed on.",
        Failure::UpstreamInvalid,
    );
    pub(super) const STOPPED: Self = Self::upstream(
        StatusCode::SERVICE_UNAVAILABLE,
        "stopped",
        "This server is being restarted. Please try again soon.",
        Failure::Stopped,
    );

    const fn client(status: StatusCode, code: &'static str, words: &'static str) -> Self {
        Self { status, code, words, failure: None }
    }

    const fn upstream(status: StatusCode, code: &'static str, words: &'static str, failure: Failure) -> Self {
        Self { status, code, words, failure: Some(failure) }
    }

    /// Whether the upstream is to blame.
    pub(super) fn is_of_upstream(self) -> bool {
        use Failure::{UpstreamClosed, UpstreamInvalid, UpstreamRefused, UpstreamTimedOut};
        matches!(self.failure, Some(UpstreamClosed | UpstreamInvalid | UpstreamRefused | UpstreamTimedOut))
    }

    /// What the guard found wrong with a body.
    pub(super) fn of_violation(violation: Violation) -> Self {
        let status = StatusCode::from_u16(violation.status).unwrap_or(StatusCode::BAD_REQUEST);
        Self { status, code: violation.code, words: violation.words, failure: Some(failure_of(violation)) }
    }

    /// A small page, or plain text for who would not take one; `closes` if the request's body was not read to its end.
    pub(super) fn page(self, takes_html: bool, closes: bool, request_id: &HeaderValue) -> Response<Bytes> {
        let (kind, text) = if takes_html {
            ("text/html; charset=utf-8", self.html(request_id))
        } else {
            ("text/plain; charset=utf-8", self.text(request_id))
        };
        let text = Bytes::from(text);
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(kind)),
            (CONTENT_LENGTH, HeaderValue::from(text.len())),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            NOSNIFF,
        ]);
        if closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let mut response = Response::new(text);
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }

    fn html(self, request_id: &HeaderValue) -> String {
        let page = Page {
            status: self.status.as_u16(),
            reason: self.status.canonical_reason().unwrap_or(""),
            words: self.words,
            code: self.code,
            request_id: request_id.to_str().unwrap_or(""),
        };
        page.render().unwrap_or_else(|_| self.text(request_id))
    }

    fn text(self, request_id: &HeaderValue) -> String {
        let request_id = request_id.to_str().unwrap_or("");
        format!("{}\n{}\n\ncode: {}\nrequest: {request_id}\n", self.status, self.words, self.code)
    }
}

/// Whether a page is welcome: only if it is asked for, as programs say `*/*`.
pub(super) fn takes_html(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(ACCEPT).into_iter().filter_map(|line| line.to_str().ok());
    lines.any(|line| line.contains("text/html"))
}

#[derive(Template)]
#[template(path = "proxy_refusal.html")]
struct Page<'a> {
    status: u16,
    reason: &'a str,
    words: &'a str,
    code: &'a str,
    request_id: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_show_code_and_request_and_escape_what_came_in() {
        let id = HeaderValue::from_static("<b>id</b>");
        let html = Refusal::UPSTREAM_REFUSED.page(true, true, &id);
        let text = String::from_utf8(html.body().to_vec()).unwrap();
        assert!(text.contains("502") && text.contains("upstream_refused") && !text.contains("<b>"), "{text}");
        assert_eq!(html.headers()[CONTENT_LENGTH].to_str().unwrap(), text.len().to_string());
        let plain = Refusal::NO_UPSTREAM.page(false, false, &HeaderValue::from_static("7"));
        assert_eq!(plain.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
        assert!(plain.headers().get(CONNECTION).is_none());
        assert_eq!(plain.body(), "404 Not Found\nThere is nothing at this address.\n\ncode: no_upstream\nrequest: 7\n");
    }

    #[test]
    fn a_violation_keeps_its_status_and_tells_slow_from_wrong() {
        let violation = |status| Violation { status, code: "x", words: "y" };
        assert_eq!(Refusal::of_violation(violation(408)).failure, Some(Failure::ClientTimedOut));
        let wrong = Refusal::of_violation(violation(400));
        assert_eq!((wrong.status, wrong.failure), (StatusCode::BAD_REQUEST, Some(Failure::ClientInvalid)));
    }
}
