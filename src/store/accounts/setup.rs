//! The link of the first set-up: whoever holds it makes the first administrator. There is at most one, and only the
//! newest counts.

use rusqlite::{Connection, OptionalExtension, params};

use super::account;
use crate::domain::id::SecretHash;

/// How long it is valid, in milliseconds.
pub const VALID_FOR_MS: i64 = 24 * 60 * 60 * 1000;

/// Replaces the token.
pub fn put(connection: &Connection, hash: &SecretHash, now_ms: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO setup_token (id, hash, made_at_ms) VALUES (1, ?1, ?2)")?
        .execute(params![hash, now_ms])?;
    Ok(())
}

/// Whether a token opens the set-up: it is the newest, not too old, and there is no administrator yet.
pub fn is_valid(connection: &Connection, hash: &SecretHash, now_ms: i64) -> Result<bool, rusqlite::Error> {
    let made_at_ms: Option<i64> = connection
        .prepare_cached("SELECT made_at_ms FROM setup_token WHERE hash = ?1")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    let is_fresh = made_at_ms.is_some_and(|made_at_ms| now_ms.saturating_sub(made_at_ms) < VALID_FOR_MS);
    Ok(is_fresh && account::count_admins(connection)? == 0)
}

/// Forgets the token.
pub fn forget(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM setup_token")?.execute([])?;
    Ok(())
}
