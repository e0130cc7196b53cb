//! Web origins: what a browser writes into `Origin`, and lists of those that may send (datalyr.md 10, U5).

use url::{Host, Url};

/// What a page without an origin of its own sends: one in a sandbox, or from a file.
const OPAQUE: &str = "null";

/// Where the subdomains stand in an entry such as `https://*.example.org`.
const ANY_SUBDOMAIN: &str = "://*.";

/// An entry of a list of origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginRule {
    /// Scheme, host and port as a browser writes them; of a rule for subdomains without the `*.`.
    origin: String,
    reach: Reach,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Itself,
    Subdomains,
}

impl OriginRule {
    /// Reads `https://example.org`, `https://*.example.org` or `null`; nothing if it is none of them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == OPAQUE {
            return Some(Self { origin: text.to_owned(), reach: Reach::Itself });
        }
        let Some((scheme, rest)) = text.split_once(ANY_SUBDOMAIN) else {
            // In the middle of a name it would stand for itself.
            if text.contains('*') {
                return None;
            }
            return Some(Self { origin: canonical(text)?, reach: Reach::Itself });
        };
        let origin = canonical(&format!("{scheme}://{rest}"))?;
        let domain = domain_of(&origin)?;
        // A whole top-level domain is nobody's.
        (domain.contains('.') || domain == "localhost").then_some(Self { origin, reach: Reach::Subdomains })
    }

    /// Whether it lets the page through that sent this `Origin`.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        if origin == OPAQUE || self.origin == OPAQUE {
            return origin == self.origin;
        }
        let Some(origin) = canonical(origin) else { return false };
        match self.reach {
            Reach::Itself => origin == self.origin,
            Reach::Subdomains => is_below(&origin, &self.origin).unwrap_or(false),
        }
    }
}

impl std::fmt::Display for OriginRule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.reach, self.origin.split_once("://")) {
            (Reach::Subdomains, Some((scheme, rest))) => write!(formatter, "{scheme}{ANY_SUBDOMAIN}{rest}"),
            _ => formatter.write_str(&self.origin),
        }
    }
}

/// Whether an origin is that of a subdomain, by the same scheme and on the same port.
fn is_below(origin: &str, parent: &str) -> Option<bool> {
    let (origin, parent) = (origin.parse::<Url>().ok()?, parent.parse::<Url>().ok()?);
    let same = origin.scheme() == parent.scheme() && origin.port_or_known_default() == parent.port_or_known_default();
    let (Host::Domain(domain), Host::Domain(parent)) = (origin.host()?, parent.host()?) else { return None };
    let subdomain = domain.strip_suffix(parent)?.strip_suffix('.')?;
    Some(same && !subdomain.is_empty())
}

fn domain_of(origin: &str) -> Option<String> {
    match origin.parse::<Url>().ok()?.host()? {
        Host::Domain(domain) => Some(domain.to_owned()),
        _ => None,
    }
}

/// The origin as a browser would write it: lower case, without a default port; nothing if the text is no origin.
///
/// Schemes of app shells (`capacitor://localhost`) are kept as written, since the URL standard gives them no origin.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    // The parser of URLs takes these out, and would find an origin where none was written.
    if text.chars().any(|character| character.is_control() || character.is_whitespace()) {
        return None;
    }
    let url = text.parse::<Url>().ok()?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !bare || url.username() != "" || url.password().is_some() || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if url.origin().is_tuple() {
        return Some(url.origin().ascii_serialization());
    }
    Some(text.trim_end_matches('/').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn rule(text: &str) -> OriginRule {
        OriginRule::parse(text).unwrap()
    }

    #[test]
    fn scheme_host_and_port_must_be_equal() {
        let shop = rule("HTTPS://Shop.Example:443/");
        assert_eq!(shop.to_string(), "https://shop.example");
        for origin in ["https://shop.example", "https://SHOP.example", "https://shop.example:443"] {
            assert!(shop.allows(origin), "{origin}");
        }
        for origin in [
            "http://shop.example",
            "https://shop.example:8443",
            "https://www.shop.example",
            "https://shop.example.evil.test",
            "https://evilshop.example",
            "https://shop.example@evil.test",
            "https://shop.example/path",
            "https://shop.exa\tmple",
            "null",
            "",
        ] {
            assert!(!shop.allows(origin), "{origin}");
        }
    }

    #[test]
    fn a_star_is_every_subdomain_and_not_the_domain_itself() {
        let all = rule("https://*.Example.org:8443");
        assert_eq!(all.to_string(), "https://*.example.org:8443");
        assert!(all.allows("https://a.example.org:8443") && all.allows("https://a.b.example.org:8443"));
        for origin in [
            "https://example.org:8443",
            "https://.example.org:8443",
            "https://evilexample.org:8443",
            "https://a.example.org",
            "http://a.example.org:8443",
            "https://a.example.org.evil.test:8443",
        ] {
            assert!(!all.allows(origin), "{origin}");
        }
        assert!(rule("http://*.localhost:3000").allows("http://shop.localhost:3000"));
    }

    #[test]
    fn pages_without_an_origin_must_be_listed() {
        assert!(rule("null").allows("null") && !rule("null").allows("https://shop.example"));
        assert!(!rule("null").allows("NULL"));
        assert!(rule("capacitor://localhost").allows("capacitor://localhost"));
    }

    #[test]
    fn what_is_no_origin_is_no_rule() {
        for text in ["", "*", "shop.example", "*.example.org", "https://", "https://*.org", "https://*.127.0.0.1"] {
            assert_eq!(OriginRule::parse(text), None, "{text}");
        }
        for text in ["https://a.*.example.org", "https://shop.example/x", "https://u:p@shop.example", "https://a b"] {
            assert_eq!(OriginRule::parse(text), None, "{text}");
        }
    }
}
