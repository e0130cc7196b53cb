//! Which pages may open a live connection: our own, and nobody's.
//!
//! Browsers let any page open a websocket anywhere and send what credentials they have (RFC 6455 section 10.2).

use actix_web::HttpRequest;
use actix_web::http::header;
use url::Url;

/// What `Origin` may say.
#[derive(Debug, Clone)]
pub struct OriginRule {
    /// The origin of `server.public_url`; absent: that of the address the request was sent to.
    public: Option<String>,
}

impl OriginRule {
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
        OriginRule::new(url.as_ref()).allows(&request.to_http_request())
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
    fn with_a_public_url_nothing_else_counts() {
        let public = Some("https://stats.example.org/hearth/");
        assert!(allows(public, "10.0.0.1:8080", &["https://stats.example.org"]));
        assert!(allows(public, "10.0.0.1:8080", &[]));
        for origin in ["http://10.0.0.1:8080", "http://stats.example.org", "https://stats.example.org:8443", "null"] {
            assert!(!allows(public, "10.0.0.1:8080", &[origin]), "{origin}");
        }
    }
}
