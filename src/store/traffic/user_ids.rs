//! Finds the row ids of the people behind requests, adds who is new, and keeps names up to date.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::ProjectId;
use crate::domain::traffic::TrafficRecord;

/// Users the writer remembers.
const CACHED: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// What the writer remembers of users. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct UserIds {
    cache: LruCache<(ProjectId, Box<str>), User>,
}

/// The row ids of one batch's users.
pub type BatchUsers<'b> = HashMap<(ProjectId, &'b str), i64>;

#[derive(Debug, Clone)]
struct User {
    id: i64,
    name: Option<Box<str>>,
    email: Option<Box<str>>,
}

/// What a batch tells of a user; the last one who says something is right.
#[derive(Debug, Clone, Copy, Default)]
struct Told<'b> {
    name: Option<&'b str>,
    email: Option<&'b str>,
    /// When the first of the requests was stored.
    at_ms: i64,
}

impl Default for UserIds {
    fn default() -> Self {
        Self { cache: LruCache::new(CACHED) }
    }
}

impl UserIds {
    /// The ids of all users of a batch; each is looked up, added or changed at most once.
    ///
    /// When a known user was last seen is not written here but with the rollups, once for many requests.
    pub fn of_batch<'b>(
        &mut self,
        connection: &Connection,
        records: &'b [TrafficRecord],
    ) -> Result<BatchUsers<'b>, rusqlite::Error> {
        let mut told: HashMap<(ProjectId, &str), Told<'_>> = HashMap::new();
        for record in records {
            if let Some(user) = &record.user {
                let begin = Told { at_ms: record.created_at_ms, ..Told::default() };
                let known = told.entry((record.project, &user.id)).or_insert(begin);
                known.at_ms = record.created_at_ms.min(known.at_ms);
                known.name = user.name.as_deref().or(known.name);
                known.email = user.email.as_deref().or(known.email);
            }
        }
        let mut ids = HashMap::with_capacity(told.len());
        for ((project, external_id), told) in told {
            ids.insert((project, external_id), self.id(connection, project, external_id, told)?);
        }
        Ok(ids)
    }

    /// Forgets what a rolled back transaction may have added.
    pub fn forget(&mut self) {
        self.cache.clear();
    }

    fn id(
        &mut self,
        connection: &Connection,
        project: ProjectId,
        external_id: &str,
        told: Told<'_>,
    ) -> Result<i64, rusqlite::Error> {
        let key = (project, external_id.into());
        let known = match self.cache.get(&key) {
            Some(user) => Some(user.clone()),
            None => find(connection, project, external_id)?,
        };
        let Some(mut user) = known else {
            let id = connection.prepare_cached(include_str!("insert_user.sql"))?.insert(params![
                project.0,
                external_id,
                told.name,
                told.email,
                told.at_ms
            ])?;
            self.cache.put(key, User { id, name: told.name.map(Into::into), email: told.email.map(Into::into) });
            return Ok(id);
        };
        let is_news = |told: Option<&str>, known: &Option<Box<str>>| told.is_some() && told != known.as_deref();
        if is_news(told.name, &user.name) || is_news(told.email, &user.email) {
            user.name = told.name.map(Into::into).or(user.name);
            user.email = told.email.map(Into::into).or(user.email);
            connection
                .prepare_cached("UPDATE traffic_user SET name = ?2, email = ?3 WHERE id = ?1")?
                .execute(params![user.id, user.name, user.email])?;
        }
        let id = user.id;
        self.cache.put(key, user);
        Ok(id)
    }
}

fn find(connection: &Connection, project: ProjectId, external_id: &str) -> Result<Option<User>, rusqlite::Error> {
    connection
        .prepare_cached(include_str!("find_user.sql"))?
        .query_row(params![project.0, external_id], |row| {
            Ok(User { id: row.get(0)?, name: row.get(1)?, email: row.get(2)? })
        })
        .optional()
}
