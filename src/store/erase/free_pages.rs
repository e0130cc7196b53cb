//! Blanks what earlier deletions left in free pages.
//!
//! The writer usually deletes with `secure_delete=FAST`, which blanks rows inside pages that stay in use, and leaves
//! pages that become free as they are. An erasure fills all of them with zeros.

use rusqlite::Connection;

use crate::store::StoreError;

/// Bytes of a chained page that hold content: a page without the number of the next.
const CONTENT_BYTES: u64 = 4_092;

/// Pages that one row takes at most, 16 MB.
const MAX_PAGES: u64 = 4_096;

/// Overwrites every free page. To be called inside a transaction.
pub fn blank(connection: &Connection) -> Result<(), StoreError> {
    if free_pages(connection)? == 0 {
        return Ok(());
    }
    connection.execute_batch("CREATE TABLE erase_blank (zeros BLOB NOT NULL) STRICT")?;
    loop {
        let pages = free_pages(connection)?.min(MAX_PAGES);
        if pages == 0 {
            break;
        }
        connection
            .prepare("INSERT INTO erase_blank (zeros) VALUES (zeroblob(?1))")?
            .execute([i64::try_from(pages * CONTENT_BYTES).unwrap_or(i64::MAX)])?;
    }
    connection.execute_batch("DROP TABLE erase_blank")?;
    Ok(())
}

fn free_pages(connection: &Connection) -> Result<u64, rusqlite::Error> {
    connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_remains_in_free_pages() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA secure_delete=FAST; CREATE TABLE kept (a); CREATE TABLE big (id INTEGER PRIMARY KEY, text)",
            )
            .unwrap();
        for id in 0..300 {
            connection.execute("INSERT INTO big VALUES (?1, ?2)", (id, "find me ".repeat(id % 7 * 400 + 1))).unwrap();
        }
        connection.execute_batch("INSERT INTO kept VALUES ('find me not'); DELETE FROM big WHERE id % 10 > 0").unwrap();
        let count = |text: &str| {
            let bytes = std::fs::read(&path).unwrap();
            bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
        };
        assert!(free_pages(&connection).unwrap() > 50 && count("find me find me") > 1_000);
        connection.execute_batch("DELETE FROM big").unwrap();
        assert!(count("find me find me") > 1_000, "FAST leaves them");

        connection.execute_batch("BEGIN; PRAGMA secure_delete=ON").unwrap();
        blank(&connection).unwrap();
        connection.execute_batch("COMMIT").unwrap();
        assert_eq!((count("find me find me"), count("find me not")), (0, 1));
        let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
    }
}
