//! Who is who: persons, as they follow from all that was ever said (datalyr.md 7.4).
//!
//! * A user belongs to itself, and with the users that `$alias` made one with it.
//! * An anonymous id belongs, at a time, to the proven user it was tied to last at or before then, else to the first it
//!   was tied to later, else to itself.
//! * Devices and external ids lead to persons, and own nothing.

pub mod named;
pub mod names;
mod reach;
mod ties;
mod users;

use rusqlite::{Connection, OptionalExtension, Row, params};

use self::ties::Target;
use crate::domain::id::ProjectId;
use crate::domain::track::{Identifier, IdentifierKind};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Most identifiers of one kind that are read of one person.
const MAX_MEMBERS: usize = 10_000;

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

/// A row of an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    pub kind: Option<IdentifierKind>,
    pub value: String,
    /// Of a user: what its person is listed by.
    pub person: Option<i64>,
}

impl Known {
    fn read(row: &Row<'_>, id: usize, value: usize) -> Result<Self, rusqlite::Error> {
        Ok(Self { id: row.get(id)?, value: row.get(value)? })
    }
}

impl Span {
    pub const ALL: Self = Self { from_ms: i64::MIN, until_ms: i64::MAX };
}

/// The row id of an identifier.
pub fn find(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    identifier: &Identifier,
) -> Result<Option<i64>, StoreError> {
    let value = &*identifier.value;
    Ok(connection
        .prepare_cached(include_str!("identity/find.sql"))?
        .query_row(params![project.0, identifier.kind.code(), hash.hash(value), value], |row| row.get(0))
        .optional()?)
}

/// The person, by the row id that stands for it, to whom an identifier belongs at a time; nobody if the row is gone, or is
/// a user of whom nothing says that it is one.
pub fn person_at(connection: &Connection, identifier: i64, time_ms: i64) -> Result<Option<i64>, StoreError> {
    let Some(row) = row(connection, identifier)? else { return Ok(None) };
    match row.kind {
        Some(IdentifierKind::User) => listed(connection, row.person.unwrap_or(identifier)),
        Some(IdentifierKind::Anonymous) => owner_at(connection, identifier, time_ms).map(Some),
        Some(IdentifierKind::Device | IdentifierKind::External) => {
            let targets = ties::targets(connection, identifier)?;
            let target = match targets[..] {
                [only] => Some(only),
                [] => None,
                _ => ties::target_at(connection, identifier, time_ms)?,
            };
            match target {
                Some(Target { person: Some(person), .. }) => Ok(Some(person)),
                Some(Target { id, person: None }) => owner_at(connection, id, time_ms).map(Some),
                None => Ok(None),
            }
        }
        None => Ok(None),
    }
}

/// The person for whom a row id stands.
pub fn person(connection: &Connection, root: i64) -> Result<Option<Person>, StoreError> {
    let Some(row) = row(connection, root)? else { return Ok(None) };
    match row.kind {
        Some(IdentifierKind::User) => {
            let Some(root) = listed(connection, row.person.unwrap_or(root))? else { return Ok(None) };
            reach::of_users(connection, root, users::users(connection, root)?).map(Some)
        }
        Some(IdentifierKind::Anonymous) if owner_at(connection, root, i64::MAX)? == root => {
            reach::of_anonymous(connection, Known { id: root, value: row.value }).map(Some)
        }
        _ => Ok(None),
    }
}

/// An identifier by its row id.
pub fn row(connection: &Connection, id: i64) -> Result<Option<Identified>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT kind, value, person_id FROM track_identifier WHERE id = ?1")?;
    let row = statement.query_row([id], |row| {
        Ok(Identified { kind: IdentifierKind::from_code(row.get(0)?), value: row.get(1)?, person: row.get(2)? })
    });
    Ok(row.optional()?)
}

/// The user that stands for a person, if one of the person's users is proven.
fn listed(connection: &Connection, person: i64) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id FROM track_identifier WHERE id = ?1 AND is_person = 1")?
        .query_row([person], |row| row.get(0))
        .optional()?)
}

/// Whose an anonymous id is at a time: a person's, or its own.
fn owner_at(connection: &Connection, anonymous: i64, time_ms: i64) -> Result<i64, StoreError> {
    let targets = ties::targets(connection, anonymous)?;
    let mut persons = targets.iter().filter_map(|target| target.person);
    let Some(person) = persons.next() else { return Ok(anonymous) };
    if persons.all(|other| other == person) {
        return Ok(person);
    }
    Ok(ties::user_at(connection, anonymous, time_ms)?.unwrap_or(person))
}
