//! What persons are called in answers, each looked up once for an answer.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::ties::targets;
use super::{Identified, person_at, row, users};
use crate::domain::track::IdentifierKind;
use crate::store::StoreError;

/// Remembers what one answer has asked.
pub struct Names<'c> {
    connection: &'c Connection,
    persons: HashMap<i64, Option<Arc<str>>>,
    identifiers: HashMap<i64, Option<Identified>>,
    /// Persons of identifiers that belong to the same one at all times.
    always: HashMap<i64, Option<i64>>,
}

impl<'c> Names<'c> {
    #[must_use]
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, persons: HashMap::new(), identifiers: HashMap::new(), always: HashMap::new() }
    }

    /// The name of the person whom a subject belongs to at a time.
    pub fn of_subject(&mut self, subject: i64, time_ms: i64) -> Result<Option<Arc<str>>, StoreError> {
        let Some(root) = self.person_at(subject, time_ms)? else { return Ok(None) };
        self.of_person(root)
    }

    /// The person whom a subject belongs to at a time.
    pub fn person_at(&mut self, subject: i64, time_ms: i64) -> Result<Option<i64>, StoreError> {
        if let Some(person) = self.always.get(&subject) {
            return Ok(*person);
        }
        let person = person_at(self.connection, subject, time_ms)?;
        let targets = targets(self.connection, subject)?;
        if targets.iter().all(|target| target.person.is_some() && target.person == person) {
            self.always.insert(subject, person);
        }
        Ok(person)
    }

    /// `user:` and the surviving user's id, or `anonymous:` and the id.
    pub fn of_person(&mut self, root: i64) -> Result<Option<Arc<str>>, StoreError> {
        if let Some(name) = self.persons.get(&root) {
            return Ok(name.clone());
        }
        let name = name_of(self.connection, root)?.map(Arc::from);
        self.persons.insert(root, name.clone());
        Ok(name)
    }

    /// An identifier by its row id.
    pub fn identifier(&mut self, id: i64) -> Result<Option<&Identified>, StoreError> {
        let found = match self.identifiers.entry(id) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(row(self.connection, id)?),
        };
        Ok(found.as_ref())
    }
}

/// What the person with this row id is called in answers: `user:` and the surviving user's id, or `anonymous:` and the id.
pub fn name_of(connection: &Connection, root: i64) -> Result<Option<String>, StoreError> {
    let Some(row) = row(connection, root)? else { return Ok(None) };
    Ok(match row.kind {
        Some(IdentifierKind::User) => {
            let users = users::users(connection, row.person.unwrap_or(root))?;
            users.first().map(|user| format!("user:{}", user.value))
        }
        Some(IdentifierKind::Anonymous) => Some(format!("anonymous:{}", row.value)),
        _ => None,
    })
}
