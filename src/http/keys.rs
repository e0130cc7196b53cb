//! Which project a key opens, remembered for a moment.
//!
//! Keys change rarely and are asked for with every batch. What is remembered is asked again after a few
//! seconds, so that a key made or revoked by a command beside the server counts soon.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use crate::domain::id::SecretHash;
use crate::store::registry::{RegisteredKey, Secret, find_secret};
use crate::store::{Store, StoreError};

/// Secrets remembered, known and unknown ones.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// How long an answer is believed, in milliseconds.
const KNOWN_FOR_MS: i64 = 5_000;
const UNKNOWN_FOR_MS: i64 = 1_000;

/// Looks secrets of one kind up.
#[derive(Debug)]
pub struct Keys {
    kind: Secret,
    remembered: Mutex<LruCache<SecretHash, (Option<RegisteredKey>, i64)>>,
}

impl Keys {
    #[must_use]
    pub fn new(kind: Secret) -> Self {
        Self { kind, remembered: Mutex::new(LruCache::new(REMEMBERED)) }
    }

    /// The project a secret opens, if it is a living one.
    pub async fn find(
        &self,
        store: &Store,
        hash: &SecretHash,
        now_ms: i64,
    ) -> Result<Option<RegisteredKey>, StoreError> {
        if let Some(known) = self.recall(hash, now_ms) {
            return Ok(known);
        }
        let (store, kind, wanted) = (store.clone(), self.kind, *hash);
        let found = actix_web::web::block(move || store.read(|connection| Ok(find_secret(connection, kind, &wanted)?)));
        let found = found.await.map_err(|_| StoreError::Unavailable)??;
        self.remember(hash, found, now_ms);
        Ok(found)
    }

    /// Notes what the store has just said about a secret.
    pub fn remember(&self, hash: &SecretHash, found: Option<RegisteredKey>, now_ms: i64) {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).put(*hash, (found, now_ms));
    }

    #[expect(clippy::option_option, reason = "nothing is remembered, or that there is no such key")]
    fn recall(&self, hash: &SecretHash, now_ms: i64) -> Option<Option<RegisteredKey>> {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, at_ms) = *remembered.get(hash)?;
        let believed_for = if found.is_some() { KNOWN_FOR_MS } else { UNKNOWN_FOR_MS };
        (0..believed_for).contains(&(now_ms - at_ms)).then_some(found)
    }
}
