//! Small changes that people make: accounts, roles, keys, settings. Beside the writer, in transactions of their own.
//!
//! They are rare and short, and nobody sends them in batches, so they do not go through the queue: a connection of its
//! own waits for its turn as a command beside the server does. The writer remembers nothing of what they change.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{StoreError, connection};
use crate::config::Storage;
use crate::domain::clock::SharedClock;

/// The one connection for such changes; opened with the first of them. Cheap to clone.
#[derive(Clone)]
pub(super) struct Administration {
    config: Storage,
    clock: SharedClock,
    connection: Arc<Mutex<Option<Connection>>>,
}

impl Administration {
    pub fn new(config: Storage, clock: SharedClock) -> Self {
        Self { config, clock, connection: Arc::default() }
    }

    /// Runs `change` in a transaction that is committed if it succeeds. A connection that failed is not used again.
    pub fn run<T>(&self, change: impl FnOnce(&Transaction<'_>, i64) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => connection::open_writer(&self.config)?,
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = change(&transaction, self.clock.now_ms())?;
        transaction.commit()?;
        *kept = Some(connection);
        Ok(value)
    }

    /// The database file.
    pub fn path(&self) -> &std::path::Path {
        &self.config.path
    }

    /// Closes the connection, so that the last one to go can tidy the file.
    pub fn close(&self) {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
