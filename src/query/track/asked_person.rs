//! The person that somebody asks for by one of its ids.

use rusqlite::Connection;

use super::identity::{self, Person};
use crate::domain::id::ProjectId;
use crate::domain::track::{Identifier, IdentifierKind};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::track::traits::normal_email;

/// What an id without a kind is tried as, in this order.
const KINDS: [IdentifierKind; 3] = [IdentifierKind::User, IdentifierKind::Anonymous, IdentifierKind::Device];

/// Finds the person who is called `user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID`, `email:ADDRESS`, or by an id
/// without its kind. Of several persons with an e-mail address it is the one who was identified last.
pub fn find(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    text: &str,
) -> Result<Option<Person>, StoreError> {
    let (kind, value) = text.split_once(':').unwrap_or(("", text));
    if kind == "email"
        && let Some(email) = normal_email(value)
    {
        return by_email(connection, project, &email);
    }
    if let Some(kind) = IdentifierKind::from_name(kind)
        && let Some(person) = by_identifier(connection, hash, project, kind, value)?
    {
        return Ok(Some(person));
    }
    for kind in KINDS {
        if let Some(person) = by_identifier(connection, hash, project, kind, text)? {
            return Ok(Some(person));
        }
    }
    Ok(None)
}

/// The person to whom an identifier belongs now.
pub fn by_identifier(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    kind: IdentifierKind,
    value: &str,
) -> Result<Option<Person>, StoreError> {
    let identifier = Identifier { kind, value: value.into() };
    let Some(id) = identity::find(connection, hash, project, &identifier)? else { return Ok(None) };
    let Some(root) = identity::person_at(connection, id, i64::MAX)? else { return Ok(None) };
    identity::person(connection, root)
}

fn by_email(connection: &Connection, project: ProjectId, email: &str) -> Result<Option<Person>, StoreError> {
    let mut users = connection.prepare_cached(include_str!("asked_person_by_email.sql"))?;
    let users = users.query_map((project.0, email), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for user in users {
        if let Some(root) = identity::person_at(connection, user, i64::MAX)? {
            return identity::person(connection, root);
        }
    }
    Ok(None)
}
