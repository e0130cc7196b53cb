//! Sessions of accounts: what the dashboard's cookie opens.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::SecretHash;

/// Sessions that an account may have; beyond them the one that was not used for the longest ends.
const MAX_SESSIONS: i64 = 50;

/// How long sessions last, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Since it was used last.
    pub idle_ms: i64,
    /// Since it began.
    pub max_ms: i64,
}

/// A living session with its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSession {
    pub id: i64,
    pub account: i64,
    pub name: String,
    pub is_admin: bool,
    pub last_used_at_ms: i64,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    pub id: i64,
    pub created_at_ms: i64,
    pub last_used_at_ms: i64,
    pub user_agent: String,
}

/// Begins a session.
pub fn begin(
    connection: &Connection,
    account: i64,
    hash: &SecretHash,
    user_agent: &str,
    now_ms: i64,
) -> Result<i64, rusqlite::Error> {
    connection.prepare_cached(include_str!("end_surplus_sessions.sql"))?.execute([account, MAX_SESSIONS - 1])?;
    connection.prepare_cached(include_str!("insert_session.sql"))?.insert(params![account, hash, now_ms, user_agent])
}

/// The living session that a secret opens; none of an account that is locked out.
pub fn find(
    connection: &Connection,
    hash: &SecretHash,
    lifetime: Lifetime,
    now_ms: i64,
) -> Result<Option<FoundSession>, rusqlite::Error> {
    let since = |length_ms: i64| now_ms.saturating_sub(length_ms);
    connection
        .prepare_cached(include_str!("find_session.sql"))?
        .query_row(params![hash, since(lifetime.idle_ms), since(lifetime.max_ms)], |row| {
            Ok(FoundSession {
                id: row.get(0)?,
                account: row.get(1)?,
                name: row.get(2)?,
                is_admin: row.get(3)?,
                last_used_at_ms: row.get(4)?,
            })
        })
        .optional()
}

/// Notes that a session was used.
pub fn touch(connection: &Connection, id: i64, now_ms: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE account_session SET last_used_at_ms = MAX(last_used_at_ms, ?2) WHERE id = ?1")?
        .execute([id, now_ms])?;
    Ok(())
}

/// The living sessions of an account, the last used one first.
pub fn list(
    connection: &Connection,
    account: i64,
    lifetime: Lifetime,
    now_ms: i64,
) -> Result<Vec<SessionInfo>, rusqlite::Error> {
    let since = |length_ms: i64| now_ms.saturating_sub(length_ms);
    connection
        .prepare_cached(include_str!("list_sessions.sql"))?
        .query_map(params![account, since(lifetime.idle_ms), since(lifetime.max_ms)], |row| {
            Ok(SessionInfo {
                id: row.get(0)?,
                created_at_ms: row.get(1)?,
                last_used_at_ms: row.get(2)?,
                user_agent: row.get(3)?,
            })
        })?
        .collect()
}

/// Ends one session of an account; false if it has none of this id.
pub fn end(connection: &Connection, account: i64, id: i64) -> Result<bool, rusqlite::Error> {
    let ended = connection
        .prepare_cached("DELETE FROM account_session WHERE account_id = ?1 AND id = ?2")?
        .execute([account, id])?;
    Ok(ended == 1)
}

/// Ends all sessions of an account but one.
pub fn end_others(connection: &Connection, account: i64, kept: i64) -> Result<usize, rusqlite::Error> {
    connection
        .prepare_cached("DELETE FROM account_session WHERE account_id = ?1 AND id <> ?2")?
        .execute([account, kept])
}

/// Ends all sessions of an account.
pub fn end_all(connection: &Connection, account: i64) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM account_session WHERE account_id = ?1")?.execute([account])?;
    Ok(())
}

/// Forgets the sessions of everybody that have run out.
pub fn forget_old(connection: &Connection, lifetime: Lifetime, now_ms: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("DELETE FROM account_session WHERE last_used_at_ms < ?1 OR created_at_ms < ?2")?
        .execute([now_ms.saturating_sub(lifetime.idle_ms), now_ms.saturating_sub(lifetime.max_ms)])?;
    Ok(())
}

/// Ends the session that a secret opens.
pub fn end_by_hash(connection: &Connection, hash: &SecretHash) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM account_session WHERE hash = ?1")?.execute([hash])?;
    Ok(())
}
