//! What becomes of a request's fields on their way to the app.

use hyper::header::{CONNECTION, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use hyper::{HeaderMap, Version};

use super::forwarded::tells_of_the_client;
use super::hop_by_hop::{connection_has, is_hop_by_hop, named_by_connection};

const CHUNKED: HeaderValue = HeaderValue::from_static("chunked");
const UPGRADE_OPTION: HeaderValue = HeaderValue::from_static("upgrade");

/// Takes away what must not reach the app: hop-by-hop fields, and what only Hearth, or only a trusted peer, may say.
///
/// `Proxy` goes because CGI programs take it for `HTTP_PROXY` (CVE-2016-5385), names with `_` because they take them
/// for those with `-`; `X-Hearth-*` is how the app speaks to Hearth. Chunked framing stays, everything else of
/// `Transfer-Encoding` was refused before.
pub(super) fn clean(headers: &mut HeaderMap, trusted: bool) {
    let is_chunked = headers.contains_key(TRANSFER_ENCODING);
    let mut unwanted: Vec<HeaderName> = Vec::new();
    for name in headers.keys() {
        let text = name.as_str();
        if is_hop_by_hop(text) || is_never_sent_on(text) || (!trusted && tells_of_the_client(text)) {
            unwanted.push(name.clone());
        }
    }
    if headers.contains_key(CONNECTION) {
        named_by_connection(headers, &mut unwanted);
    }
    for name in unwanted {
        headers.remove(name);
    }
    if is_chunked {
        headers.insert(TRANSFER_ENCODING, CHUNKED);
    }
}

/// The protocol that this asks to go on with: what the guard has let through (RFC 6455 4.1, `proxy.upgrades`).
pub(super) fn upgrade_asked_for(version: Version, headers: &HeaderMap, has_body: bool) -> Option<HeaderValue> {
    let asks = version == Version::HTTP_11 && !has_body && connection_has(headers, "upgrade");
    headers.get(UPGRADE).filter(|_| asks).cloned()
}

/// Says to the other side what [`clean`] took away.
pub(super) fn ask_for_upgrade(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(CONNECTION, UPGRADE_OPTION);
    headers.insert(UPGRADE, protocol);
}

/// Whether it is the protocol of RFC 6455.
pub(super) fn is_websocket(protocol: &HeaderValue) -> bool {
    protocol.as_bytes().eq_ignore_ascii_case(b"websocket")
}

fn is_never_sent_on(name: &str) -> bool {
    matches!(name, "proxy" | "http2-settings") || name.starts_with("x-hearth-") || name.contains('_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn left(fields: &[(&'static str, &'static str)], trusted: bool) -> Vec<String> {
        let mut headers = headers(fields);
        clean(&mut headers, trusted);
        let mut left: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        left.sort();
        left
    }

    #[test]
    fn hop_by_hop_fields_end_here_also_those_that_connection_names() {
        let fields = [
            ("host", "app.test"),
            ("connection", "close, X-Mine , content-length,host,cookie"),
            ("connection", "authorization, x-also"),
            ("x-mine", "1"),
            ("x-also", "1"),
            ("x-other", "1"),
            ("content-length", "5"),
            ("cookie", "a=1"),
            ("authorization", "Basic eA=="),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("proxy-authorization", "Basic eA=="),
            ("te", "trailers"),
            ("trailer", "x-checksum"),
            ("upgrade", "h2c"),
            ("http2-settings", "AAMAAABk"),
        ];
        let wanted = ["authorization: Basic eA==", "content-length: 5", "cookie: a=1", "host: app.test", "x-other: 1"];
        assert_eq!(left(&fields, false), wanted);
    }

    #[test]
    fn chunked_stays_chunked() {
        let fields = [("transfer-encoding", "chunked"), ("connection", "transfer-encoding")];
        assert_eq!(left(&fields, false), ["transfer-encoding: chunked"]);
    }

    #[test]
    fn only_trusted_peers_tell_who_the_client_is() {
        let fields = [
            ("x-forwarded-for", "9.9.9.9"),
            ("x-forwarded-port", "1"),
            ("forwarded", "for=9.9.9.9"),
            ("x-real-ip", "9.9.9.9"),
            ("true-client-ip", "9.9.9.9"),
            ("cf-connecting-ip", "9.9.9.9"),
            ("fastly-client-ip", "9.9.9.9"),
            ("x-client-ip", "9.9.9.9"),
            ("x-cluster-client-ip", "9.9.9.9"),
            ("traceparent", "00-1-2-00"),
        ];
        assert_eq!(left(&fields, false), ["traceparent: 00-1-2-00"]);
        assert_eq!(left(&fields, true).len(), fields.len());
    }

    #[test]
    fn nobody_speaks_as_the_app_or_to_cgi() {
        let fields =
            [("proxy", "http://evil"), ("x-hearth-user-id", "1"), ("x_forwarded_for", "9.9.9.9"), ("x-a", "1")];
        assert_eq!(left(&fields, true), ["x-a: 1"]);
    }

    #[test]
    fn an_upgrade_is_asked_for_with_all_that_belongs_to_it() {
        let full = [("connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket")];
        let asks = |version, fields: &[_], has_body| upgrade_asked_for(version, &headers(fields), has_body).is_some();
        assert!(asks(Version::HTTP_11, &full, false));
        assert!(!asks(Version::HTTP_10, &full, false));
        assert!(!asks(Version::HTTP_11, &full, true));
        assert!(!asks(Version::HTTP_11, &[("upgrade", "websocket")], false));
        assert!(!asks(Version::HTTP_11, &[("connection", "upgrade")], false));
    }
}
