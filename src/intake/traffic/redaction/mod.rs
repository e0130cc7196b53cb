//! What of a URL may reach the disk: `traffic.query`.
//!
//! Redaction comes last: filters look at what was sent (traffic.md 2), and nothing that was sent is kept beside this.

mod query;
pub(super) mod secret;

use std::borrow::Cow;

use url::Url;

use self::query::AllowedNames;
use self::secret::is_secret;
use super::texts::cut;
use crate::config::QueryPolicy;

/// Longest URL that is kept, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// Longest referrer that is kept, in bytes.
const MAX_REFERRER_BYTES: usize = 1024;

/// What stands where a value was.
const REDACTED: &str = "REDACTED";

/// One policy for all URLs of an installation.
#[derive(Debug)]
pub(super) struct Redaction {
    policy: QueryPolicy,
    allowed: AllowedNames,
}

impl Redaction {
    pub(super) fn new(policy: QueryPolicy, query_allow: &[String]) -> Self {
        Self { policy, allowed: AllowedNames::new(query_allow) }
    }

    /// Path and query as far as they may be kept.
    pub(super) fn url(&self, path: &str, query: Option<&str>) -> Box<str> {
        let mut url = self.path(path).into_owned();
        match (self.policy, query) {
            (QueryPolicy::Strip, _) | (_, None) => {}
            (QueryPolicy::Keep, Some(query)) => {
                url.push('?');
                url.push_str(query);
            }
            (QueryPolicy::Redact, Some(query)) => {
                url.push('?');
                self.allowed.redact(query, &mut url);
            }
        }
        cut(&url, MAX_URL_BYTES).into()
    }

    /// A path with `REDACTED` in place of e-mail addresses, tokens and matrix parameters (`;jsessionid=...`).
    pub(super) fn path<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if self.policy == QueryPolicy::Keep || path.split('/').all(|segment| redacted_segment(segment).is_none()) {
            return Cow::Borrowed(cut(path, MAX_URL_BYTES));
        }
        let segments: Vec<_> =
            path.split('/').map(|segment| redacted_segment(segment).unwrap_or(Cow::Borrowed(segment))).collect();
        Cow::Owned(cut(&segments.join("/"), MAX_URL_BYTES).to_owned())
    }

    /// Origin and path of a `Referer`; nothing if it has no host.
    pub(super) fn referrer(&self, header: &str) -> Option<Box<str>> {
        let url = Url::parse(header).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let referrer = format!("{}://{host}{port}{}", url.scheme(), self.path(url.path()));
        Some(cut(&referrer, MAX_REFERRER_BYTES).into())
    }
}

/// A segment that must not be kept as it is, in the form in which it may be.
fn redacted_segment(segment: &str) -> Option<Cow<'static, str>> {
    if is_secret(segment) {
        return Some(Cow::Borrowed(REDACTED));
    }
    let (name, parameters) = segment.split_once(';')?;
    let mut redacted = if is_secret(name) { REDACTED.to_owned() } else { name.to_owned() };
    for parameter in parameters.split(';') {
        redacted.push(';');
        match parameter.split_once('=') {
            Some((name, _)) if !is_secret(name) => {
                redacted.push_str(name);
                redacted.push('=');
                redacted.push_str(REDACTED);
            }
            None if !is_secret(parameter) => redacted.push_str(parameter),
            _ => redacted.push_str(REDACTED),
        }
    }
    Some(Cow::Owned(redacted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redaction(policy: QueryPolicy) -> Redaction {
        Redaction::new(policy, &["utm_*".to_owned(), "page".to_owned()])
    }

    fn url(policy: QueryPolicy, target: &str) -> String {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        redaction(policy).url(path, query).into()
    }

    #[test]
    fn each_policy_keeps_what_it_says() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
        for (target, redacted, stripped) in [
            ("/", "/", "/"),
            ("/a?page=2&token=x", "/a?page=2&token=REDACTED", "/a"),
            ("/a?", "/a?", "/a"),
            (&format!("/reset/{token}?b=1"), "/reset/REDACTED?b=REDACTED", "/reset/REDACTED"),
            ("/u/ann%40example.org/x", "/u/REDACTED/x", "/u/REDACTED/x"),
            ("/a;jsessionid=0AF3;v/b", "/a;jsessionid=REDACTED;v/b", "/a;jsessionid=REDACTED;v/b"),
            ("/users/42//x/", "/users/42//x/", "/users/42//x/"),
        ] {
            assert_eq!(url(QueryPolicy::Redact, target), redacted);
            assert_eq!(url(QueryPolicy::Strip, target), stripped);
            assert_eq!(url(QueryPolicy::Keep, target), target);
        }
    }

    #[test]
    fn a_url_is_cut_between_characters() {
        let target = format!("/{}", "é".repeat(2000));
        for policy in [QueryPolicy::Redact, QueryPolicy::Keep] {
            let kept = url(policy, &target);
            assert!(target.starts_with(&kept) && (2046..=2048).contains(&kept.len()));
        }
        // Redacting makes it longer than what was sent.
        let many = format!("/a?{}", "a=&b=1&".repeat(1000));
        assert!(url(QueryPolicy::Redact, &many).len() <= 2048);
    }

    #[test]
    fn a_referrer_loses_query_fragment_and_user() {
        for (header, kept) in [
            ("https://example.org", Some("https://example.org/")),
            ("https://Example.org:8443/a/b?q=1#f", Some("https://example.org:8443/a/b")),
            ("https://ann:pw@example.org/x", Some("https://example.org/x")),
            ("https://example.org/reset/ann@example.org", Some("https://example.org/reset/REDACTED")),
            ("android-app://com.example/x?y", Some("android-app://com.example/x")),
            ("about:blank", None),
            ("/a/b", None),
            ("data:text/html,secret", None),
            ("", None),
        ] {
            assert_eq!(redaction(QueryPolicy::Redact).referrer(header).as_deref(), kept, "{header}");
        }
        let long = format!("https://example.org/{}", "x".repeat(5000));
        assert_eq!(redaction(QueryPolicy::Redact).referrer(&long).unwrap().len(), 1024);
    }
}
