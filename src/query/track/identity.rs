//! Who is who: persons, as they follow from all that was ever said (datalyr.md 7.4).
//!
//! * A user belongs to itself, and with the users that `$alias` made one with it.
//! * An anonymous id belongs, at a time, to the proven user it was tied to last at or before then, else to the first it
//!   was tied to later, else to itself.
//! * Devices and external ids lead to persons, and own nothing.

use rusqlite::Connection;

use crate::domain::id::ProjectId;
use crate::domain::track::Identifier;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// A person and everything it owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Row id of the identifier that stands for it.
    pub root: i64,
    /// The surviving one first; none for somebody anonymous.
    pub users: Vec<Known>,
    /// Each with the times in which it is this person's.
    pub anonymous: Vec<Owned>,
    pub devices: Vec<Known>,
    pub external: Vec<Known>,
    /// Browsers whose touches lead here, too.
    pub matched: Vec<Known>,
}

/// An identifier and its row id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: i64,
    pub value: String,
}

/// An identifier that is a person's for some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    pub known: Known,
    /// In order, not touching each other; one that holds all times if the identifier is nobody else's.
    pub spans: Vec<Span>,
}

/// From `from_ms` on, up to before `until_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from_ms: i64,
    pub until_ms: i64,
}

impl Person {
    /// Whether an event of `subject` at this time is this person's.
    #[must_use]
    pub fn owns(&self, subject: i64, time_ms: i64) -> bool {
        self.users.iter().any(|user| user.id == subject)
            || self.anonymous.iter().any(|owned| {
                owned.known.id == subject && owned.spans.iter().any(|s| (s.from_ms..s.until_ms).contains(&time_ms))
            })
    }
}

/// The row id of an identifier.
pub fn find(
    _connection: &Connection,
    _hash: TextHash,
    _project: ProjectId,
    _identifier: &Identifier,
) -> Result<Option<i64>, StoreError> {
    Ok(None)
}

/// The person, by the row id that stands for it, to whom an identifier belongs at a time; nobody if the row is gone.
pub fn person_at(_connection: &Connection, _identifier: i64, _time_ms: i64) -> Result<Option<i64>, StoreError> {
    Ok(None)
}

/// The person for whom a row id stands.
pub fn person(_connection: &Connection, _root: i64) -> Result<Option<Person>, StoreError> {
    Ok(None)
}
