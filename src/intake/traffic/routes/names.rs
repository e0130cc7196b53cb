//! The routes there are: a set that stops growing.

use std::collections::HashSet;
use std::sync::Arc;

use super::segment::VALUE;

/// The route of requests that would be one route too many.
pub(super) const OTHER: &str = "(other)";

/// The route of requests for paths that the app does not know, once there were too many of those.
pub(super) const NOT_FOUND: &str = "(not found)";

/// Longest route, in bytes.
const MAX_ROUTE_BYTES: usize = 1024;

/// All names of routes that were ever given out, at most as many as the owner wants.
///
/// None is ever taken back: what was stored under it stays in the file, and the bound is about that.
#[derive(Debug)]
pub(super) struct Names {
    known: HashSet<Arc<str>>,
    max: usize,
    pub other: Arc<str>,
    pub not_found: Arc<str>,
}

impl Names {
    /// At most `max` names together with the two that collect the rest.
    pub(super) fn new(max: usize) -> Self {
        let max = max.saturating_sub(2);
        Self { known: HashSet::new(), max, other: OTHER.into(), not_found: NOT_FOUND.into() }
    }

    /// The name as it is shared; nothing if it is new and there is no room, or too long.
    ///
    /// The last tenth is kept for names in which [`VALUE`] stands for many: they are what ends the growth.
    pub(super) fn give(&mut self, name: &str) -> Option<Arc<str>> {
        if let Some(known) = self.known.get(name) {
            return Some(Arc::clone(known));
        }
        let max = if name.contains(VALUE) { self.max } else { self.max - self.max / 10 };
        if self.known.len() >= max || name.len() > MAX_ROUTE_BYTES {
            return None;
        }
        let name: Arc<str> = name.into();
        self.known.insert(Arc::clone(&name));
        Some(name)
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.known.contains(name)
    }

    /// How many different segments may stand in one place before they are taken for values: fewer, the less room
    /// there is.
    pub(super) fn patience(&self) -> usize {
        match (self.known.len() * 4).checked_div(self.max) {
            Some(0 | 1) => 64,
            Some(2) => 24,
            _ => 8,
        }
    }

    /// How many names there are, without the two that collect the rest.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_set_knows_what_it_knew() {
        let mut names = Names::new(12);
        let first = names.give("/0").unwrap();
        for number in 1..9 {
            assert!(names.give(&format!("/{number}")).is_some());
        }
        assert_eq!(names.give("/9"), None);
        assert!(names.give("/:value").is_some());
        assert_eq!(names.give("/a/:value"), None);
        assert!(Arc::ptr_eq(&names.give("/0").unwrap(), &first));
        assert_eq!(names.len(), 10);
    }

    #[test]
    fn a_set_for_nothing_and_a_name_without_end_are_refused() {
        assert_eq!(Names::new(0).give("/"), None);
        assert_eq!(Names::new(0).patience(), 8);
        assert_eq!(Names::new(100).give(&"/x".repeat(600)), None);
    }

    #[test]
    fn patience_ends_with_the_room() {
        let mut names = Names::new(102);
        let mut patience = Vec::new();
        for number in 0..90 {
            patience.push(names.patience());
            names.give(&format!("/{number}"));
        }
        assert_eq!((patience[0], patience[50], patience[89]), (64, 24, 8));
    }
}
