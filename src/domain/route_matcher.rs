//! Which requests a line of `include_routes`, `ignore_routes` or `slow_thresholds` means (traffic.md 2).

use regex::{Regex, RegexBuilder};

/// Longest text of a matcher, in bytes.
const MAX_BYTES: usize = 1024;

/// Largest compiled expression, in bytes.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// The three texts by which a request can be meant; it is enough that one of them matches.
#[derive(Debug, Clone, Copy)]
pub struct RouteForms<'a> {
    /// `/media/file/:storedName`
    pub pattern: &'a str,
    /// `/media/file/1772884983691.jpeg`
    pub path: &'a str,
    /// `/media/file/1772884983691.jpeg?download=1`
    pub url: &'a str,
}

/// An exact text (`/health`), a prefix (`/api/*`) or a regular expression (`^/v[0-9]+/`).
#[derive(Debug, Clone)]
pub struct RouteMatcher(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Exact(Box<str>),
    /// What stands before `/*`; also matches without any rest.
    Below(Box<str>),
    /// What stands before a `*` that follows no slash.
    Prefix(Box<str>),
    Regex(Regex),
}

impl RouteMatcher {
    /// Reads a matcher as the configuration names it.
    ///
    /// # Errors
    /// What is wrong with `text`, for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("must not be longer than {MAX_BYTES} bytes"));
        }
        if text.starts_with('^') {
            let regex = RegexBuilder::new(text).size_limit(MAX_REGEX_BYTES).build();
            return regex.map(|regex| Self(Kind::Regex(regex))).map_err(|error| error.to_string());
        }
        if !text.starts_with(['/', '(']) && text != "*" {
            return Err("must begin with / (a path) or with ^ (a regular expression)".to_owned());
        }
        let kind = match text.strip_suffix('*') {
            // Two names of the bound (`intake::traffic::routes`), and the target of `OPTIONS *`.
            _ if text == "*" || text.starts_with('(') => Kind::Exact(text.into()),
            Some(prefix) if prefix.contains('*') => return Err("may have one * and only at its end".to_owned()),
            Some(prefix) => match prefix.strip_suffix('/') {
                Some(parent) => Kind::Below(parent.into()),
                None => Kind::Prefix(prefix.into()),
            },
            None => Kind::Exact(text.into()),
        };
        Ok(Self(kind))
    }

    /// Whether a request with these forms is meant.
    #[must_use]
    pub fn matches(&self, forms: RouteForms<'_>) -> bool {
        [forms.pattern, forms.path, forms.url].into_iter().any(|form| self.matches_one(form))
    }

    fn matches_one(&self, form: &str) -> bool {
        match &self.0 {
            Kind::Exact(text) => form == &**text,
            Kind::Below(parent) => {
                form.strip_prefix(&**parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Kind::Prefix(prefix) => form.starts_with(&**prefix),
            Kind::Regex(regex) => regex.is_match(form),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: RouteForms<'_> = RouteForms {
        pattern: "/media/file/:storedName",
        path: "/media/file/1772884983691_497047272_image11_low.jpeg",
        url: "/media/file/1772884983691_497047272_image11_low.jpeg?download=1",
    };

    fn matches(matcher: &str, forms: RouteForms<'_>) -> bool {
        RouteMatcher::parse(matcher).unwrap().matches(forms)
    }

    /// "Important Matching Rule" of the original's README: any of the three forms.
    #[test]
    fn each_of_the_three_forms_can_match() {
        for (matcher, expected) in [
            ("/media/file/*", true),
            ("/media/*", true),
            ("/*", true),
            ("/media/file/:storedName", true),
            (FILE.path, true),
            (FILE.url, true),
            ("^/media/file/[0-9_]+image", true),
            ("^.*[?&]download=1", true),
            ("^/media/file/:storedName$", true),
            ("/media/fil*", true),
            ("/media/file", false),
            ("/media/file/", false),
            ("/file/*", false),
            ("/Media/*", false),
            ("^/file", false),
            ("^/media$", false),
        ] {
            assert_eq!(matches(matcher, FILE), expected, "{matcher}");
        }
    }

    #[test]
    fn a_prefix_means_whole_segments_and_its_parent() {
        let path = |path| RouteForms { pattern: path, path, url: path };
        for (seen, expected) in [("/api", true), ("/api/", true), ("/api/x/y", true), ("/apix", false), ("/", false)] {
            assert_eq!(matches("/api/*", path(seen)), expected, "{seen}");
        }
        assert!(matches("/health", path("/health")));
        assert!(!matches("/health", path("/health/")));
        assert!(!matches("/health", path("/healthz")));
        assert!(matches("/api*", path("/apix")));
    }

    #[test]
    fn an_expression_looks_at_the_query_too_but_is_anchored() {
        let forms = RouteForms { pattern: "/search", path: "/search", url: "/search?q=^/v1/" };
        assert!(!matches("^/v1/", forms));
        assert!(matches("^/search\\?q=", forms));
    }

    #[test]
    fn what_can_never_match_is_told() {
        let long = format!("/{}", "x".repeat(MAX_BYTES));
        for text in ["", "api", "api/*", "*x", "**", "/a/*/b*", "^(", "^(?:a{1000}){1000}", &long] {
            assert!(RouteMatcher::parse(text).is_err(), "{text}");
        }
        // In the middle it is a letter like any other, though an unusual one.
        assert!(matches("/a/*/b", RouteForms { pattern: "/", path: "/a/*/b", url: "/a/*/b" }));
    }
}
