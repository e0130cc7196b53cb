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

#[cfg(test)]
pub(crate) mod tests {
    use refinery::Target;

    use super::*;

    /// Makes the file say that its schema is another one than it is.
    pub fn say_schema(connection: &Connection, version: i64) {
        connection.execute("DELETE FROM refinery_schema_history WHERE version > ?1", [version]).unwrap();
        let later = "INSERT OR IGNORE INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (?1, 'x', '', '')";
        connection.execute(later, [version]).unwrap();
    }

    /// What a file of each schema holds, besides what the earlier ones do.
    const ROWS: [(i32, &str); 7] = [
        (1, include_str!("../../tests/fixtures/schema/v1.sql")),
        (2, include_str!("../../tests/fixtures/schema/v2.sql")),
        (3, include_str!("../../tests/fixtures/schema/v3.sql")),
        (4, include_str!("../../tests/fixtures/schema/v4.sql")),
        (5, include_str!("../../tests/fixtures/schema/v5.sql")),
        (6, ""),
        (9, include_str!("../../tests/fixtures/schema/v9.sql")),
    ];

    /// Those that are missing are written: once for each schema, when it is finished.
    #[test]
    fn there_is_a_file_of_every_schema_with_rows_of_its_own() {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema");
        for (schema, _) in ROWS {
            let fixture = fixtures.join(format!("v{schema}.db.zst"));
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("hearth.db");
            if !fixture.exists() {
                let mut file = Connection::open(&path).unwrap();
                for (step, rows) in ROWS.into_iter().filter(|(step, _)| *step <= schema) {
                    embedded::migrations::runner().set_target(Target::Version(step)).run(&mut file).unwrap();
                    file.execute_batch(rows).unwrap();
                }
                file.close().unwrap();
                let packed = zstd::encode_all(std::fs::File::open(&path).unwrap(), 19).unwrap();
                std::fs::write(&fixture, packed).unwrap();
            }
            let packed = std::fs::File::open(&fixture).unwrap();
            std::fs::write(&path, zstd::decode_all(packed).unwrap()).unwrap();
            assert_eq!(schema_of(&Connection::open(&path).unwrap()).unwrap(), i64::from(schema));
        }
    }
}
