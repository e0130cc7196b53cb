//! The query of a URL: names stay, values only of parameters that the owner named.

use std::collections::HashSet;

use super::REDACTED;
use super::secret::is_secret;

/// The parameters whose values are kept (`traffic.query_allow`).
#[derive(Debug)]
pub(super) struct AllowedNames {
    exact: HashSet<Box<str>>,
    /// What stood before a `*`.
    beginnings: Vec<Box<str>>,
}

impl AllowedNames {
    pub(super) fn new(names: &[String]) -> Self {
        let beginnings = names.iter().filter_map(|name| name.strip_suffix('*')).map(Into::into).collect();
        let exact = names.iter().filter(|name| !name.ends_with('*')).map(|name| name.as_str().into()).collect();
        Self { exact, beginnings }
    }

    /// Appends `query` to `out`. A name that looks like a secret itself is none that a program gave.
    ///
    /// `;` separates as `&` does, as old forms wrote it: otherwise `page=1;token=x` would be the value of `page`.
    pub(super) fn redact(&self, query: &str, out: &mut String) {
        for piece in query.split_inclusive(['&', ';']) {
            let (pair, separator) = match piece.strip_suffix(['&', ';']) {
                Some(pair) => (pair, piece.get(pair.len()..).unwrap_or_default()),
                None => (piece, ""),
            };
            match pair.split_once('=') {
                Some((name, value)) => {
                    out.push_str(if is_secret(name) { REDACTED } else { name });
                    out.push('=');
                    out.push_str(if value.is_empty() || self.allow(name) { value } else { REDACTED });
                }
                None => out.push_str(if is_secret(pair) { REDACTED } else { pair }),
            }
            out.push_str(separator);
        }
    }

    fn allow(&self, name: &str) -> bool {
        self.exact.contains(name) || self.beginnings.iter().any(|beginning| name.starts_with(&**beginning))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_only_of_named_parameters() {
        let names = AllowedNames::new(&["utm_*".to_owned(), "page".to_owned()]);
        for (query, expected) in [
            ("", ""),
            ("page=2&utm_source=mail&q=x", "page=2&utm_source=mail&q=REDACTED"),
            ("page=1;token=x", "page=1;token=REDACTED"),
            ("a=1&a=2", "a=REDACTED&a=REDACTED"),
            ("a=b=c", "a=REDACTED"),
            ("a=&b&=c&", "a=&b&=REDACTED&"),
            ("Page=2&pages=2&utm=1", "Page=REDACTED&pages=REDACTED&utm=REDACTED"),
            ("%70age=2", "%70age=REDACTED"),
            ("ann@example.org", "REDACTED"),
            ("ann@example.org=1&x", "REDACTED=REDACTED&x"),
            ("a[b]=1&c=%00", "a[b]=REDACTED&c=REDACTED"),
        ] {
            let mut out = String::new();
            names.redact(query, &mut out);
            assert_eq!(out, expected, "{query}");
        }
    }
}
