//! Who is who: ties, aliases and matched browsers, as they are said. Persons follow from them when somebody asks.

use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::{Connection, params};

use super::identifiers::Identifiers;
use crate::domain::id::ProjectId;
use crate::domain::track::{IdentifierKind, Statement};

/// Pairs of identifiers the writer remembers as tied.
const CACHED: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// What the writer remembers of ties. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct Ties {
    tied: LruCache<(i64, i64), ()>,
}

/// An event as far as its statements are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Said {
    pub project: ProjectId,
    pub time_ms: i64,
    /// The event's user, else its anonymous id.
    pub subject: Option<i64>,
}

impl Default for Ties {
    fn default() -> Self {
        Self { tied: LruCache::new(CACHED) }
    }
}

impl Ties {
    /// Forgets what a rolled back transaction may have added.
    pub fn forget(&mut self) {
        self.tied.clear();
    }

    /// Writes down what an event says.
    pub fn say(
        &mut self,
        connection: &Connection,
        identifiers: &mut Identifiers,
        said: Said,
        statement: &Statement,
    ) -> Result<(), rusqlite::Error> {
        let project = said.project;
        match statement {
            Statement::Proven { user } => identifiers.proven_user(connection, project, user).map(|_| ()),
            Statement::Same { survivor, absorbed } => {
                let survivor = identifiers.proven_user(connection, project, survivor)?;
                let absorbed = identifiers.id(connection, project, IdentifierKind::User, absorbed)?;
                if survivor == absorbed {
                    return Ok(());
                }
                connection.prepare_cached(include_str!("put_alias.sql"))?.execute(params![
                    absorbed,
                    survivor,
                    said.time_ms
                ])?;
                unite(connection, survivor, absorbed)
            }
            Statement::Tie { from, to } => {
                let from_id = identifiers.id(connection, project, from.kind, &from.value)?;
                let to_id = identifiers.id(connection, project, to.kind, &to.value)?;
                self.tie(connection, from_id, to_id, said.time_ms)
            }
            Statement::WebMatch { anonymous } => {
                let Some(subject) = said.subject else { return Ok(()) };
                let browser = identifiers.id(connection, project, IdentifierKind::Anonymous, anonymous)?;
                if browser == subject {
                    return Ok(());
                }
                connection.prepare_cached(include_str!("put_web_match.sql"))?.execute(params![
                    subject,
                    browser,
                    said.time_ms
                ])?;
                Ok(())
            }
        }
    }

    fn tie(&mut self, connection: &Connection, from: i64, to: i64, time_ms: i64) -> Result<(), rusqlite::Error> {
        if from == to {
            return Ok(());
        }
        connection
            .prepare_cached("INSERT OR IGNORE INTO track_tie (from_id, time_ms, to_id) VALUES (?1, ?2, ?3)")?
            .execute(params![from, time_ms, to])?;
        if self.tied.put((from, to), ()).is_some() {
            return Ok(());
        }
        let added = connection
            .prepare_cached("INSERT OR IGNORE INTO track_tied (from_id, to_id) VALUES (?1, ?2)")?
            .execute([from, to])?;
        if added > 0 {
            connection.prepare_cached(include_str!("unlist_tied.sql"))?.execute([from, to])?;
        }
        Ok(())
    }
}

/// Makes the components of two users one. The smaller one moves, and no more than about its size is counted, so that a
/// component of n users has cost about n log n.
fn unite(connection: &Connection, one: i64, other: i64) -> Result<(), rusqlite::Error> {
    let root = |id: i64| {
        connection
            .prepare_cached("SELECT person_id FROM track_identifier WHERE id = ?1")?
            .query_row([id], |row| row.get::<_, i64>(0))
    };
    let (one, other) = (root(one)?, root(other)?);
    if one == other {
        return Ok(());
    }
    let (kept, moved) = if is_smaller(connection, one, other)? { (other, one) } else { (one, other) };
    connection.prepare_cached(include_str!("list_united.sql"))?.execute([kept, moved])?;
    connection.prepare_cached("UPDATE track_identifier SET is_person = 0 WHERE id = ?1")?.execute([moved])?;
    connection
        .prepare_cached("UPDATE track_identifier SET person_id = ?1 WHERE person_id = ?2")?
        .execute([kept, moved])?;
    Ok(())
}

/// Whether the component of `one` has fewer users than that of `other`.
fn is_smaller(connection: &Connection, one: i64, other: i64) -> Result<bool, rusqlite::Error> {
    let mut count_some = connection.prepare_cached(include_str!("count_some_of_person.sql"))?;
    let mut most = 16_i64;
    loop {
        let mut size = |root: i64| count_some.query_row([root, most], |row| row.get::<_, i64>(0));
        let (size_of_one, size_of_other) = (size(one)?, size(other)?);
        if size_of_one < most || size_of_other < most {
            return Ok(size_of_one < size_of_other);
        }
        most = most.saturating_mul(4);
    }
}
