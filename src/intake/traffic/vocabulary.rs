//! Words that clients choose and that repeat: kept once, and not without end.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

/// Methods beyond the registered ones that are told apart; an app seldom has any.
const MAX_METHODS: usize = 64;

/// Hosts that are told apart.
const MAX_HOSTS: usize = 1000;

/// User agents that are kept in memory to be shared.
const SHARED_USER_AGENTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1023);

/// Stands for all methods that are one too many, as in OpenTelemetry's `http.request.method`.
const OTHER_METHOD: &str = "_OTHER";

/// Stands for all hosts that are one too many.
const OTHER_HOST: &str = "(other)";

/// The words of an installation since its start.
#[derive(Debug)]
pub(super) struct Vocabulary {
    methods: Words,
    hosts: Words,
    user_agents: LruCache<Arc<str>, ()>,
}

/// A set of words that stops growing.
#[derive(Debug)]
struct Words {
    known: HashSet<Arc<str>>,
    max: usize,
    other: Arc<str>,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        Self {
            methods: Words::new(MAX_METHODS, OTHER_METHOD),
            hosts: Words::new(MAX_HOSTS, OTHER_HOST),
            user_agents: LruCache::new(SHARED_USER_AGENTS),
        }
    }

    pub(super) fn method(&mut self, method: &str) -> Arc<str> {
        self.methods.share(method)
    }

    pub(super) fn host(&mut self, host: &str) -> Arc<str> {
        self.hosts.share(host)
    }

    /// Of user agents there are very many indeed; all are kept, but only some are shared.
    pub(super) fn user_agent(&mut self, user_agent: &str) -> Arc<str> {
        if let Some((known, ())) = self.user_agents.get_key_value(user_agent) {
            return Arc::clone(known);
        }
        let new: Arc<str> = user_agent.into();
        self.user_agents.put(Arc::clone(&new), ());
        new
    }
}

impl Words {
    fn new(max: usize, other: &str) -> Self {
        Self { known: HashSet::new(), max, other: other.into() }
    }

    fn share(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.known.get(word) {
            return Arc::clone(known);
        }
        if self.known.len() >= self.max {
            return Arc::clone(&self.other);
        }
        let new: Arc<str> = word.into();
        self.known.insert(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_words_end_in_one_and_known_ones_stay() {
        let mut vocabulary = Vocabulary::new();
        let get = vocabulary.method("GET");
        let methods: HashSet<_> = (0..200_000).map(|n| vocabulary.method(&format!("M{n}"))).collect();
        assert_eq!(methods.len(), MAX_METHODS);
        assert!(methods.contains("_OTHER"));
        assert!(Arc::ptr_eq(&vocabulary.method("GET"), &get));
        let hosts: HashSet<_> = (0..200_000).map(|n| vocabulary.host(&format!("{n}.example"))).collect();
        assert_eq!(hosts.len(), MAX_HOSTS + 1);
    }

    #[test]
    fn user_agents_are_shared_and_none_is_lost() {
        let mut vocabulary = Vocabulary::new();
        let first = vocabulary.user_agent("Mozilla");
        assert!(Arc::ptr_eq(&vocabulary.user_agent("Mozilla"), &first));
        for number in 0..200_000 {
            let name = format!("agent {number}");
            assert_eq!(&*vocabulary.user_agent(&name), name);
        }
        assert_eq!(vocabulary.user_agents.len(), SHARED_USER_AGENTS.get());
    }
}
