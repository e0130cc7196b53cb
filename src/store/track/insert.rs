//! Writes one batch of app events inside the writer's open transaction.

use rusqlite::Connection;
use uuid::Uuid;

use super::events::Whose;
use super::identifiers::Identifiers;
use super::keys::Key;
use super::people::{Said, Ties};
use super::sessions::Sessions;
use super::suppressions::Suppressions;
use super::touches::Told;
use super::{conversions, events, keys, quarantine, touches, traits};
use crate::domain::batch::Receipt;
use crate::domain::country::Country;
use crate::domain::id::{ClientId, ProjectId};
use crate::domain::track::{EventKind, IdentifierKind, TrackBatch, TrackEvent};
use crate::store::StoreError;
use crate::store::dictionary::{Dictionary, TextHash};
use crate::store::registry;
use crate::store::visits::due::{DueSessions, SessionKind};

/// The channel of servers.
const SERVER_CHANNEL: &str = "api";

/// What the writer remembers between batches. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct TrackWriter {
    hash: TextHash,
    dictionary: Dictionary,
    identifiers: Identifiers,
    ties: Ties,
    sessions: Sessions,
    suppressions: Suppressions,
    /// Sessions whose visits must be made again.
    pub due: DueSessions,
    /// Unknown at first. A rollback leaves a gap.
    next_seq: Option<i64>,
    /// How long ids are remembered, as the last batch said; absent before the first, and when it is for ever.
    remembered_for_ms: Option<i64>,
    stored_since_step: u32,
}

/// What holds for all events of a batch.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    project: ProjectId,
    received_ms: i64,
    remembered_for_ms: Option<i64>,
    address_hash: Option<[u8; 16]>,
    country: Country,
}

impl TrackWriter {
    #[must_use]
    pub fn new(hash: TextHash, install_secret: [u8; 32]) -> Self {
        Self {
            hash,
            dictionary: Dictionary::new(hash),
            identifiers: Identifiers::new(hash),
            ties: Ties::default(),
            sessions: Sessions::new(hash),
            suppressions: Suppressions::new(install_secret),
            due: DueSessions::new(SessionKind::Track),
            next_seq: None,
            remembered_for_ms: None,
            stored_since_step: 0,
        }
    }

    /// Forgets everything that a rolled back transaction may have said.
    pub fn forget(&mut self) {
        self.dictionary.forget();
        self.identifiers.forget();
        self.ties.forget();
        self.sessions.forget();
        self.suppressions.forget();
        self.due.forget();
    }

    /// Forgets which number is given next: somebody else may have given some.
    pub fn read_again(&mut self) {
        self.next_seq = None;
    }

    /// Writes the batch, and gives the events that are stored their `seq`.
    pub fn insert(&mut self, connection: &Connection, batch: &mut TrackBatch) -> Result<Receipt, StoreError> {
        if registry::is_deleted(connection, batch.project)? {
            return Err(StoreError::RevokedKey);
        }
        let arrival = Arrival {
            project: batch.project,
            received_ms: batch.received_at_ms,
            remembered_for_ms: batch.remembered_for_ms,
            address_hash: batch.address_hash,
            country: batch.country,
        };
        self.remembered_for_ms = batch.remembered_for_ms;
        if !batch.quarantined.is_empty() {
            quarantine::keep(connection, batch)?;
        }
        let mut receipt = Receipt::default();
        for event in &mut batch.events {
            if !self.insert_event(connection, arrival, event)? {
                receipt.duplicates += 1;
            }
        }
        Ok(receipt)
    }

    /// Whether so much was stored that [`Self::forget_keys`] should take a step before more is.
    #[must_use]
    pub fn is_forgetting_due(&self) -> bool {
        self.stored_since_step >= keys::STORED_BETWEEN_STEPS
    }

    /// Whether ids were remembered long enough to be forgotten.
    pub fn may_forget_keys(&mut self, connection: &Connection, now_ms: i64) -> Result<bool, StoreError> {
        self.stored_since_step = 0;
        let Some(remembered_for_ms) = self.remembered_for_ms else { return Ok(false) };
        keys::may_forget(connection, now_ms, now_ms.saturating_sub(remembered_for_ms))
    }

    /// Takes a step of forgetting ids that were remembered long enough. In a transaction of the caller's.
    pub fn forget_keys(&self, connection: &Connection, now_ms: i64) -> Result<(), StoreError> {
        let Some(remembered_for_ms) = self.remembered_for_ms else { return Ok(()) };
        keys::forget_step(connection, self.hash, now_ms.saturating_sub(remembered_for_ms))
    }

    /// Writes an event; false if it was there already.
    fn insert_event(
        &mut self,
        connection: &Connection,
        arrival: Arrival,
        event: &mut TrackEvent,
    ) -> Result<bool, StoreError> {
        let project = arrival.project;
        let is_named = event.id.is_some();
        // Each event without an id is a new one (datalyr.md 7.1), and gets an id that nobody has to remember.
        let text = event.id.get_or_insert_with(|| Uuid::new_v4().to_string().into());
        let event_id = ClientId::new(text);
        let key = is_named.then(|| Key::new(project, &event_id, text, self.hash));
        if let Some(key) = key
            && key.is_remembered(connection, arrival.received_ms, arrival.remembered_for_ms)?
        {
            return Ok(false);
        }
        if self.suppressions.covers(connection, project, event)? {
            return Ok(true);
        }
        let is_stored = event.kind != EventKind::Signal;
        let whose = self.whose(connection, project, event, is_stored)?;
        self.learn_who_is_who(connection, project, event, whose.subject)?;
        if let Some(pairing) = &event.pairing {
            conversions::pair(connection, project, pairing, whose, event.time_ms)?;
        }
        if !is_stored {
            return Ok(true);
        }
        let row = self.row(connection, arrival, event, &event_id, whose)?;
        let seq = match self.next_seq {
            Some(seq) => seq,
            None => events::last_seq(connection)? + 1,
        };
        self.next_seq = Some(seq + 1);
        self.stored_since_step = self.stored_since_step.saturating_add(1);
        event.seq = seq;
        events::insert(connection, event, &row)?;
        if let Some(session) = row.session {
            self.due.note(connection, session)?;
        }
        if let Some(key) = key {
            key.remember(connection, seq, arrival.received_ms)?;
        }
        if let (Some(touch), Some(subject)) = (&event.touch, whose.subject) {
            let told = Told { subject, anonymous: whose.anonymous, session: row.session, time_ms: event.time_ms };
            touches::note(connection, &mut self.dictionary, told, touch)?;
        }
        if let Some(conversion) = &event.conversion {
            let currency = self.dictionary.id(connection, &conversion.currency)?;
            conversions::insert(connection, event, conversion, &row, currency)?;
        }
        if let (EventKind::DownloadClick, Some(address_hash)) = (event.kind, &arrival.address_hash) {
            conversions::note_download_click(connection, event, &row, address_hash)?;
        }
        Ok(true)
    }

    /// The row ids of those whose event it is.
    fn whose(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        event: &TrackEvent,
        is_stored: bool,
    ) -> Result<Whose, rusqlite::Error> {
        let user = event.user.as_deref();
        let user = user.map(|user| self.identifiers.proven_user(connection, project, user)).transpose()?;
        let anonymous = match event.anonymous.as_deref() {
            // Whoever only signals has no event of its own, and is no person yet.
            Some(anonymous) if user.is_none() && is_stored => {
                Some(self.identifiers.seen_anonymous(connection, project, anonymous)?)
            }
            Some(anonymous) => Some(self.identifiers.id(connection, project, IdentifierKind::Anonymous, anonymous)?),
            None => None,
        };
        Ok(Whose { subject: user.or(anonymous), anonymous })
    }

    /// What the event's ids and texts are called in the file. Counts the event into its session.
    fn row<'e>(
        &mut self,
        connection: &Connection,
        arrival: Arrival,
        event: &TrackEvent,
        event_id: &'e ClientId,
        whose: Whose,
    ) -> Result<events::Row<'e>, StoreError> {
        let project = arrival.project;
        let device = event.device.as_deref();
        let device = device.map(|device| self.identifiers.id(connection, project, IdentifierKind::Device, device));
        let channel = self.dictionary.id(connection, &event.channel)?;
        let session = event.session.as_deref();
        let session = session
            .map(|session| self.sessions.count(connection, project, session, (event, arrival.received_ms), channel));
        Ok(events::Row {
            project,
            received_ms: arrival.received_ms,
            event_id,
            name: self.dictionary.id(connection, &event.name)?,
            whose,
            device: device.transpose()?,
            session: session.transpose()?,
            channel,
            library: self.library(connection, event)?,
            // A server's own place says nothing of the person it speaks of.
            country: if &*event.channel == SERVER_CHANNEL { Country::UNKNOWN } else { arrival.country },
        })
    }

    fn library(&mut self, connection: &Connection, event: &TrackEvent) -> Result<Option<i64>, rusqlite::Error> {
        let Some(library) = event.library.as_deref() else { return Ok(None) };
        match event.library_version.as_deref() {
            Some(version) => self.dictionary.id(connection, &format!("{library} {version}")).map(Some),
            None => self.dictionary.id(connection, library).map(Some),
        }
    }

    fn learn_who_is_who(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        event: &TrackEvent,
        subject: Option<i64>,
    ) -> Result<(), rusqlite::Error> {
        let said = Said { project, time_ms: event.time_ms, subject };
        for statement in &event.statements {
            self.ties.say(connection, &mut self.identifiers, said, statement)?;
        }
        if let (Some(_), Some(subject)) = (&event.user, subject) {
            for known in &event.traits {
                traits::learn(connection, project, subject, known, event.time_ms)?;
            }
        }
        Ok(())
    }
}
