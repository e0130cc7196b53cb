//! The dashboard's cookies, and whether a request came over https.
//!
//! `SameSite=Lax`, not `Strict`: a share link, a set-up link or a page of the dashboard is opened from mails and chats, and
//! with `Strict` the browser would not send, after such a click, the cookie that is there or was set a redirect before. Lax
//! costs nothing here: what changes something is sent by `POST`, needs the form token and an `Origin` of ours, and
//! websockets need that `Origin`, too.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use url::Url;

use crate::identity::client_address::TrustedProxies;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Longer values are none of ours.
const MAX_VALUE_BYTES: usize = 256;

/// The cookies that open something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieKind {
    /// The session of an account.
    Session,
    /// A share link that was opened.
    Share,
    /// A sign-in that waits for its second factor.
    Pending,
}

/// Knows how cookies are to be set for a request.
#[derive(Debug, Clone)]
pub struct Cookies {
    /// Whether `server.public_url` is https; absent: the owner did not say.
    is_public_https: Option<bool>,
    proxies: TrustedProxies,
    /// Whether our own listener speaks HTTPS.
    is_tls: bool,
}

impl CookieKind {
    /// The prefix makes browsers refuse the cookie from other hosts, and over http (RFC 6265bis 4.1.3.2).
    fn name(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Session, true) => "__Host-hearth",
            (Self::Session, false) => "hearth",
            (Self::Share, true) => "__Host-hearth-share",
            (Self::Share, false) => "hearth_share",
            (Self::Pending, true) => "__Host-hearth-pending",
            (Self::Pending, false) => "hearth_pending",
        }
    }
}

impl Cookies {
    #[must_use]
    pub fn new(public_url: Option<&Url>, proxies: TrustedProxies, is_tls: bool) -> Self {
        Self { is_public_https: public_url.map(|url| url.scheme() == "https"), proxies, is_tls }
    }

    /// Whether the browser's request came over https: to our own listener, or as the owner says, else as a trusted proxy
    /// does.
    #[must_use]
    pub fn is_https(&self, request: &HttpRequest) -> bool {
        self.is_tls
            || self.is_public_https.unwrap_or_else(|| {
                let is_trusted = request.peer_addr().is_some_and(|peer| self.proxies.trusts(peer.ip()));
                is_trusted && request.headers().get(X_FORWARDED_PROTO).is_some_and(|scheme| scheme == "https")
            })
    }

    /// The value of a cookie. None if there are two of that name: one of them is somebody else's.
    #[must_use]
    pub fn read(&self, request: &HttpRequest, kind: CookieKind) -> Option<String> {
        let name = kind.name(self.is_https(request));
        let mut values = request
            .headers()
            .get_all(header::COOKIE)
            .filter_map(|field| field.to_str().ok())
            .flat_map(|field| field.split(';'))
            .filter_map(|pair| pair.split_once('=').filter(|(found, _)| found.trim() == name))
            .map(|(_, value)| value.trim());
        let value = values.next()?;
        (values.next().is_none() && !value.is_empty() && value.len() <= MAX_VALUE_BYTES).then(|| value.to_owned())
    }

    /// The field that sets a cookie for `max_age_s` seconds; 0 takes it away.
    #[must_use]
    pub fn set(&self, request: &HttpRequest, kind: CookieKind, value: &str, max_age_s: i64) -> HeaderValue {
        let is_https = self.is_https(request);
        let (name, secure) = (kind.name(is_https), if is_https { "; Secure" } else { "" });
        let field = format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&field).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn cookies(public_url: Option<&str>) -> Cookies {
        let proxies = TrustedProxies::new(&["10.0.0.0/8".parse().unwrap()]);
        Cookies::new(public_url.map(|url| url.parse().unwrap()).as_ref(), proxies, false)
    }

    fn request(peer: &str, fields: &[(&'static str, &str)]) -> HttpRequest {
        let mut request = TestRequest::get().peer_addr(peer.parse().unwrap());
        for field in fields {
            request = request.append_header(*field);
        }
        request.to_http_request()
    }

    #[test]
    fn https_has_a_cookie_that_is_bound_to_the_host() {
        let plain = request("192.0.2.1:1", &[]);
        let set = cookies(Some("https://a.test")).set(&plain, CookieKind::Session, "x", 60);
        assert_eq!(set, "__Host-hearth=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        let set = cookies(None).set(&plain, CookieKind::Session, "x", 60);
        assert_eq!(set, "hearth=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn only_a_trusted_proxy_may_say_https() {
        let forwarded = [("x-forwarded-proto", "https")];
        assert!(cookies(None).is_https(&request("10.0.0.1:1", &forwarded)));
        assert!(!cookies(None).is_https(&request("192.0.2.1:1", &forwarded)));
        assert!(!cookies(Some("http://a.test")).is_https(&request("10.0.0.1:1", &forwarded)));
        let own = Cookies::new(None, TrustedProxies::new(&[]), true);
        assert!(own.is_https(&request("192.0.2.1:1", &[])), "our own listener speaks it");
    }

    #[test]
    fn a_cookie_that_is_there_twice_is_none() {
        let read =
            |fields: &[(&'static str, &str)]| cookies(None).read(&request("192.0.2.1:1", fields), CookieKind::Session);
        assert_eq!(read(&[("cookie", "a=b; hearth=x; hearth_share=y")]).as_deref(), Some("x"));
        assert_eq!(read(&[("cookie", "hearth=x; hearth=x")]), None);
        assert_eq!(read(&[("cookie", "hearth=x"), ("cookie", "hearth=y")]), None);
        assert_eq!(read(&[("cookie", "__Host-hearth=x")]), None);
        assert_eq!(read(&[("cookie", "hearth=")]), None);
        assert_eq!(read(&[("cookie", &format!("hearth={}", "x".repeat(257)))]), None);
    }
}
