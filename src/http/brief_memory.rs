//! What the store said of a name a moment ago, so that it is not asked with every request.
//!
//! Keys and workspaces change rarely. What is remembered is asked again after a few seconds, so that what a command beside
//! the server does counts soon.

use std::borrow::Borrow;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

/// Names remembered, known and unknown ones; beyond that the one that was not asked for the longest is forgotten.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// How long an answer is believed, in milliseconds.
const KNOWN_FOR_MS: i64 = 5_000;
const UNKNOWN_FOR_MS: i64 = 1_000;

/// What each name stands for, or that it stands for nothing, and when that was said.
#[derive(Debug)]
pub struct BriefMemory<N: Hash + Eq, T>(Mutex<LruCache<N, (Option<T>, i64)>>);

impl<N: Hash + Eq, T: Clone> Default for BriefMemory<N, T> {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl<N: Hash + Eq, T: Clone> BriefMemory<N, T> {
    /// What was said of a name, if that is still believed.
    pub fn recall<Q: Hash + Eq + ?Sized>(&self, name: &Q, now_ms: i64) -> Option<Option<T>>
    where
        N: Borrow<Q>,
    {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, at_ms) = remembered.get(name)?;
        let believed_for = if found.is_some() { KNOWN_FOR_MS } else { UNKNOWN_FOR_MS };
        (0..believed_for).contains(&(now_ms - at_ms)).then(|| found.clone())
    }

    /// Notes what the store has just said.
    pub fn remember(&self, name: N, found: Option<T>, now_ms: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(name, (found, now_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_believed_longer_than_what_is_not() {
        let memory = BriefMemory::<Box<str>, u8>::default();
        memory.remember("known".into(), Some(1), 10_000);
        memory.remember("unknown".into(), None, 10_000);
        let recall = |now_ms| ["known", "unknown", "other"].map(|name| memory.recall(name, now_ms));
        assert_eq!(recall(10_999), [Some(Some(1)), Some(None), None]);
        assert_eq!(recall(14_999), [Some(Some(1)), None, None]);
        assert_eq!(recall(15_000), [None; 3]);
        assert_eq!(recall(9_999), [None; 3], "the clock was set back");
    }

    #[test]
    fn it_is_bounded() {
        let memory = BriefMemory::<u32, ()>::default();
        for name in 0..10_000 {
            memory.remember(name, None, 0);
        }
        assert_eq!(memory.0.lock().unwrap().len(), REMEMBERED.get());
        assert_eq!((memory.recall(&0, 0), memory.recall(&9_999, 0)), (None, Some(None)));
    }
}
