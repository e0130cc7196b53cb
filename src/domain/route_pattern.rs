//! Routes that the owner knows: `/media/file/:storedName`, `/shop/:category/*rest` (traffic.md 2, pattern 1).

use std::collections::HashMap;

/// Longest pattern, in bytes.
const MAX_BYTES: usize = 256;

/// Most segments of a pattern.
const MAX_SEGMENTS: usize = 32;

/// A set of patterns in which the most specific one that matches a path is found.
///
/// More specific is, segment by segment from the left: a literal, then `:name` (one segment that is not empty), then
/// `*rest` (all that is left, at least one byte). A slash at the end counts neither in a pattern nor in a path, as in
/// Express.
#[derive(Debug, Clone)]
pub struct RoutePatterns<T> {
    root: Node<T>,
}

#[derive(Debug, Clone)]
struct Node<T> {
    literals: HashMap<Box<str>, Node<T>>,
    parameter: Option<Box<Node<T>>>,
    rest: Option<T>,
    end: Option<T>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { literals: HashMap::new(), parameter: None, rest: None, end: None }
    }
}

impl<T> Default for RoutePatterns<T> {
    fn default() -> Self {
        Self { root: Node::default() }
    }
}

impl<T> RoutePatterns<T> {
    /// Adds a pattern, which stands for `value`.
    ///
    /// # Errors
    /// What is wrong with `pattern`, for whoever wrote it.
    pub fn insert(&mut self, pattern: &str, value: T) -> Result<(), String> {
        if pattern.len() > MAX_BYTES {
            return Err(format!("must not be longer than {MAX_BYTES} bytes"));
        }
        if pattern.contains(|letter: char| letter.is_control() || letter.is_whitespace() || letter == '?') {
            return Err("must be a path without a query and without spaces".to_owned());
        }
        let segments = without_slashes(pattern).ok_or("must begin with /")?;
        if segments.split('/').count() > MAX_SEGMENTS {
            return Err(format!("must not have more than {MAX_SEGMENTS} segments"));
        }
        let mut node = &mut self.root;
        let mut segments = segments.split('/').peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            if let Some(name) = segment.strip_prefix('*') {
                if !is_last || name.contains(['*', ':']) {
                    return Err("may have * only at the beginning of its last segment".to_owned());
                }
                return set(&mut node.rest, value);
            }
            node = match segment.strip_prefix(':') {
                Some("") => return Err("has a : without a name".to_owned()),
                Some(_) => node.parameter.get_or_insert_default(),
                None => node.literals.entry(segment.into()).or_default(),
            };
        }
        set(&mut node.end, value)
    }

    /// What stands for the most specific pattern that matches `path`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&T> {
        self.root.find(Some(without_slashes(path)?))
    }
}

/// A path without its first and its last slash; nothing if it does not begin with one.
fn without_slashes(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    Some(path.strip_suffix('/').unwrap_or(path))
}

fn set<T>(place: &mut Option<T>, value: T) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("means the same paths as another pattern".to_owned()),
    }
}

impl<T> Node<T> {
    /// Finds the rest of a path; nothing is left of it after its last segment.
    ///
    /// Steps back when a more specific way ends nowhere; each node is looked at once at most, so that no path costs
    /// more than the set is large.
    fn find(&self, path: Option<&str>) -> Option<&T> {
        let Some(path) = path else { return self.end.as_ref() };
        let (segment, after) = match path.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (path, None),
        };
        let literal = || self.literals.get(segment)?.find(after);
        let parameter = || self.parameter.as_ref().filter(|_| !segment.is_empty())?.find(after);
        let rest = || self.rest.as_ref().filter(|_| !path.is_empty());
        literal().or_else(parameter).or_else(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&'static str]) -> RoutePatterns<&'static str> {
        let mut patterns = RoutePatterns::default();
        for text in texts {
            patterns.insert(text, *text).unwrap();
        }
        patterns
    }

    #[test]
    fn the_most_specific_pattern_counts_whatever_their_order() {
        let mut texts =
            ["/users/:id", "/users/me", "/users/:id/posts", "/users/*rest", "/:page", "/*rest", "/", "/shop/:a/*rest"];
        for _ in 0..texts.len() {
            texts.rotate_left(1);
            let patterns = patterns(&texts);
            for (path, expected) in [
                ("/", "/"),
                ("/about", "/:page"),
                ("/users/me", "/users/me"),
                ("/users/42", "/users/:id"),
                ("/users/42/", "/users/:id"),
                ("/users/me/posts", "/users/:id/posts"),
                ("/users/42/likes", "/users/*rest"),
                ("/shop/shoes/red/1", "/shop/:a/*rest"),
                ("/shop/shoes", "/*rest"),
                ("/a/b/c", "/*rest"),
            ] {
                assert_eq!(patterns.find(path), Some(&expected), "{path}");
            }
        }
    }

    #[test]
    fn a_parameter_is_one_segment_and_not_an_empty_one() {
        let patterns = patterns(&["/media/file/:storedName", "/a/:x/b"]);
        assert_eq!(patterns.find("/media/file/1772884983691_low.jpeg"), Some(&"/media/file/:storedName"));
        assert_eq!(patterns.find("/media/file/a/"), Some(&"/media/file/:storedName"));
        for path in ["/media/file", "/media/file/", "/media/file/a/b", "/a//b", "media/file/x", "", "*"] {
            assert_eq!(patterns.find(path), None, "{path}");
        }
    }

    #[test]
    fn a_way_that_ends_nowhere_is_left() {
        let patterns = patterns(&["/a/b/c", "/a/:x/d", "/:y/b/e"]);
        assert_eq!(patterns.find("/a/b/d"), Some(&"/a/:x/d"));
        assert_eq!(patterns.find("/a/b/e"), Some(&"/:y/b/e"));
        assert_eq!(patterns.find("/a/b/f"), None);
    }

    #[test]
    fn what_cannot_be_a_pattern_is_told() {
        let long = format!("/{}", "x".repeat(MAX_BYTES));
        for text in ["", "users/:id", "/:", "/*rest/x", "/*a*", "/a b", "/a?b=1", &long, &"/x".repeat(33)] {
            assert!(RoutePatterns::default().insert(text, ()).is_err(), "{text}");
        }
        let mut patterns = patterns(&["/users/:id"]);
        assert!(patterns.insert("/users/:name", "").is_err());
        assert!(patterns.insert("/users/:id/", "").is_err());
    }

    #[test]
    fn a_path_made_for_stepping_back_costs_no_more_than_the_set() {
        let mut patterns = RoutePatterns::default();
        for shape in 0..1_u32 << 10 {
            let segment = |bit: u32| if shape >> bit & 1 == 0 { "/a" } else { "/:x" };
            patterns.insert(&(0..10).map(segment).collect::<String>(), shape).unwrap();
        }
        assert_eq!(patterns.find(&"/a".repeat(10)), Some(&0));
        assert_eq!(patterns.find(&"/a".repeat(11)), None);
    }
}
