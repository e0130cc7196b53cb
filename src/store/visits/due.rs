//! Which sessions' visits must be made again.

use std::collections::HashSet;

use rusqlite::{Connection, params};

/// Sessions that are remembered as noted; more are noted again, which is only slower.
const MAX_KNOWN: usize = 200_000;

/// Of which protocol a session is; the number is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SessionKind {
    Heat = 0,
    Track = 1,
}

impl SessionKind {
    /// The kind of a row.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Heat, Self::Track].into_iter().find(|kind| *kind as i64 == number)
    }
}

/// Notes sessions of one kind in the file, each only once until its visits were made.
#[derive(Debug)]
pub struct DueSessions {
    kind: SessionKind,
    /// Those that the file has noted, as far as they are remembered.
    known: HashSet<i64>,
}

impl DueSessions {
    #[must_use]
    pub fn new(kind: SessionKind) -> Self {
        Self { kind, known: HashSet::new() }
    }

    /// Notes a session in the open transaction.
    pub fn note(&mut self, connection: &Connection, session: i64) -> Result<(), rusqlite::Error> {
        if self.known.contains(&session) {
            return Ok(());
        }
        note(connection, self.kind, session)?;
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        self.known.insert(session);
        Ok(())
    }

    /// A session's visits are made and on the disk: it is due no longer.
    pub fn made(&mut self, session: i64) {
        self.known.remove(&session);
    }

    /// Forgets what a rolled back transaction may have noted.
    pub fn forget(&mut self) {
        self.known.clear();
    }
}

/// Notes a session of which nobody remembers anything.
pub fn note(connection: &Connection, kind: SessionKind, session: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO visit_due (kind, session_id) VALUES (?1, ?2)")?
        .execute(params![kind as u8, session])?;
    Ok(())
}
