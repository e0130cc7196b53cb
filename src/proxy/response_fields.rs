//! What becomes of a response's fields on their way to the client.

use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use hyper::{HeaderMap, Response, StatusCode};

use super::hop_by_hop::{is_hop_by_hop, named_by_connection};

/// Whether the framing is one that can be sent on without changing what the body means.
///
/// hyper reads the last coding only; with another one before it (`gzip, chunked`), or with none that it knows, the
/// client would be given coded bytes without being told.
pub(super) fn framing_is_plain(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).into_iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(one), None) => one.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

/// Takes away what was meant for the connection to the upstream, and leaves one framing.
///
/// A `Content-Length` beside chunked is dropped (RFC 9112 6.3); one that says the same twice is said once. A response
/// with status 204 has none (RFC 9110 8.6), one to HEAD or with 304 keeps it.
pub(super) fn clean(response: &mut Response<Incoming>) {
    let is_chunked = response.headers().contains_key(TRANSFER_ENCODING);
    let length = response.body().size_hint().exact().filter(|_| !response.body().is_end_stream());
    let status = response.status();
    let headers = response.headers_mut();
    let mut unwanted: Vec<HeaderName> = headers.keys().filter(|name| is_hop_by_hop(name.as_str())).cloned().collect();
    if headers.contains_key(CONNECTION) {
        named_by_connection(headers, &mut unwanted);
    }
    for name in unwanted {
        headers.remove(name);
    }
    if is_chunked || status == StatusCode::NO_CONTENT {
        headers.remove(CONTENT_LENGTH);
    } else if let Some(first) = headers.get(CONTENT_LENGTH).cloned() {
        // hyper has found all of them equal, unless the response has no body by its nature.
        let one = length.map_or(first, HeaderValue::from);
        if one.as_bytes().iter().all(u8::is_ascii_digit) && !one.is_empty() {
            headers.insert(CONTENT_LENGTH, one);
        } else {
            headers.remove(CONTENT_LENGTH);
        }
    }
}

/// The fields that make a 101 one, which [`clean`] took away; `upgrade` is what the upstream switched to.
pub(super) fn switch_protocols(headers: &mut HeaderMap, upgrade: Option<HeaderValue>) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, upgrade.unwrap_or(HeaderValue::from_static("websocket")));
}

/// Whether the response is a stream of server-sent events, which ends when somebody leaves.
pub(super) fn is_event_stream(headers: &HeaderMap) -> bool {
    const EVENT_STREAM: &[u8] = b"text/event-stream";
    headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let (start, rest) = kind.as_bytes().split_at(kind.len().min(EVENT_STREAM.len()));
        start.eq_ignore_ascii_case(EVENT_STREAM) && matches!(rest.first(), None | Some(b';' | b' '))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_chunked_is_sent_on() {
        let with = |values: &[&'static str]| {
            framing_is_plain(&values.iter().map(|value| (TRANSFER_ENCODING, HeaderValue::from_static(value))).collect())
        };
        assert!(with(&[]));
        assert!(with(&["Chunked"]));
        assert!(!with(&["gzip, chunked"]));
        assert!(!with(&["identity"]));
        let mut twice = HeaderMap::new();
        twice.append(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        twice.append(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        assert!(!framing_is_plain(&twice));
    }

    #[test]
    fn event_streams_are_known_by_their_type() {
        let with = |kind| is_event_stream(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]));
        assert!(with("text/event-stream"));
        assert!(with("Text/Event-Stream; charset=utf-8"));
        assert!(!with("text/event-streams"));
        assert!(!with("text/html"));
        assert!(!is_event_stream(&HeaderMap::new()));
    }
}
