//! Which project a key opens, remembered for a moment.

use super::brief_memory::BriefMemory;
use crate::domain::id::SecretHash;
use crate::store::registry::{RegisteredKey, find_key};
use crate::store::{Store, StoreError};

/// Looks project keys up.
#[derive(Debug, Default)]
pub struct Keys {
    remembered: BriefMemory<SecretHash, RegisteredKey>,
}

impl Keys {
    /// The project a key opens, if it is a living one.
    pub async fn find(
        &self,
        store: &Store,
        hash: &SecretHash,
        now_ms: i64,
    ) -> Result<Option<RegisteredKey>, StoreError> {
        if let Some(known) = self.remembered.recall(hash, now_ms) {
            return Ok(known);
        }
        let (store, wanted) = (store.clone(), *hash);
        let found = actix_web::web::block(move || store.read(|connection| Ok(find_key(connection, &wanted)?)));
        let found = found.await.map_err(|_| StoreError::Unavailable)??;
        self.remember(hash, found, now_ms);
        Ok(found)
    }

    /// Notes what the store has just said about a key.
    pub fn remember(&self, hash: &SecretHash, found: Option<RegisteredKey>, now_ms: i64) {
        self.remembered.remember(*hash, found, now_ms);
    }
}
