//! What waits for a second factor, for a few minutes and in memory: sign-ins whose password was right, and secrets that
//! somebody is just putting into an app. A restart forgets both; people begin again.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use crate::domain::id::SecretHash;

/// How long it waits, in milliseconds.
const VALID_FOR_MS: i64 = 10 * 60 * 1000;

/// As many wait at the same time; beyond that the oldest must begin again. Only right passwords get here.
const MAX_WAITING: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// A sign-in whose password was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLogin {
    pub account: i64,
    pub name: String,
    /// The one that was right: if it has been changed since, the sign-in is over.
    pub password_hash: String,
}

/// Sign-ins by the hash of what their cookie holds.
pub type PendingLogins = Waiting<SecretHash, PendingLogin>;

/// Secrets by the session of their owner.
pub type Enrolments = Waiting<i64, Vec<u8>>;

/// What waits, by its name.
#[derive(Debug)]
pub struct Waiting<N: Hash + Eq, T>(Mutex<LruCache<N, (T, i64)>>);

impl<N: Hash + Eq, T: Clone> Default for Waiting<N, T> {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MAX_WAITING)))
    }
}

impl<N: Hash + Eq, T: Clone> Waiting<N, T> {
    pub fn put(&self, name: N, waiting: T, now_ms: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(name, (waiting, now_ms));
    }

    /// What waits by a name and has not waited for too long.
    pub fn get(&self, name: &N, now_ms: i64) -> Option<T> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, since_ms) = waiting.get(name)?;
        (0..VALID_FOR_MS).contains(&(now_ms - since_ms)).then(|| found.clone())
    }

    pub fn remove(&self, name: &N) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_for_ten_minutes_and_only_so_many_do() {
        let waiting = Waiting::<usize, u8>::default();
        waiting.put(1, 7, 1_000);
        assert_eq!(waiting.get(&1, 1_000 + VALID_FOR_MS - 1), Some(7));
        assert_eq!(waiting.get(&1, 1_000 + VALID_FOR_MS), None);
        assert_eq!(waiting.get(&1, 999), None, "the clock was set back");
        waiting.remove(&1);
        assert_eq!(waiting.get(&1, 1_000), None);
        for name in 0..=MAX_WAITING.get() {
            waiting.put(name, 0, 0);
        }
        assert_eq!((waiting.get(&0, 0), waiting.get(&1, 0)), (None, Some(0)));
    }
}
