//! Texts that repeat, kept once and named by a number.

use std::hash::Hasher;
use std::num::NonZeroUsize;

use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};
use siphasher::sip::SipHasher13;

use crate::domain::text::{TextRef, Texts};

/// Ids the writer remembers.
const CACHED_TEXTS: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// Longer texts are looked up in the file each time, so that the cache stays within about 16 MiB.
const MAX_CACHED_BYTES: usize = 1_024;

/// Hashes texts for looking them up; keyed, so that nobody outside can make texts collide.
#[derive(Debug, Clone, Copy)]
pub struct TextHash {
    key: (u64, u64),
}

impl TextHash {
    /// The hash of an installation.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let half = |at: usize| u64::from_le_bytes(std::array::from_fn(|n| secret[at + n]));
        Self { key: (half(0), half(8)) }
    }

    /// The id of `text`, if it is in the dictionary.
    pub fn find(self, connection: &Connection, text: &str) -> Result<Option<i64>, rusqlite::Error> {
        connection
            .prepare_cached("SELECT id FROM dictionary WHERE hash = ?1 AND text = ?2")?
            .query_row(params![self.hash(text), text], |row| row.get(0))
            .optional()
    }

    /// The number by which a text is looked up.
    #[expect(clippy::cast_possible_wrap, reason = "SQLite's integers are signed; only equality matters")]
    #[must_use]
    pub fn hash(self, text: &str) -> i64 {
        let mut hasher = SipHasher13::new_with_keys(self.key.0, self.key.1);
        hasher.write(text.as_bytes());
        hasher.finish() as i64
    }
}

/// The text that `id` names; empty if the file lost it.
pub fn text(connection: &Connection, id: i64) -> Result<String, rusqlite::Error> {
    let text = connection
        .prepare_cached("SELECT text FROM dictionary WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(text.unwrap_or_default())
}

/// The writer's side: finds ids, and adds what is new.
#[derive(Debug)]
pub struct Dictionary {
    hash: TextHash,
    cache: LruCache<Box<str>, i64>,
}

impl Dictionary {
    #[must_use]
    pub fn new(hash: TextHash) -> Self {
        Self { hash, cache: LruCache::new(CACHED_TEXTS) }
    }

    /// The id of `text`, added if it is new.
    pub fn id(&mut self, connection: &Connection, text: &str) -> Result<i64, rusqlite::Error> {
        if let Some(&id) = self.cache.get(text) {
            return Ok(id);
        }
        let id = match self.hash.find(connection, text)? {
            Some(id) => id,
            None => connection
                .prepare_cached("INSERT INTO dictionary (hash, text) VALUES (?1, ?2)")?
                .insert(params![self.hash.hash(text), text])?,
        };
        if text.len() <= MAX_CACHED_BYTES {
            self.cache.put(text.into(), id);
        }
        Ok(id)
    }

    /// Forgets what a rolled back transaction may have added.
    pub fn forget(&mut self) {
        self.cache.clear();
    }
}

/// The ids of one batch's texts, each looked up at most once.
#[derive(Debug)]
pub struct TextIds<'a> {
    texts: &'a Texts,
    ids: Vec<Option<i64>>,
}

impl<'a> TextIds<'a> {
    #[must_use]
    pub fn new(texts: &'a Texts) -> Self {
        Self { texts, ids: vec![None; texts.len()] }
    }

    /// The dictionary id of a text of the batch.
    pub fn id(
        &mut self,
        connection: &Connection,
        dictionary: &mut Dictionary,
        name: TextRef,
    ) -> Result<i64, rusqlite::Error> {
        if let Some(id) = self.ids[name.index()] {
            return Ok(id);
        }
        let id = dictionary.id(connection, self.texts.get(name))?;
        self.ids[name.index()] = Some(id);
        Ok(id)
    }

    /// The text itself.
    #[must_use]
    pub fn text(&self, name: TextRef) -> &'a str {
        self.texts.get(name)
    }

    /// Like [`Self::id`] for a text that may be absent.
    pub fn optional(
        &mut self,
        connection: &Connection,
        dictionary: &mut Dictionary,
        name: Option<TextRef>,
    ) -> Result<Option<i64>, rusqlite::Error> {
        name.map(|name| self.id(connection, dictionary, name)).transpose()
    }
}
