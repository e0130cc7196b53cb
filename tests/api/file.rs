//! The file: who may open it, how it is opened, and what is left alone.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use hearth::config::Storage;
use hearth::domain::ManualClock;
use hearth::store::connection::{check_sqlite_version, open_reader, open_writer, with_suffix};
use hearth::store::{Store, StoreError};
use rusqlite::Connection;

use crate::installation::{Hearth, configure};
use crate::payload::{NOW_MS, batch, click};

fn open(hearth: &Hearth) -> Result<Store, StoreError> {
    hearth.runtime.block_on(async { Store::open(&hearth.config.storage, Arc::new(ManualClock::at(NOW_MS))) })
}

#[test]
fn a_file_has_one_owner_at_a_time() {
    let mut hearth = Hearth::start();
    assert!(matches!(open(&hearth), Err(StoreError::InUse(_))));
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    hearth.stop();
    let store = open(&hearth).unwrap();
    hearth.runtime.block_on(store.close()).unwrap();
}

#[test]
fn a_file_of_a_newer_hearth_is_refused_and_left_as_it_is() {
    let mut hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    hearth.stop();
    let path = hearth.config.storage.path.clone();
    let file = Connection::open(&path).unwrap();
    file.execute_batch(
        "INSERT INTO refinery_schema_history SELECT 99, 'from the future', applied_on, checksum FROM refinery_schema_history LIMIT 1",
    )
    .unwrap();
    drop(file);
    let before = std::fs::read(&path).unwrap();
    let refused = open(&hearth).err();
    assert!(matches!(refused, Some(StoreError::NewerFile { found: 99, known: 1.. })), "{refused:?}");
    assert!(std::fs::read(&path).unwrap() == before, "not a byte was changed");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let storage = configure(&directory, &[]).storage;
    std::fs::create_dir_all(storage.path.parent().unwrap()).unwrap();
    let before = b"dear diary, ".repeat(1_000);
    std::fs::write(&storage.path, &before).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refused = runtime.block_on(async { Store::open(&storage, Arc::new(ManualClock::at(NOW_MS))) }).err();
    assert!(matches!(refused, Some(StoreError::Sqlite(_))), "{refused:?}");
    assert_eq!(std::fs::read(&storage.path).unwrap(), before);
}

#[test]
fn only_the_owner_may_look_into_the_files() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = &hearth.config.storage.path;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(path), 0o600);
    for suffix in ["-wal", "-shm", ".lock", ".salt"] {
        assert_eq!(mode(&with_suffix(path, suffix)), 0o600, "{suffix}");
    }
}

/// A setting as SQLite tells it.
fn pragma(connection: &Connection, name: &str) -> String {
    let value: rusqlite::types::Value = connection.pragma_query_value(None, name, |row| row.get(0)).unwrap();
    match value {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn every_connection_has_the_careful_settings() {
    let hearth = Hearth::start();
    let storage: &Storage = &hearth.config.storage;
    let (writer, reader) = (open_writer(storage).unwrap(), open_reader(storage).unwrap());
    for connection in [&writer, &reader] {
        for (name, value) in [
            ("journal_mode", "wal"),
            ("foreign_keys", "1"),
            ("mmap_size", "0"),
            ("cell_size_check", "1"),
            ("trusted_schema", "0"),
            ("temp_store", "2"),
            ("busy_timeout", "5000"),
            ("secure_delete", "2"),
        ] {
            assert_eq!(pragma(connection, name), value, "{name}");
        }
    }
    assert_eq!(
        (pragma(&writer, "synchronous"), pragma(&writer, "wal_autocheckpoint")),
        ("2".to_owned(), "0".to_owned())
    );
    assert_eq!((pragma(&reader, "query_only"), pragma(&writer, "query_only")), ("1".to_owned(), "0".to_owned()));
    assert_eq!(pragma(&writer, "integrity_check"), "ok");
    assert!(reader.execute("DELETE FROM project", []).is_err());
    assert!(writer.execute_batch("PRAGMA writable_schema = 1; DELETE FROM sqlite_schema").is_err(), "defensive");
    let foreign = "INSERT INTO project_key (project_id, hash, prefix, created_at_ms) VALUES (9, x'00', '', 0)";
    assert!(writer.execute(foreign, []).is_err());
}

#[test]
fn readers_of_the_store_cannot_write() {
    let hearth = Hearth::start();
    let written = hearth.store().read(|file| Ok(file.execute("DELETE FROM project", [])?));
    assert!(written.is_err());
    assert_eq!(hearth.count_rows("project"), 1);
}

#[test]
fn the_library_is_new_enough() {
    check_sqlite_version().unwrap();
    assert!(rusqlite::version_number() >= 3_051_003);
}

#[test]
fn a_stopped_hearth_leaves_one_tidy_file() {
    let mut hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    hearth.stop();
    let path = &hearth.config.storage.path;
    assert!(!with_suffix(path, "-wal").exists(), "the log was written back");
    let file = Connection::open(path).unwrap();
    assert_eq!(pragma(&file, "integrity_check"), "ok");
    let events: i64 = file.query_row("SELECT COUNT(*) FROM heat_event", [], |row| row.get(0)).unwrap();
    assert_eq!(events, 1);
}

#[test]
fn secrets_are_not_kept_in_clear() {
    let mut hearth = Hearth::start();
    hearth.stop();
    let bytes = std::fs::read(&hearth.config.storage.path).unwrap();
    let contains = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(contains(&hearth.project.key[..8]), "the prefix, for people");
    assert!(!contains(&hearth.project.key[..12]) && !contains(&hearth.project.token[..12]));
}
