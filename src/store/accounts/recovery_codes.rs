//! Codes that stand in for a lost second factor, each once.

use rusqlite::Connection;

use crate::domain::id::SecretHash;

/// Replaces the codes of an account.
pub fn replace(connection: &Connection, account: i64, codes: &[SecretHash]) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("DELETE FROM recovery_code WHERE account_id = ?1")?.execute([account])?;
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO recovery_code (account_id, hash) VALUES (?1, ?2)")?;
    for code in codes {
        insert.execute(rusqlite::params![account, code])?;
    }
    Ok(())
}

/// Uses a code up; false if the account has no such code any more.
pub fn use_up(connection: &Connection, account: i64, code: &SecretHash) -> Result<bool, rusqlite::Error> {
    let used = connection
        .prepare_cached("DELETE FROM recovery_code WHERE account_id = ?1 AND hash = ?2")?
        .execute(rusqlite::params![account, code])?;
    Ok(used == 1)
}

/// How many codes an account has left.
pub fn count(connection: &Connection, account: i64) -> Result<u32, rusqlite::Error> {
    connection
        .prepare_cached("SELECT COUNT(*) FROM recovery_code WHERE account_id = ?1")?
        .query_row([account], |row| row.get(0))
}
