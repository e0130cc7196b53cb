//! Numbered migrations; a file from the future is refused before it is touched.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;

mod embedded {
    refinery::embed_migrations!("src/store/migrations");
}

/// Refuses a file whose schema is newer than this binary knows.
pub fn check_not_newer(connection: &Connection) -> Result<(), StoreError> {
    match (schema_of(connection)?, newest_known()) {
        (found, known) if found > known => Err(StoreError::NewerFile { found, known }),
        _ => Ok(()),
    }
}

/// The schema of the file; 0: it has none yet.
pub fn schema_of(connection: &Connection) -> Result<i64, StoreError> {
    let has_history = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history'", [], |_| Ok(()))
        .optional()?
        .is_some();
    if !has_history {
        return Ok(0);
    }
    let found: Option<i64> =
        connection.query_row("SELECT MAX(version) FROM refinery_schema_history", [], |row| row.get(0))?;
    Ok(found.unwrap_or_default())
}

/// Brings the file to the newest schema and gives a new one its secret.
pub fn migrate(connection: &mut Connection, now_ms: i64) -> Result<(), StoreError> {
    // In one transaction: otherwise each migration and the note that it was made are two, and a crash between them leaves a
    // file that cannot be opened again.
    embedded::migrations::runner().set_grouped(true).run(connection)?;
    let mut secret = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut secret).map_err(|_| StoreError::Unavailable)?;
    connection.execute(
        "INSERT OR IGNORE INTO install (id, secret, created_at_ms) VALUES (1, ?1, ?2)",
        params![secret, now_ms],
    )?;
    Ok(())
}

/// The installation's secret.
pub fn install_secret(connection: &Connection) -> Result<[u8; 32], rusqlite::Error> {
    connection.query_row("SELECT secret FROM install", [], |row| row.get(0))
}

/// The schema that this binary makes.
#[must_use]
pub fn newest_known() -> i64 {
    let newest =
        embedded::migrations::runner().get_migrations().iter().map(|migration| i64::from(migration.version())).max();
    newest.unwrap_or_default()
}
