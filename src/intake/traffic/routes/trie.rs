//! Routes that are learned from the paths of one project: a tree of segments that stops growing.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::crowd::Crowd;
use super::names::Names;
use super::segment::{self, Segment, VALUE};

/// Segments of a path that are told apart; what comes deeper is one `*rest`.
const MAX_DEPTH: usize = 24;

/// Stands for everything below [`MAX_DEPTH`].
const REST: &str = "*rest";

/// Nodes that a tree may have for each route that there may be.
const NODES_PER_ROUTE: usize = 8;

/// Requests after which a segment is taken for a name of the app's own, whatever comes beside it.
const MANY_REQUESTS: u32 = 64;

/// Names that stay when the others of a place are taken for values.
const MAX_KEPT: usize = 48;

/// The paths of one project.
#[derive(Debug)]
pub(super) struct Trie {
    root: Node,
    /// Nodes below the root.
    nodes: usize,
    max_nodes: usize,
    hasher: RandomState,
}

/// One place in a path, reached by the segments before it.
#[derive(Debug, Default)]
struct Node {
    /// Requests that came by, as far as it matters.
    requests: u32,
    /// The route that ends here, once one did.
    route: Option<Arc<str>>,
    children: HashMap<Box<str>, Node>,
    /// There once too many different names had come here; from then on the names that are not among the children
    /// count as values.
    crowd: Option<Crowd>,
}

impl Trie {
    /// An empty tree for at most `max_routes` routes.
    pub(super) fn new(max_routes: usize) -> Self {
        Self {
            root: Node::default(),
            nodes: 0,
            max_nodes: max_routes.saturating_mul(NODES_PER_ROUTE),
            hasher: RandomState::new(),
        }
    }

    /// The route of `path`, which the app knows; the tree learns from it. Nothing if there is no room.
    pub(super) fn learn(&mut self, path: &str, names: &mut Names) -> Option<Arc<str>> {
        let mut route = String::with_capacity(path.len());
        let mut node = &mut self.root;
        for segment in segments(path) {
            node.requests = node.requests.saturating_add(1);
            let segment = match segment {
                Segment::Name(name) if node.takes_for_value(&name, names.patience(), &self.hasher, &mut self.nodes) => {
                    Segment::Kind(VALUE)
                }
                other => other,
            };
            route.push('/');
            route.push_str(segment.text());
            if !node.children.contains_key(segment.text()) {
                if self.nodes >= self.max_nodes {
                    return None;
                }
                self.nodes += 1;
                node.children.insert(segment.text().into(), Node::default());
            }
            node = node.children.get_mut(segment.text())?;
        }
        node.requests = node.requests.saturating_add(1);
        if node.route.is_none() {
            node.route = names.give(&route);
        }
        node.route.clone()
    }

    /// The route of `path` if the tree has learned it; changes nothing.
    pub(super) fn find(&self, path: &str) -> Option<Arc<str>> {
        let mut node = &self.root;
        for segment in segments(path) {
            let value = || node.children.get(VALUE).filter(|_| node.crowd.is_some());
            node = node.children.get(segment.text()).or_else(value)?;
        }
        node.route.clone()
    }

    /// Takes in a route that was given out before a restart.
    ///
    /// Beside a [`VALUE`] no name is taken in: those that come often stand out again, and most are what came before
    /// the crowd was seen.
    pub(super) fn recall(&mut self, route: &Arc<str>) {
        let Some(segments) = route.strip_prefix('/') else { return };
        if segments.split('/').count() > MAX_DEPTH + 1 {
            return;
        }
        let mut node = &mut self.root;
        for segment in segments.split('/') {
            if segment == VALUE && node.crowd.is_none() {
                self.nodes -= node.become_crowd(0);
            }
            if is_name(segment) && node.crowd.is_some() {
                return;
            }
            if !node.children.contains_key(segment) {
                if self.nodes >= self.max_nodes {
                    return;
                }
                self.nodes += 1;
                node.children.insert(segment.into(), Node::default());
            }
            let Some(next) = node.children.get_mut(segment) else { return };
            node = next;
        }
        node.route = Some(Arc::clone(route));
    }

    /// How many nodes there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.nodes, self.root.size() - 1, "the count of nodes is wrong");
        self.nodes
    }
}

impl Node {
    /// Whether `name` is one of many in this place; becomes a crowd when it is one too many.
    ///
    /// `nodes` counts all nodes of the tree, of which some may go.
    fn takes_for_value(&mut self, name: &str, patience: usize, hasher: &RandomState, nodes: &mut usize) -> bool {
        if self.children.contains_key(name) {
            return false;
        }
        if let Some(crowd) = &mut self.crowd {
            return !(crowd.stands_out(hasher.hash_one(name)) && self.names() < MAX_KEPT);
        }
        if self.names() < patience {
            return false;
        }
        *nodes -= self.become_crowd(MAX_KEPT.min(patience / 2));
        true
    }

    /// Keeps at most `keep` names, those that come often; gives how many nodes went with the others.
    fn become_crowd(&mut self, keep: usize) -> usize {
        let enough = (self.requests / 20).max(8);
        let mut often: Vec<(u32, Box<str>)> = self
            .children
            .iter()
            .filter(|(name, child)| is_name(name) && (child.requests >= enough || child.requests >= MANY_REQUESTS))
            .map(|(name, child)| (child.requests, name.clone()))
            .collect();
        often.sort_unstable_by(|one, other| other.cmp(one));
        often.truncate(keep);
        let mut gone = 0;
        self.children.retain(|name, child| {
            let stays = !is_name(name) || often.iter().any(|(_, kept)| kept == name);
            gone += if stays { 0 } else { child.size() };
            stays
        });
        self.crowd = Some(Crowd::default());
        gone
    }

    /// How many children are names, of which there may be any number.
    fn names(&self) -> usize {
        // Of kinds there are no more than a handful; the exact count is needed only when it may be reached.
        self.children.keys().filter(|name| is_name(name)).count()
    }

    /// This node and all below it; as deep as paths are told apart, and no deeper.
    fn size(&self) -> usize {
        1 + self.children.values().map(Node::size).sum::<usize>()
    }
}

impl Segment<'_> {
    fn text(&self) -> &str {
        match self {
            Segment::Kind(kind) => kind,
            Segment::Name(name) => name,
        }
    }
}

/// Whether a child is a name, and not a kind such as `:id`.
fn is_name(child: &str) -> bool {
    !child.starts_with(':') || child.contains('.')
}

/// The segments of a path that begins with a slash, as far as they are told apart.
fn segments(path: &str) -> impl Iterator<Item = Segment<'_>> {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split('/')
        .take(MAX_DEPTH + 1)
        .enumerate()
        .map(|(depth, segment)| if depth < MAX_DEPTH { segment::read(segment) } else { Segment::Kind(REST) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learn(trie: &mut Trie, names: &mut Names, path: &str) -> String {
        trie.learn(path, names).map_or_else(|| "none".to_owned(), |route| route.to_string())
    }

    #[test]
    fn paths_that_differ_in_ids_are_one_route_at_once() {
        let (mut trie, mut names) = (Trie::new(100), Names::new(100));
        for (path, route) in [
            ("/", "/"),
            ("/users/42", "/users/:id"),
            ("/users/43", "/users/:id"),
            ("/users/43/", "/users/:id/"),
            ("/users", "/users"),
            ("//a", "//a"),
            ("/v1/orders/6c99614c-5951-4d33-9a17-aa82c5eb683d/items/7", "/v1/orders/:uuid/items/:id"),
        ] {
            assert_eq!(learn(&mut trie, &mut names, path), route);
            assert_eq!(trie.find(path).as_deref(), Some(route));
        }
        assert_eq!(trie.find("/users/x"), None);
        assert_eq!(trie.find("/user"), None);
    }

    #[test]
    fn a_place_with_many_values_becomes_one_and_what_comes_often_stays() {
        let (mut trie, mut names) = (Trie::new(1000), Names::new(1000));
        for number in 0..2_000 {
            learn(&mut trie, &mut names, &format!("/blog/story-{number}x/comments"));
            learn(&mut trie, &mut names, "/blog/archive");
            learn(&mut trie, &mut names, "/blog");
        }
        assert_eq!(learn(&mut trie, &mut names, "/blog/another/comments"), "/blog/:value/comments");
        assert_eq!(learn(&mut trie, &mut names, "/blog/archive"), "/blog/archive");
        assert_eq!(trie.find("/blog/never-seen/comments").as_deref(), Some("/blog/:value/comments"));
        assert_eq!(trie.find("/blog/never-seen/likes"), None);
        assert!(names.len() <= 70, "{}", names.len());
        assert!(trie.len() <= 8, "{}", trie.len());
    }

    #[test]
    fn a_name_that_comes_often_later_stands_out() {
        let (mut trie, mut names) = (Trie::new(1000), Names::new(1000));
        for number in 0..100 {
            learn(&mut trie, &mut names, &format!("/p/story-{number}x"));
        }
        let routes: Vec<_> = (0..40).map(|_| learn(&mut trie, &mut names, "/p/popular")).collect();
        assert_eq!((routes[0].as_str(), routes[39].as_str()), ("/p/:value", "/p/popular"));
    }

    #[test]
    fn an_app_with_some_dozens_of_endpoints_keeps_them_all() {
        let (mut trie, mut names) = (Trie::new(1000), Names::new(1000));
        for _ in 0..2 {
            for number in 0..60 {
                let path = format!("/api/endpoint{number}x");
                assert_eq!(learn(&mut trie, &mut names, &path), path);
            }
        }
    }

    #[test]
    fn a_deep_path_ends_in_a_rest() {
        let (mut trie, mut names) = (Trie::new(100), Names::new(100));
        let deep = "/a".repeat(4000);
        let route = learn(&mut trie, &mut names, &deep);
        assert_eq!(route, format!("{}/*rest", "/a".repeat(24)));
        assert_eq!(trie.len(), 25);
    }

    #[test]
    fn a_restart_forgets_no_route_and_no_crowd() {
        let (mut trie, mut names) = (Trie::new(1000), Names::new(1000));
        for number in 0..100 {
            learn(&mut trie, &mut names, &format!("/p/story-{number}x"));
            learn(&mut trie, &mut names, &format!("/users/{number}/posts"));
        }
        let known: Vec<Arc<str>> =
            ["/p/story-1x", "/p/:value", "/p/story-2x", "/users/:id/posts", "(other)", "/"].map(Arc::from).to_vec();
        for turn in 0..known.len() {
            let (mut after, mut names) = (Trie::new(1000), Names::new(1000));
            let turned = known.iter().cycle().skip(turn).take(known.len());
            turned.for_each(|route| after.recall(route));
            assert_eq!(learn(&mut after, &mut names, "/p/story-3x"), "/p/:value");
            assert_eq!(after.find("/p/story-1x").as_deref(), Some("/p/:value"));
            assert_eq!(after.find("/users/7/posts").as_deref(), Some("/users/:id/posts"));
            assert_eq!(after.find("/").as_deref(), Some("/"));
            assert_eq!(after.len(), 6);
        }
    }
}
