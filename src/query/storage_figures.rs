//! What the file holds, as far as that can be told without reading it: pages, and the last number of each kind of row.

use rusqlite::Connection;

use crate::store::StoreError;

/// How the file is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageFigures {
    pub page_bytes: u64,
    pub pages: u64,
    /// Pages that new rows will be written to before the file grows.
    pub free_pages: u64,
    /// Number of the schema's last migration.
    pub schema: u64,
    /// For each kind of row how many were ever written: erased ones count, too.
    pub written: Vec<(&'static str, u64)>,
}

/// What is counted: its name, and how to find its last number by an index.
const KINDS: [(&str, &str); 7] = [
    ("Sessions of browsers", "SELECT MAX(id) FROM heat_session"),
    ("Users of browsers", "SELECT MAX(id) FROM heat_user"),
    ("App events", "SELECT MAX(seq) FROM track_event"),
    ("Sessions of apps", "SELECT MAX(id) FROM track_session"),
    ("Ids of persons", "SELECT MAX(id) FROM track_identifier"),
    ("Proxied requests", "SELECT MAX(id) FROM traffic_request"),
    ("Different texts", "SELECT MAX(id) FROM dictionary"),
];

/// Looks at the ends of indexes and at the head of the file only.
pub fn storage_figures(connection: &Connection) -> Result<StorageFigures, StoreError> {
    let number = |sql: &str| -> Result<u64, StoreError> {
        let found: Option<u64> = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(found.unwrap_or_default())
    };
    let mut written = Vec::with_capacity(KINDS.len());
    for (name, sql) in KINDS {
        written.push((name, number(sql)?));
    }
    Ok(StorageFigures {
        page_bytes: number("PRAGMA page_size")?,
        pages: number("PRAGMA page_count")?,
        free_pages: number("PRAGMA freelist_count")?,
        schema: number("SELECT MAX(version) FROM refinery_schema_history")?,
        written,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrate;

    #[test]
    fn an_empty_file_has_pages_and_no_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut connection, 0).unwrap();
        let figures = storage_figures(&connection).unwrap();
        assert!(figures.pages > 10 && figures.page_bytes >= 512 && figures.schema >= 6, "{figures:?}");
        assert!(figures.written.iter().all(|(_, count)| *count == 0));
    }
}
