//! Which pages may open a live connection, read with a cookie, and send forms: our own, and nobody's.
//!
//! Browsers let any page open a websocket anywhere and send what credentials they have (RFC 6455 section 10.2), and send
//! any form anywhere.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName};
use url::Url;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What `Origin` may say.
#[derive(Debug, Clone)]
pub struct OwnOrigin {
    /// The origin of `server.public_url`; absent: that of the address the request was sent to.
    public: Option<String>,
}

impl OwnOrigin {
    #[must_use]
    pub fn new(public_url: Option<&Url>) -> Self {
        Self { public: public_url.map(|url| url.origin().ascii_serialization()) }
    }

    /// Whether the request comes from a page of ours, or from no page: programs send no `Origin`.
    #[must_use]
    pub fn allows(&self, request: &HttpRequest) -> bool {
        let mut origins = request.headers().get_all(header::ORIGIN);
        let Some(origin) = origins.next() else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        origins.next().is_none() && self.is_own(origin, host)
    }

    /// The same for somebody who shows a cookie, which only browsers do: a websocket's `Origin` must be there.
    #[must_use]
    pub fn allows_with_cookie(&self, request: &HttpRequest) -> bool {
        request.headers().contains_key(header::ORIGIN) && self.allows(request)
    }

    /// Whether what a browser says of where a request comes from speaks for a page of ours, or for somebody who typed
    /// the address (Fetch Metadata section 2.3; older browsers say nothing of it, but send `Origin` with forms).
    #[must_use]
    pub fn is_same_origin(&self, request: &HttpRequest) -> bool {
        let mut sites = request.headers().get_all(SEC_FETCH_SITE);
        let is_own_site = match (sites.next(), sites.next()) {
            (None, _) => true,
            (Some(site), None) => site == "same-origin" || site == "none",
            (Some(_), Some(_)) => false,
        };
        is_own_site && self.allows(request)
    }

    fn is_own(&self, origin: &str, host: Option<&str>) -> bool {
        if let Some(public) = &self.public {
            return origin == public;
        }
        // Either scheme: a TLS proxy in front leaves no trace of itself.
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        authority.zip(host).is_some_and(|(authority, host)| !host.is_empty() && authority.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn allows(public_url: Option<&str>, host: &str, origins: &[&str]) -> bool {
        let mut request = TestRequest::get().insert_header((header::HOST, host));
        for origin in origins {
            request = request.append_header((header::ORIGIN, *origin));
        }
        let url = public_url.map(|url| url.parse().unwrap());
        OwnOrigin::new(url.as_ref()).allows(&request.to_http_request())
    }

    #[test]
    fn without_a_public_url_the_host_decides() {
        assert!(allows(None, "127.0.0.1:8080", &[]));
        for origin in ["http://127.0.0.1:8080", "https://127.0.0.1:8080"] {
            assert!(allows(None, "127.0.0.1:8080", &[origin]), "{origin}");
        }
        assert!(allows(None, "Stats.Example.org", &["https://stats.example.org"]));
        for origin in [
            "null",
            "",
            "http://",
            "http://127.0.0.1",
            "http://127.0.0.1:8081",
            "http://127.0.0.1:8080.evil.test",
            "http://evil.test#127.0.0.1:8080",
            "http://localhost:8080",
            "ftp://127.0.0.1:8080",
            "http://127.0.0.1:8080/",
        ] {
            assert!(!allows(None, "127.0.0.1:8080", &[origin]), "{origin}");
        }
        assert!(!allows(None, "", &["http://"]));
        assert!(!allows(None, "a.test", &["http://a.test", "http://a.test"]), "one is enough");
    }

    #[test]
    fn what_the_browser_says_of_the_site_counts_too() {
        let is_own = |headers: &[(&'static str, &str)]| {
            let mut request = TestRequest::post().insert_header((header::HOST, "a.test"));
            for (name, value) in headers {
                request = request.append_header((*name, *value));
            }
            let request = request.to_http_request();
            (OwnOrigin::new(None).is_same_origin(&request), OwnOrigin::new(None).allows_with_cookie(&request))
        };
        assert_eq!(is_own(&[]), (true, false));
        assert_eq!(is_own(&[("sec-fetch-site", "same-origin"), ("origin", "http://a.test")]), (true, true));
        assert!(is_own(&[("sec-fetch-site", "none")]).0);
        for site in ["cross-site", "same-site", "", "Same-Origin"] {
            assert!(!is_own(&[("sec-fetch-site", site)]).0, "{site}");
        }
        assert!(!is_own(&[("sec-fetch-site", "same-origin"), ("origin", "http://b.test")]).0);
        assert!(!is_own(&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none")]).0);
    }

    #[test]
    fn with_a_public_url_nothing_else_counts() {
        let public = Some("https://stats.example.org/hearth/");
        assert!(allows(public, "10.0.0.1:8080", &["https://stats.example.org"]));
        assert!(allows(public, "10.0.0.1:8080", &[]));
        for origin in ["http://10.0.0.1:8080", "http://stats.example.org", "https://stats.example.org:8443", "null"] {
            assert!(!allows(public, "10.0.0.1:8080", &[origin]), "{origin}");
        }
    }
}
