//! Dictionary texts and user ids, each read at most once per answer.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::store::dictionary;

/// Remembers what one answer has looked up.
#[derive(Debug)]
pub struct Lookup<'c> {
    connection: &'c Connection,
    texts: HashMap<i64, Arc<str>>,
    users: HashMap<i64, Option<Uuid>>,
}

impl<'c> Lookup<'c> {
    #[must_use]
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, texts: HashMap::new(), users: HashMap::new() }
    }

    /// The text a dictionary id names.
    pub fn text(&mut self, id: i64) -> Result<Arc<str>, rusqlite::Error> {
        if let Some(text) = self.texts.get(&id) {
            return Ok(Arc::clone(text));
        }
        let text: Arc<str> = dictionary::text(self.connection, id)?.into();
        self.texts.insert(id, Arc::clone(&text));
        Ok(text)
    }

    /// Like [`Self::text`] for an id that may be absent.
    pub fn optional_text(&mut self, id: Option<i64>) -> Result<Option<Arc<str>>, rusqlite::Error> {
        id.map(|id| self.text(id)).transpose()
    }

    /// The public id of a user.
    pub fn user(&mut self, id: i64) -> Result<Option<Uuid>, rusqlite::Error> {
        if let Some(uuid) = self.users.get(&id) {
            return Ok(*uuid);
        }
        let uuid = self
            .connection
            .prepare_cached("SELECT uuid FROM heat_user WHERE id = ?1")?
            .query_row([id], |row| row.get(0).map(Uuid::from_bytes))
            .optional()?;
        self.users.insert(id, uuid);
        Ok(uuid)
    }
}
