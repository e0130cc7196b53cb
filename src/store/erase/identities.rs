//! Who was who: ties, aliases, matches, traits and the identifiers themselves; and who must stay away from now on.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::erasure::{ErasedIdentifier, Erasure};
use crate::domain::track::{Identifier, IdentifierKind};
use crate::store::StoreError;
use crate::store::track::suppressions;

/// The person as the file knows it now: with anonymous ids that have become its own since it was looked up, or were too
/// many to be.
pub fn complete(connection: &Connection, erasure: &Erasure) -> Result<Erasure, StoreError> {
    let (user, anonymous) = (IdentifierKind::User, IdentifierKind::Anonymous);
    let users: BTreeSet<i64> = erasure
        .identifiers
        .iter()
        .filter(|erased| erased.identifier.kind == user)
        .filter_map(|erased| erased.id)
        .collect();
    let mut known: BTreeSet<i64> = erasure.identifiers.iter().filter_map(|erased| erased.id).collect();
    let mut complete = erasure.clone();
    for &id in &users {
        let mut tied = connection.prepare_cached(include_str!("anonymous_of_user.sql"))?;
        let mut tied = tied.query([id, i64::from(anonymous.code())])?;
        while let Some(row) = tied.next()? {
            let id: i64 = row.get(0)?;
            let mut owners = connection.prepare_cached(include_str!("proven_users.sql"))?;
            let mut owners = owners.query_map([id, i64::from(user.code())], |row| row.get::<_, i64>(0))?;
            if owners.try_fold(true, |is_own, owner| Ok::<_, rusqlite::Error>(is_own && users.contains(&owner?)))?
                && known.insert(id)
            {
                let identifier = Identifier { kind: anonymous, value: row.get::<_, String>(1)?.into() };
                complete.identifiers.push(ErasedIdentifier { id: Some(id), identifier, spans: None });
            }
        }
    }
    Ok(complete)
}

/// Erases what the file knows of the person's identities.
pub fn erase(connection: &Connection, erasure: &Erasure, secret: &[u8; 32]) -> Result<(), StoreError> {
    let all: BTreeSet<i64> = erasure.identifiers.iter().filter_map(|erased| erased.id).collect();
    let mut gone = Vec::new();
    for erased in &erasure.identifiers {
        let is_shared = match (erased.id, erased.identifier.kind) {
            (_, IdentifierKind::User) | (None, _) => false,
            (Some(_), IdentifierKind::Anonymous) => erased.spans.is_some(),
            (Some(id), IdentifierKind::Device | IdentifierKind::External) => {
                tied_to(connection, id)?.iter().any(|to| !all.contains(to))
            }
        };
        if !is_shared {
            suppress(connection, erasure, &erased.identifier, secret)?;
            gone.extend(erased.id);
        }
    }
    let mut neighbours = BTreeSet::new();
    for &id in &gone {
        neighbours.extend(untie(connection, id)?);
        for sql in [
            "DELETE FROM track_alias WHERE absorbed_id = ?1",
            "DELETE FROM track_alias WHERE survivor_id = ?1",
            "DELETE FROM track_web_match WHERE subject_id = ?1",
            "DELETE FROM track_web_match WHERE anonymous_id = ?1",
            "DELETE FROM track_trait WHERE user_id = ?1",
            "DELETE FROM track_email WHERE user_id = ?1",
            "DELETE FROM track_identifier WHERE id = ?1",
        ] {
            connection.prepare_cached(sql)?.execute([id])?;
        }
    }
    for id in neighbours {
        if let Some(orphan) = settle(connection, id)? {
            suppress(connection, erasure, &orphan, secret)?;
        }
    }
    Ok(())
}

/// Takes away an identifier's ties to and from others, and tells who they were.
fn untie(connection: &Connection, id: i64) -> Result<Vec<i64>, rusqlite::Error> {
    let mut neighbours = tied_to(connection, id)?;
    connection.prepare_cached("DELETE FROM track_tie WHERE from_id = ?1")?.execute([id])?;
    connection.prepare_cached("DELETE FROM track_tied WHERE from_id = ?1")?.execute([id])?;
    let from = ids(connection, "SELECT from_id FROM track_tied WHERE to_id = ?1", id)?;
    for from in &from {
        connection.prepare_cached("DELETE FROM track_tie WHERE from_id = ?1 AND to_id = ?2")?.execute([*from, id])?;
    }
    connection.prepare_cached("DELETE FROM track_tied WHERE to_id = ?1")?.execute([id])?;
    neighbours.extend(from);
    Ok(neighbours)
}

/// Makes right what remains of somebody who was tied to the erased: an anonymous id may stand for itself again; what
/// is known for nothing else goes, too, and is told.
fn settle(connection: &Connection, id: i64) -> Result<Option<Identifier>, StoreError> {
    let known: Option<(u8, String)> = connection
        .prepare_cached("SELECT kind, value FROM track_identifier WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((kind, value)) = known else { return Ok(None) };
    match IdentifierKind::from_code(kind) {
        Some(IdentifierKind::Anonymous) => {
            connection.prepare_cached(include_str!("settle_anonymous.sql"))?.execute([id])?;
            Ok(None)
        }
        Some(kind) if !connection.prepare_cached(include_str!("is_needed.sql"))?.exists([id])? => {
            connection.prepare_cached("DELETE FROM track_identifier WHERE id = ?1")?.execute([id])?;
            Ok(Some(Identifier { kind, value: value.into() }))
        }
        _ => Ok(None),
    }
}

fn suppress(
    connection: &Connection,
    erasure: &Erasure,
    identifier: &Identifier,
    secret: &[u8; 32],
) -> Result<(), rusqlite::Error> {
    let hash = suppressions::hash(secret, identifier.kind, &identifier.value);
    connection.prepare_cached(include_str!("suppress.sql"))?.execute(params![
        erasure.project.0,
        identifier.kind.code(),
        hash,
        erasure.at_ms
    ])?;
    Ok(())
}

fn tied_to(connection: &Connection, id: i64) -> Result<Vec<i64>, rusqlite::Error> {
    ids(connection, "SELECT to_id FROM track_tied WHERE from_id = ?1", id)
}

fn ids(connection: &Connection, sql: &str, id: i64) -> Result<Vec<i64>, rusqlite::Error> {
    connection.prepare_cached(sql)?.query_map([id], |row| row.get(0))?.collect()
}
