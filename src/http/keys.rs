//! Which project a key opens, remembered for a moment.

use super::brief_memory::BriefMemory;
use crate::domain::id::SecretHash;
use crate::store::registry::{RegisteredKey, Secret, find_secret};
use crate::store::{Store, StoreError};

/// Looks secrets of one kind up.
#[derive(Debug)]
pub struct Keys {
    kind: Secret,
    remembered: BriefMemory<SecretHash, RegisteredKey>,
}

impl Keys {
    #[must_use]
    pub fn new(kind: Secret) -> Self {
        Self { kind, remembered: BriefMemory::default() }
    }

    /// The project a secret opens, if it is a living one.
    pub async fn find(
        &self,
        store: &Store,
        hash: &SecretHash,
        now_ms: i64,
    ) -> Result<Option<RegisteredKey>, StoreError> {
        if let Some(known) = self.remembered.recall(hash, now_ms) {
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
        self.remembered.remember(*hash, found, now_ms);
    }
}
