//! The row ids of everything by which somebody may be known.

use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::ProjectId;
use crate::domain::track::IdentifierKind;
use crate::store::dictionary::TextHash;

/// Identifiers the writer remembers.
const CACHED: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// Longer ones are looked up in the file each time, so that the cache stays within about 16 MiB.
const MAX_CACHED_BYTES: usize = 128;

/// What the writer remembers of identifiers. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct Identifiers {
    hash: TextHash,
    cache: LruCache<Key, Entry>,
}

type Key = (ProjectId, IdentifierKind, Box<str>);

/// What is remembered of one.
#[derive(Debug, Clone, Copy)]
struct Entry {
    id: i64,
    /// Of a user: whether it is proven to be one. Of an anonymous id: whether it was seen with an event of its own.
    is_settled: bool,
}

impl Identifiers {
    #[must_use]
    pub fn new(hash: TextHash) -> Self {
        Self { hash, cache: LruCache::new(CACHED) }
    }

    /// Forgets what a rolled back transaction may have added.
    pub fn forget(&mut self) {
        self.cache.clear();
    }

    /// The row id, made if it is new.
    pub fn id(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        kind: IdentifierKind,
        value: &str,
    ) -> Result<i64, rusqlite::Error> {
        Ok(self.entry(connection, project, kind, value)?.id)
    }

    /// The row id of a user who is one beyond doubt: from now on, ties to it count.
    pub fn proven_user(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        value: &str,
    ) -> Result<i64, rusqlite::Error> {
        let entry = self.entry(connection, project, IdentifierKind::User, value)?;
        if !entry.is_settled {
            connection
                .prepare_cached("UPDATE track_identifier SET is_proven = 1 WHERE id = ?1")?
                .execute([entry.id])?;
            connection.prepare_cached(include_str!("list_person_of_user.sql"))?.execute([entry.id])?;
            connection.prepare_cached(include_str!("unlist_tied_to_user.sql"))?.execute([entry.id])?;
            self.remember((project, IdentifierKind::User, value.into()), Entry { is_settled: true, ..entry });
        }
        Ok(entry.id)
    }

    /// The row id of an anonymous id that has an event of its own: it stands for a person unless it is tied to a user.
    pub fn seen_anonymous(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        value: &str,
    ) -> Result<i64, rusqlite::Error> {
        let entry = self.entry(connection, project, IdentifierKind::Anonymous, value)?;
        if !entry.is_settled {
            connection.prepare_cached(include_str!("list_anonymous.sql"))?.execute([entry.id])?;
            self.remember((project, IdentifierKind::Anonymous, value.into()), Entry { is_settled: true, ..entry });
        }
        Ok(entry.id)
    }

    fn remember(&mut self, key: Key, entry: Entry) {
        if key.2.len() <= MAX_CACHED_BYTES {
            self.cache.put(key, entry);
        }
    }

    fn entry(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        kind: IdentifierKind,
        value: &str,
    ) -> Result<Entry, rusqlite::Error> {
        let key = (project, kind, value.into());
        if let Some(&entry) = self.cache.get(&key) {
            return Ok(entry);
        }
        let hash = self.hash.hash(value);
        let known = connection
            .prepare_cached(include_str!("find_identifier.sql"))?
            .query_row(params![project.0, kind.code(), hash, value], |row| {
                Ok(Entry { id: row.get(0)?, is_settled: kind == IdentifierKind::User && row.get(1)? })
            })
            .optional()?;
        let entry = match known {
            Some(entry) => entry,
            None => Entry { id: add(connection, project, kind, hash, value)?, is_settled: false },
        };
        self.remember(key, entry);
        Ok(entry)
    }
}

/// Adds an identifier; a user begins as a person of its own.
fn add(
    connection: &Connection,
    project: ProjectId,
    kind: IdentifierKind,
    hash: i64,
    value: &str,
) -> Result<i64, rusqlite::Error> {
    let id = connection
        .prepare_cached("INSERT INTO track_identifier (project_id, kind, hash, value) VALUES (?1, ?2, ?3, ?4)")?
        .insert(params![project.0, kind.code(), hash, value])?;
    if kind == IdentifierKind::User {
        connection.prepare_cached("UPDATE track_identifier SET person_id = id WHERE id = ?1")?.execute([id])?;
    }
    Ok(id)
}
