//! Which route a request belongs to (traffic.md 2, pattern).
//!
//! In this order: a pattern of the configuration, the name that the app told, what was learned from other paths, the
//! path itself. Clients choose paths, so everything here stops growing: there are at most `traffic.max_routes` names,
//! what comes beyond is `(other)`, and paths that the app does not know teach nothing and get a few names only, then
//! `(not found)`. Each request has exactly one route, so sums over routes stay exact.

mod crowd;
mod names;
mod segment;
mod trie;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use self::names::Names;
use self::segment::Segment;
use self::trie::Trie;
use crate::config::{RouteValue, Traffic};
use crate::domain::id::ProjectId;
use crate::domain::route_pattern::RoutePatterns;

/// Names that paths may get which the app does not know.
const MAX_UNKNOWN: usize = 100;

/// Longest route that an app may tell, in bytes.
const MAX_TOLD_BYTES: usize = 256;

/// What is known of a request whose route is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub project: ProjectId,
    /// As the client sent it.
    pub path: &'a str,
    /// What may be kept of it.
    pub kept_path: &'a str,
    /// What the app called it.
    pub told: Option<&'a str>,
    /// Whether the app seems to have such a path; see [`teaches`].
    pub is_known: bool,
}

/// All routes of an installation.
#[derive(Debug)]
pub(super) struct Routes {
    patterns: RoutePatterns<Arc<str>>,
    learns: bool,
    names: Names,
    /// Paths and URLs, when the records hold those instead.
    values: Names,
    tries: HashMap<ProjectId, Trie>,
    max: usize,
    unknown: usize,
}

/// Whether an answer with `status` shows that its path is one of the app's.
///
/// Anybody can ask for any path: those that the app turned down as such, and answers that are Hearth's own because
/// there was no app to ask, show nothing.
pub(super) fn teaches(status: u16, was_answered: bool) -> bool {
    was_answered && !matches!(status, 400 | 404 | 405 | 410 | 414 | 431 | 501)
}

impl Routes {
    /// The routes that the owner wrote down, and those that were stored before.
    pub(super) fn new(config: &Traffic, stored: impl IntoIterator<Item = (ProjectId, String)>) -> Result<Self, String> {
        let mut routes = Self {
            patterns: RoutePatterns::default(),
            learns: config.learn_routes,
            names: Names::new(config.max_routes),
            values: Names::new(config.max_routes),
            tries: HashMap::new(),
            max: config.max_routes,
            unknown: 0,
        };
        for pattern in &config.routes {
            routes.names.give(pattern);
            routes.patterns.insert(pattern, pattern.as_str().into()).map_err(|error| format!("{pattern:?} {error}"))?;
        }
        for (project, route) in stored {
            if config.route_value != RouteValue::Pattern {
                routes.values.give(&route);
            } else if let Some(route) = routes.names.give(&route).filter(|_| config.learn_routes) {
                routes.trie(project).recall(&route);
            }
        }
        Ok(routes)
    }

    /// The route of a request.
    pub(super) fn name(&mut self, asked: Asked<'_>) -> Arc<str> {
        if let Some(pattern) = self.patterns.find(asked.path) {
            return Arc::clone(pattern);
        }
        if let Some(told) = asked.told.filter(|told| is_route(told)) {
            return self.names.give(told).unwrap_or_else(|| Arc::clone(&self.names.other));
        }
        let is_path = asked.path.starts_with('/');
        if !asked.is_known {
            return self.unknown(asked);
        }
        let named = if self.learns && is_path {
            self.trie(asked.project);
            let Self { tries, names, .. } = self;
            tries.get_mut(&asked.project).and_then(|trie| trie.learn(asked.path, names))
        } else {
            self.names.give(asked.kept_path)
        };
        named.unwrap_or_else(|| Arc::clone(&self.names.other))
    }

    /// The shared form of a path or URL that is stored in place of its route.
    pub(super) fn value(&mut self, kept: &str) -> Arc<str> {
        self.values.give(kept).unwrap_or_else(|| Arc::clone(&self.values.other))
    }

    /// The route of a path that the app does not know: one that others have taught, or one of a few names.
    fn unknown(&mut self, asked: Asked<'_>) -> Arc<str> {
        let learned = self.tries.get(&asked.project).and_then(|trie| trie.find(asked.path));
        if let Some(learned) = learned {
            return learned;
        }
        let name = if self.learns { template(asked.path) } else { Cow::Borrowed(asked.kept_path) };
        if self.names.knows(&name) {
            return self.names.give(&name).unwrap_or_else(|| Arc::clone(&self.names.not_found));
        }
        if self.unknown >= MAX_UNKNOWN.min(self.max / 4) {
            return Arc::clone(&self.names.not_found);
        }
        self.unknown += 1;
        self.names.give(&name).unwrap_or_else(|| Arc::clone(&self.names.not_found))
    }

    fn trie(&mut self, project: ProjectId) -> &mut Trie {
        self.tries.entry(project).or_insert_with(|| Trie::new(self.max))
    }
}

/// A path with its ids replaced, by what its segments alone tell.
fn template(path: &str) -> Cow<'_, str> {
    let Some(segments) = path.strip_prefix('/') else { return Cow::Borrowed(path) };
    let mut name = String::with_capacity(path.len());
    for segment in segments.split('/') {
        name.push('/');
        match segment::read(segment) {
            Segment::Kind(kind) => name.push_str(kind),
            Segment::Name(text) => name.push_str(&text),
        }
    }
    Cow::Owned(name)
}

/// Whether what an app told can be a route.
fn is_route(told: &str) -> bool {
    told.starts_with('/') && told.len() <= MAX_TOLD_BYTES && !told.contains(|letter: char| letter.is_control())
}

#[cfg(test)]
mod tests;
