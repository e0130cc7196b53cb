//! What is kept of a page's path: queries and fragments may hold tokens (heat-collector.md D13).

use std::borrow::Cow;

use crate::config::{PathQueryPolicy, Privacy};

/// Applies the owner's policy to paths.
#[derive(Debug, Clone)]
pub struct PagePaths {
    policy: PathQueryPolicy,
    allowed: Vec<String>,
}

impl PagePaths {
    #[must_use]
    pub fn new(privacy: &Privacy) -> Self {
        Self { policy: privacy.path_query, allowed: privacy.path_query_allow.clone() }
    }

    /// The part of `path` that is kept: all of it, what stands before `?` and `#`, or that and the
    /// parameters that are allowed.
    #[must_use]
    pub fn keep<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if self.policy == PathQueryPolicy::Keep {
            return Cow::Borrowed(path);
        }
        let without_fragment = path.split('#').next().unwrap_or_default();
        let (page, query) = without_fragment.split_once('?').unwrap_or((without_fragment, ""));
        if self.policy == PathQueryPolicy::Strip {
            return Cow::Borrowed(page);
        }
        let mut kept = String::new();
        for parameter in query.split('&') {
            let name = parameter.split('=').next().unwrap_or_default();
            if self.allowed.iter().any(|allowed| allowed == name) {
                kept.push(if kept.is_empty() { '?' } else { '&' });
                kept.push_str(parameter);
            }
        }
        if kept.is_empty() { Cow::Borrowed(page) } else { Cow::Owned(format!("{page}{kept}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_keeps_what_it_says() {
        let paths = |policy| PagePaths { policy, allowed: vec!["utm_source".to_owned(), "utm_term".to_owned()] };
        let path = "/a?token=s&utm_source=x&utm_term=y#secret";
        assert_eq!(paths(PathQueryPolicy::Keep).keep(path), path);
        assert_eq!(paths(PathQueryPolicy::Strip).keep(path), "/a");
        assert_eq!(paths(PathQueryPolicy::AllowList).keep(path), "/a?utm_source=x&utm_term=y");
        assert_eq!(paths(PathQueryPolicy::AllowList).keep("/a#b?utm_source=x"), "/a");
        assert_eq!(paths(PathQueryPolicy::AllowList).keep(""), "");
    }
}
