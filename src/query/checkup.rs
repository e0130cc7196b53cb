//! What can be said of a file by looking at it: whether its pages are sound, what it was made with, who may use it.

use rusqlite::{Connection, OptionalExtension};

use crate::store::StoreError;

/// Most complaints about pages that are told.
const MAX_COMPLAINTS: u32 = 20;

/// Virtual machine steps between two signs of life.
const STEPS_PER_SIGN: i32 = 100_000;

/// How the file is used, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// `wal`, unless somebody else has changed it.
    pub journal_mode: String,
    pub page_bytes: u64,
    pub pages: u64,
    /// When the file was made, in milliseconds since the epoch.
    pub created_at_ms: i64,
    pub projects: u64,
    /// Projects with a key that works.
    pub projects_with_key: u64,
    /// Administrators who can sign in.
    pub admins: u64,
    /// When the newest data arrived, in milliseconds since the epoch.
    pub newest_received_ms: Option<i64>,
}

/// Reads what the file says about itself; it must have this binary's schema.
pub fn file_facts(connection: &Connection) -> Result<FileFacts, StoreError> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u64>(0));
    Ok(FileFacts {
        journal_mode: connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?,
        page_bytes: count("PRAGMA page_size")?,
        pages: count("PRAGMA page_count")?,
        created_at_ms: connection.query_row("SELECT created_at_ms FROM install", [], |row| row.get(0))?,
        projects: count("SELECT COUNT(*) FROM project")?,
        projects_with_key: count("SELECT COUNT(DISTINCT project_id) FROM project_key WHERE revoked_at_ms IS NULL")?,
        admins: crate::store::accounts::account::count_admins(connection)?,
        newest_received_ms: newest_received_ms(connection)?,
    })
}

/// Looks at the last row of each kind only.
fn newest_received_ms(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let last_rows = [
        "SELECT received_at_ms FROM heat_session ORDER BY id DESC LIMIT 1",
        "SELECT received_ms FROM track_event ORDER BY seq DESC LIMIT 1",
        "SELECT created_at_ms FROM traffic_request ORDER BY id DESC LIMIT 1",
    ];
    let mut newest = None;
    for sql in last_rows {
        newest = newest.max(connection.query_row(sql, [], |row| row.get::<_, i64>(0)).optional()?);
    }
    Ok(newest)
}

/// How a connection syncs: 2 is FULL, 3 EXTRA.
pub fn synchronous(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?)
}

/// What SQLite finds wrong with the pages of the file; nothing if it is sound.
///
/// The quick check leaves out whether indexes and tables say the same. `sign_of_life` is called now and then.
pub fn complaints(
    connection: &mut Connection,
    is_thorough: bool,
    mut sign_of_life: impl FnMut() + Send + 'static,
) -> Result<Vec<String>, StoreError> {
    let sign = move || {
        sign_of_life();
        false
    };
    connection.progress_handler(STEPS_PER_SIGN, Some(sign))?;
    let name = if is_thorough { "integrity_check" } else { "quick_check" };
    let found = connection
        .prepare(&format!("PRAGMA {name}({MAX_COMPLAINTS})"))
        .and_then(|mut check| check.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>());
    connection.progress_handler(0, None::<fn() -> bool>)?;
    Ok(found?.into_iter().filter(|line| line != "ok").collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};
    use crate::store::registry::{self, Secret};
    use crate::store::{connection, migrate};

    #[test]
    fn a_new_file_is_sound_and_has_nothing_in_it() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut file, 7).unwrap();
        let facts = file_facts(&file).unwrap();
        assert_eq!((facts.created_at_ms, facts.projects, facts.newest_received_ms), (7, 0, None));
        let project = registry::add_project(&file, "shop", 8).unwrap().project;
        assert_eq!(file_facts(&file).unwrap().projects_with_key, 0);
        registry::create_secret(&file, Secret::ProjectKey, project, 8).unwrap();
        let facts = file_facts(&file).unwrap();
        assert_eq!((facts.projects, facts.projects_with_key, facts.admins), (1, 1, 0));
        for is_thorough in [false, true] {
            assert_eq!(complaints(&mut file, is_thorough, || ()).unwrap(), Vec::<String>::new());
        }
    }

    #[test]
    fn a_page_that_was_overwritten_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hearth.db");
        let overrides = Overrides { data: Some(path.display().to_string()), ..Overrides::default() };
        let config = load_from(&overrides, &Surroundings::default()).unwrap().config;
        let mut file = connection::open_writer(&config.storage).unwrap();
        migrate::migrate(&mut file, 7).unwrap();
        file.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(file);
        let mut bytes = std::fs::read(&path).unwrap();
        let page = bytes.len() / 2 / 4096 * 4096;
        bytes[page..page + 4096].fill(0x5a);
        std::fs::write(&path, bytes).unwrap();
        let mut file = connection::open_reader(&config.storage).unwrap();
        let found = complaints(&mut file, true, || ());
        assert!(found.is_err() || !found.unwrap().is_empty());
    }
}
