//! Accounts: a name, a password, perhaps a second factor.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::sessions;

/// An account as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    pub id: i64,
    pub name: String,
    /// `$argon2id$...`
    pub password_hash: String,
    pub is_admin: bool,
    /// Absent: no second factor.
    pub totp_secret: Option<Vec<u8>>,
    pub totp_last_step: i64,
    pub created_at_ms: i64,
    pub last_login_at_ms: Option<i64>,
    pub disabled_at_ms: Option<i64>,
}

const COLUMNS: &str = "SELECT id, name, password_hash, is_admin, totp_secret, totp_last_step, created_at_ms, last_login_at_ms, disabled_at_ms FROM account";

fn row(row: &Row<'_>) -> Result<AccountRow, rusqlite::Error> {
    Ok(AccountRow {
        id: row.get(0)?,
        name: row.get(1)?,
        password_hash: row.get(2)?,
        is_admin: row.get(3)?,
        totp_secret: row.get(4)?,
        totp_last_step: row.get(5)?,
        created_at_ms: row.get(6)?,
        last_login_at_ms: row.get(7)?,
        disabled_at_ms: row.get(8)?,
    })
}

/// What names are compared by.
#[must_use]
pub fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Adds an account; none if there is one of that name already.
pub fn add(
    connection: &Connection,
    name: &str,
    password_hash: &str,
    is_admin: bool,
    now_ms: i64,
) -> Result<Option<i64>, rusqlite::Error> {
    let mut insert = connection.prepare_cached(include_str!("insert_account.sql"))?;
    insert.query_row(params![name.trim(), name_key(name), password_hash, is_admin, now_ms], |row| row.get(0)).optional()
}

/// The account of a name, in whatever case.
pub fn find(connection: &Connection, name: &str) -> Result<Option<AccountRow>, rusqlite::Error> {
    connection.prepare_cached(&format!("{COLUMNS} WHERE name_key = ?1"))?.query_row([name_key(name)], row).optional()
}

/// The account with a row id.
pub fn by_id(connection: &Connection, id: i64) -> Result<Option<AccountRow>, rusqlite::Error> {
    connection.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?.query_row([id], row).optional()
}

/// All accounts, in the order of their names.
pub fn list(connection: &Connection) -> Result<Vec<AccountRow>, rusqlite::Error> {
    connection.prepare_cached(&format!("{COLUMNS} ORDER BY name_key"))?.query_map([], row)?.collect()
}

/// How many administrators there are who can sign in.
pub fn count_admins(connection: &Connection) -> Result<u64, rusqlite::Error> {
    connection
        .prepare_cached("SELECT COUNT(*) FROM account WHERE is_admin = 1 AND disabled_at_ms IS NULL")?
        .query_row([], |row| row.get(0))
}

/// Gives an account another name; false if somebody else has it.
pub fn rename(connection: &Connection, id: i64, name: &str) -> Result<bool, rusqlite::Error> {
    let changed = connection
        .prepare_cached("UPDATE OR IGNORE account SET name = ?2, name_key = ?3 WHERE id = ?1")?
        .execute(params![id, name.trim(), name_key(name)])?;
    Ok(changed == 1)
}

/// Sets a password. Every session ends: whoever had one may have had the old password, too.
pub fn set_password(connection: &Connection, id: i64, password_hash: &str) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE account SET password_hash = ?2 WHERE id = ?1")?
        .execute(params![id, password_hash])?;
    sessions::end_all(connection, id)
}

/// Makes an account an administrator of the installation, or not.
pub fn set_admin(connection: &Connection, id: i64, is_admin: bool) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("UPDATE account SET is_admin = ?2 WHERE id = ?1")?.execute(params![id, is_admin])?;
    Ok(())
}

/// Locks an account out, and ends its sessions.
pub fn disable(connection: &Connection, id: i64, now_ms: i64) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("UPDATE account SET disabled_at_ms = ?2 WHERE id = ?1")?.execute([id, now_ms])?;
    sessions::end_all(connection, id)
}

/// Lets an account in again.
pub fn enable(connection: &Connection, id: i64) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("UPDATE account SET disabled_at_ms = NULL WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Deletes an account with its sessions and roles. What it made stays, and is nobody's.
pub fn delete(connection: &Connection, id: i64) -> Result<(), rusqlite::Error> {
    for sql in [
        "DELETE FROM account_session WHERE account_id = ?1",
        "DELETE FROM account_role WHERE account_id = ?1",
        "DELETE FROM recovery_code WHERE account_id = ?1",
        "UPDATE share_link SET created_by = NULL WHERE created_by = ?1",
        "UPDATE read_token SET created_by = NULL WHERE created_by = ?1",
        "DELETE FROM account WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

/// Notes that somebody signed in.
pub fn note_login(connection: &Connection, id: i64, now_ms: i64) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("UPDATE account SET last_login_at_ms = ?2 WHERE id = ?1")?.execute([id, now_ms])?;
    Ok(())
}

/// Sets the second factor, or takes it away; `used_step` is that of the code by which the owner proved to have it.
pub fn set_totp(
    connection: &Connection,
    id: i64,
    secret: Option<&[u8]>,
    used_step: i64,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE account SET totp_secret = ?2, totp_last_step = ?3 WHERE id = ?1")?
        .execute(params![id, secret, used_step])?;
    Ok(())
}

/// Uses the code of a step up; false if it, or a later one, was used before.
pub fn use_totp_step(connection: &Connection, id: i64, step: i64) -> Result<bool, rusqlite::Error> {
    let changed = connection
        .prepare_cached("UPDATE account SET totp_last_step = ?2 WHERE id = ?1 AND totp_last_step < ?2")?
        .execute([id, step])?;
    Ok(changed == 1)
}
