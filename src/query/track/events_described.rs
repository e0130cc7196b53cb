//! App events with their texts, and whose they are.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::events::StoredEvent;
use super::identity;
use crate::domain::track::IdentifierKind;
use crate::query::texts::Lookup;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::track::touches::session_key;

const MS_PER_HOUR: i64 = 3_600_000;

/// What only apps that name no session of their own get one for.
const SERVER_CHANNEL: &str = "api";

/// An event with everything that is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribedEvent {
    pub stored: StoredEvent,
    pub name: Arc<str>,
    pub channel: Arc<str>,
    pub library: Option<String>,
    pub library_version: Option<String>,
    pub person: Option<Arc<str>>,
    pub user: Option<Arc<str>>,
    pub anonymous: Option<Arc<str>>,
    pub device: Option<Arc<str>>,
    pub session: Option<Arc<str>>,
    /// Made up from person and hour (datalyr.md 7.3).
    pub is_synthetic_session: bool,
    /// Marketing source of the touch it told.
    pub source: Option<Arc<str>>,
    pub revenue: Option<Revenue>,
}

/// An amount that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revenue {
    pub micros: Option<i64>,
    pub currency: Arc<str>,
}

/// Describes events; remembers what one answer has looked up.
pub struct Describer<'c> {
    connection: &'c Connection,
    hash: TextHash,
    texts: Lookup<'c>,
    identifiers: HashMap<i64, Option<(IdentifierKind, Arc<str>)>>,
    sessions: HashMap<i64, Option<Arc<str>>>,
    /// By the row id that stands for the person.
    names: HashMap<i64, Option<Arc<str>>>,
    /// By user: whose person does not depend on time.
    persons: HashMap<i64, Option<i64>>,
}

impl<'c> Describer<'c> {
    #[must_use]
    pub fn new(connection: &'c Connection, hash: TextHash) -> Self {
        Self {
            connection,
            hash,
            texts: Lookup::new(connection),
            identifiers: HashMap::new(),
            sessions: HashMap::new(),
            names: HashMap::new(),
            persons: HashMap::new(),
        }
    }

    pub fn describe(&mut self, stored: StoredEvent) -> Result<DescribedEvent, StoreError> {
        let subject = stored.subject.map(|id| self.identifier(id)).transpose()?.flatten();
        let user = subject.filter(|(kind, _)| *kind == IdentifierKind::User).map(|(_, value)| value);
        let person = match stored.subject {
            Some(subject) => self.person(subject, user.is_some(), stored.time_ms)?,
            None => None,
        };
        let channel = self.texts.text(stored.channel)?;
        let (session, is_synthetic_session) =
            self.session_of(stored.session, &channel, person.as_deref(), stored.time_ms)?;
        let library = self.texts.optional_text(stored.library)?;
        let library = library.as_deref().map(|library| library.split_once(' ').unwrap_or((library, "")));
        Ok(DescribedEvent {
            name: self.texts.text(stored.name)?,
            library: library.map(|(name, _)| name.to_owned()),
            library_version: library.map(|(_, version)| version.to_owned()).filter(|version| !version.is_empty()),
            anonymous: self.value(stored.anonymous)?,
            device: self.value(stored.device)?,
            is_synthetic_session,
            session,
            source: self.source(&stored)?,
            revenue: self.revenue(&stored)?,
            channel,
            person,
            user,
            stored,
        })
    }

    /// What the person is called to whom an identifier belongs at a time.
    pub fn person(&mut self, subject: i64, is_user: bool, time_ms: i64) -> Result<Option<Arc<str>>, StoreError> {
        let root = match self.persons.get(&subject) {
            Some(root) => *root,
            None => identity::person_at(self.connection, subject, time_ms)?,
        };
        if is_user {
            self.persons.insert(subject, root);
        }
        let Some(root) = root else { return Ok(None) };
        if let Some(name) = self.names.get(&root) {
            return Ok(name.clone());
        }
        let name: Option<Arc<str>> = identity::name(self.connection, root)?.map(Into::into);
        self.names.insert(root, name.clone());
        Ok(name)
    }

    /// The same of an identifier that may be of any kind.
    pub fn person_of(&mut self, subject: i64, time_ms: i64) -> Result<Option<Arc<str>>, StoreError> {
        let is_user = self.identifier(subject)?.is_some_and(|(kind, _)| kind == IdentifierKind::User);
        self.person(subject, is_user, time_ms)
    }

    /// The text that a dictionary id names.
    pub fn text(&mut self, id: i64) -> Result<Arc<str>, StoreError> {
        Ok(self.texts.text(id)?)
    }

    /// The session of an event as answers name it, and whether it is made up.
    pub fn session_of(
        &mut self,
        session: Option<i64>,
        channel: &str,
        person: Option<&str>,
        time_ms: i64,
    ) -> Result<(Option<Arc<str>>, bool), StoreError> {
        let named = session.map(|session| self.session(session)).transpose()?.flatten();
        if named.is_some() || channel != SERVER_CHANNEL {
            return Ok((named, false));
        }
        let synthetic = person.map(|person| self.synthetic_session(person, time_ms));
        let is_synthetic = synthetic.is_some();
        Ok((synthetic, is_synthetic))
    }

    /// As the client named the session.
    pub fn session(&mut self, id: i64) -> Result<Option<Arc<str>>, StoreError> {
        if let Some(known) = self.sessions.get(&id) {
            return Ok(known.clone());
        }
        let found: Option<String> = self
            .connection
            .prepare_cached("SELECT external_id FROM track_session WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let found: Option<Arc<str>> = found.map(Into::into);
        self.sessions.insert(id, found.clone());
        Ok(found)
    }

    /// What the client calls an identifier.
    pub fn value(&mut self, id: Option<i64>) -> Result<Option<Arc<str>>, StoreError> {
        Ok(id.map(|id| self.identifier(id)).transpose()?.flatten().map(|(_, value)| value))
    }

    fn identifier(&mut self, id: i64) -> Result<Option<(IdentifierKind, Arc<str>)>, StoreError> {
        if let Some(known) = self.identifiers.get(&id) {
            return Ok(known.clone());
        }
        let found: Option<(u8, String)> = self
            .connection
            .prepare_cached("SELECT kind, value FROM track_identifier WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let found = found.and_then(|(kind, value)| Some((IdentifierKind::from_code(kind)?, value.into())));
        self.identifiers.insert(id, found.clone());
        Ok(found)
    }

    /// One for each person and hour; nobody can tell from it who the person is.
    fn synthetic_session(&self, person: &str, time_ms: i64) -> Arc<str> {
        format!("syn_{:016x}_{}", self.hash.hash(person), time_ms.div_euclid(MS_PER_HOUR)).into()
    }

    fn source(&mut self, stored: &StoredEvent) -> Result<Option<Arc<str>>, StoreError> {
        let (Some(subject), Some(touch)) = (stored.subject, stored.touch) else { return Ok(None) };
        let source: Option<Option<i64>> = self
            .connection
            .prepare_cached(include_str!("events/touch_source.sql"))?
            .query_row(params![subject, session_key(stored.session, stored.time_ms), touch], |row| row.get(0))
            .optional()?;
        Ok(self.texts.optional_text(source.flatten())?)
    }

    fn revenue(&mut self, stored: &StoredEvent) -> Result<Option<Revenue>, StoreError> {
        let found: Option<(bool, Option<i64>, i64)> = self
            .connection
            .prepare_cached(include_str!("events/revenue.sql"))?
            .query_row(params![stored.project.0, stored.time_ms, stored.seq], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((true, micros, currency)) = found else { return Ok(None) };
        Ok(Some(Revenue { micros, currency: self.texts.text(currency)? }))
    }
}
