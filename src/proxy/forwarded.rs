//! What the app is told of the client: `X-Forwarded-*`, `Forwarded` (RFC 7239) and `Via` (RFC 9110 7.6.3).

use std::fmt::Write as _;
use std::net::IpAddr;

use hyper::header::{FORWARDED, HeaderName, HeaderValue, VIA};
use hyper::{HeaderMap, Version};

pub(super) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Hearth's name in `Via`.
const PSEUDONYM: &str = "hearth";
const VIA_HTTP_11: HeaderValue = HeaderValue::from_static("1.1 hearth");
const VIA_HTTP_10: HeaderValue = HeaderValue::from_static("1.0 hearth");
const HTTP: HeaderValue = HeaderValue::from_static("http");
const HTTPS: HeaderValue = HeaderValue::from_static("https");

/// What is said of one client; made once per connection, because it is the same for each of its requests.
#[derive(Debug)]
pub(super) struct ClientFields {
    address: HeaderValue,
    node: String,
    is_tls: bool,
    /// `Forwarded` for the host that was asked for last.
    forwarded: Option<(HeaderValue, HeaderValue)>,
}

/// Whether a client may tell these itself: only one of `server.trusted_proxies`.
pub(super) fn tells_of_the_client(name: &str) -> bool {
    matches!(
        name,
        "forwarded"
            | "x-real-ip"
            | "true-client-ip"
            | "cf-connecting-ip"
            | "fastly-client-ip"
            | "x-client-ip"
            | "x-cluster-client-ip"
    ) || name.starts_with("x-forwarded-")
}

impl ClientFields {
    pub(super) fn new(peer: IpAddr, is_tls: bool) -> Self {
        let address = peer.to_canonical();
        let text = address.to_string();
        // RFC 7239 6: an IPv6 address stands in brackets, and those in quotes.
        let node = if address.is_ipv6() { format!("\"[{text}]\"") } else { text.clone() };
        let address = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("unknown"));
        Self { address, node, is_tls, forwarded: None }
    }

    /// Sets the fields in a request from which untrusted ones were taken away; what is left is continued.
    pub(super) fn tell(&mut self, headers: &mut HeaderMap, host: &HeaderValue) {
        let chain = appended(headers, &X_FORWARDED_FOR, &self.address);
        headers.insert(X_FORWARDED_FOR, chain);
        let own = self.forwarded(host);
        let chain = appended(headers, &FORWARDED, &own);
        headers.insert(FORWARDED, chain);
        headers.entry(X_FORWARDED_HOST).or_insert_with(|| host.clone());
        headers.entry(X_FORWARDED_PROTO).or_insert(if self.is_tls { HTTPS } else { HTTP });
    }

    fn forwarded(&mut self, host: &HeaderValue) -> HeaderValue {
        if let Some((_, forwarded)) = self.forwarded.as_ref().filter(|(of, _)| of == host) {
            return forwarded.clone();
        }
        let mut text = format!("for={}", self.node);
        // Only what may stand in a quoted string without escapes; the guard lets no other host in.
        if let Ok(host) = host.to_str()
            && !host.contains(['"', '\\'])
        {
            let _ = write!(text, ";host=\"{host}\"");
        }
        text.push_str(if self.is_tls { ";proto=https" } else { ";proto=http" });
        let forwarded = HeaderValue::try_from(text).unwrap_or_else(|_| self.address.clone());
        self.forwarded = Some((host.clone(), forwarded.clone()));
        forwarded
    }
}

/// Adds Hearth to `Via`, as having received the message in `version`.
pub(super) fn add_via(headers: &mut HeaderMap, version: Version) {
    let own = if version == Version::HTTP_10 { VIA_HTTP_10 } else { VIA_HTTP_11 };
    headers.append(VIA, own);
}

/// Whether the request has been here before: an upstream that is this proxy, directly or by a detour.
pub(super) fn is_loop(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(VIA).into_iter().filter_map(|line| line.to_str().ok());
    let received_by = lines.flat_map(|line| line.split(',')).filter_map(|hop| hop.split_whitespace().nth(1));
    received_by.into_iter().any(|name| name.eq_ignore_ascii_case(PSEUDONYM))
}

/// The lines of a list field as one, with another member at the end.
fn appended(headers: &HeaderMap, name: &HeaderName, last: &HeaderValue) -> HeaderValue {
    let mut lines = headers.get_all(name).into_iter();
    let Some(first) = lines.next() else { return last.clone() };
    let mut chain = first.as_bytes().to_vec();
    for line in lines.chain([last]) {
        chain.extend_from_slice(b", ");
        chain.extend_from_slice(line.as_bytes());
    }
    HeaderValue::try_from(chain).unwrap_or_else(|_| last.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(peer: &str, before: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in before {
            headers.append(*name, HeaderValue::from_static(value));
        }
        ClientFields::new(peer.parse().unwrap(), false).tell(&mut headers, &HeaderValue::from_static("app.test:81"));
        let names = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded"];
        names.map(|name| headers.get(name).unwrap().to_str().unwrap().to_owned()).to_vec()
    }

    #[test]
    fn the_app_learns_who_asked_for_what_and_how() {
        let wanted = ["192.0.2.1", "app.test:81", "http", "for=192.0.2.1;host=\"app.test:81\";proto=http"];
        assert_eq!(told("192.0.2.1", &[]), wanted);
        assert_eq!(told("::ffff:192.0.2.1", &[]), wanted);
        let v6 = ["2001:db8::1", "app.test:81", "http", "for=\"[2001:db8::1]\";host=\"app.test:81\";proto=http"];
        assert_eq!(told("2001:db8::1", &[]), v6);
    }

    #[test]
    fn behind_our_own_tls_the_app_learns_that_it_was_https() {
        let mut headers = HeaderMap::new();
        ClientFields::new("192.0.2.1".parse().unwrap(), true).tell(&mut headers, &HeaderValue::from_static("app.test"));
        assert_eq!(headers["x-forwarded-proto"], "https");
        assert_eq!(headers["forwarded"], "for=192.0.2.1;host=\"app.test\";proto=https");
    }

    #[test]
    fn what_a_trusted_peer_said_is_continued() {
        let before = [
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-for", "10.0.0.2, 10.0.0.3"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "shop.test"),
            ("forwarded", "for=203.0.113.7"),
        ];
        let wanted = [
            "203.0.113.7, 10.0.0.2, 10.0.0.3, 10.0.0.1",
            "shop.test",
            "https",
            "for=203.0.113.7, for=10.0.0.1;host=\"app.test:81\";proto=http",
        ];
        assert_eq!(told("10.0.0.1", &before), wanted);
    }

    #[test]
    fn a_loop_is_a_hop_with_our_name_not_a_comment_or_another_name() {
        let is_loop_with = |value| is_loop(&HeaderMap::from_iter([(VIA, HeaderValue::from_static(value))]));
        assert!(is_loop_with("1.1 hearth"));
        assert!(is_loop_with("1.0 fred, HTTP/1.1 Hearth (x)"));
        assert!(!is_loop_with("1.1 hearth.example.org, 1.1 fred (hearth)"));
        assert!(!is_loop(&HeaderMap::new()));
    }
}
