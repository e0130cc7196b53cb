//! A copy of the file as it was at one moment, made page by page beside everybody who writes.
//!
//! The source is read in one transaction that stays open for the whole copy. Without it SQLite would begin anew whenever
//! another connection has committed, which under load is for ever. The price: the log cannot be cut meanwhile, and grows by
//! what is written during the copy.

use std::fs::OpenOptions;
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{StoreError, connection, migrate};
use crate::config::Storage;

/// Pages of one step: a mebibyte.
const STEP_PAGES: i32 = 256;

/// Steps after which what was written is pushed to the disk. A file that is synced only at its end would make the
/// writer's next fsync wait for all of it.
const STEPS_PER_SYNC: u32 = 8;

/// Longest pause after a step.
const MAX_PAUSE: Duration = Duration::from_millis(100);

/// Cache of the connection that is read from: every page is read once.
const SOURCE_CACHE_BYTES: u64 = 1024 * 1024;

/// Virtual machine steps between two looks whether a check is to stop.
const STEPS_PER_LOOK: i32 = 100_000;

/// What a copy and its source must have in common; read at the ends of indexes and in small tables only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    pub schema: i64,
    pub pages: u64,
    /// Last numbers and counts, in the order of [`MARKED`]; none where the schema has no such table yet.
    pub numbers: Vec<Option<i64>>,
}

/// What is compared: the table, and what of it.
const MARKED: [(&str, &str); 7] = [
    ("project", "SELECT COUNT(*) FROM project"),
    ("account", "SELECT COUNT(*) FROM account"),
    ("dictionary", "SELECT MAX(id) FROM dictionary"),
    ("heat_session", "SELECT MAX(id) FROM heat_session"),
    ("traffic_request", "SELECT MAX(id) FROM traffic_request"),
    ("track_event", "SELECT MAX(seq) FROM track_event"),
    ("track_session", "SELECT MAX(id) FROM track_session"),
];

/// Copies the database to `target`, which must not be there, and syncs it. `watch` gets pages done and pages in all; when
/// it breaks, the copy ends with [`StoreError::Stopped`]. The moment of the copy is after the call and before the first
/// `watch`: what was committed before is in it.
pub fn copy(
    source: &Storage,
    target: &Path,
    mut watch: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Marks, StoreError> {
    let error = |source| StoreError::Directory { path: target.display().to_string(), source };
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(target).map_err(error)?;
    let config = Storage { page_cache: SOURCE_CACHE_BYTES, ..source.clone() };
    let from = connection::open_reader(&config)?;
    let snapshot = from.unchecked_transaction()?;
    let marks = marks(&from)?;
    let mut to = Connection::open_with_flags(target, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // A copy that a crash leaves half made is thrown away; it needs no journal, and is synced by hand.
    to.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
    to.pragma_update(None, "synchronous", "OFF")?;
    {
        let backup = Backup::new(&from, &mut to)?;
        for step in 1_u32.. {
            let started = Instant::now();
            let result = backup.step(STEP_PAGES)?;
            let progress = backup.progress();
            let pages = |pages| u64::try_from(pages).unwrap_or_default();
            let (all, left) = (pages(progress.pagecount), pages(progress.remaining));
            if watch(all.saturating_sub(left), all).is_break() {
                return Err(StoreError::Stopped);
            }
            if result == StepResult::Done {
                break;
            }
            if step.is_multiple_of(STEPS_PER_SYNC) {
                file.sync_data().map_err(error)?;
            }
            // Half of the time is for others.
            std::thread::sleep(started.elapsed().min(MAX_PAUSE));
        }
    }
    drop(snapshot);
    to.close().map_err(|(_, error)| error)?;
    file.sync_all().map_err(error)?;
    Ok(marks)
}

/// Whether the file, which nobody may be writing to, is whole and a database of Hearth's; the error says what is wrong
/// with it. Reads all of it. Leaves nothing beside it.
pub fn verify(path: &Path, stop: &Arc<AtomicBool>) -> Result<Result<Marks, String>, StoreError> {
    let mut file = open_unchanging(path)?;
    let its_stop = Arc::clone(stop);
    file.progress_handler(STEPS_PER_LOOK, Some(move || its_stop.load(Ordering::Relaxed)))?;
    let found = match found_wrong(&file, "PRAGMA integrity_check(5)") {
        Ok(None) => marks(&file).map(Ok),
        Ok(Some(wrong)) => Ok(Err(wrong)),
        Err(error) => Err(error),
    };
    match found {
        Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, message))) => match failure.code {
            rusqlite::ErrorCode::OperationInterrupted => Err(StoreError::Stopped),
            rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase => {
                Ok(Err(message.unwrap_or_else(|| failure.to_string())))
            }
            _ => Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, message))),
        },
        found => found,
    }
}

/// What a check that answers `ok` or lines of complaints has found.
pub(super) fn found_wrong(file: &Connection, check: &str) -> Result<Option<String>, StoreError> {
    let mut statement = file.prepare(check)?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(if lines == ["ok"] { None } else { Some(lines.join("; ")) })
}

/// Opens a file that nobody writes to, without making the files that a log needs.
fn open_unchanging(path: &Path) -> Result<Connection, StoreError> {
    let error = |source| StoreError::Directory { path: path.display().to_string(), source };
    let absolute = std::path::absolute(path).map_err(error)?;
    let mut address =
        url::Url::from_file_path(&absolute).map_err(|()| error(std::io::ErrorKind::InvalidFilename.into()))?;
    address.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(address.as_str(), flags)?;
    file.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    file.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    file.pragma_update(None, "cell_size_check", true)?;
    Ok(file)
}

fn marks(file: &Connection) -> Result<Marks, StoreError> {
    let mut numbers = Vec::with_capacity(MARKED.len());
    for (table, sql) in MARKED {
        numbers.push(if has_table(file, table)? { file.query_row(sql, [], |row| row.get(0))? } else { None });
    }
    let pages = file.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    Ok(Marks { schema: migrate::schema_of(file)?, pages, numbers })
}

pub(super) fn has_table(file: &Connection, name: &str) -> Result<bool, StoreError> {
    let mut tables = file.prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?;
    Ok(tables.exists([name])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};

    const ANOTHER: &str =
        "INSERT INTO project (uuid, name, created_at_ms) VALUES (randomblob(16), hex(randomblob(2000)), 1)";

    fn storage(directory: &tempfile::TempDir) -> Storage {
        let loaded = load_from(&Overrides::default(), &Surroundings::default());
        let config = loaded.map_err(|problems| problems.to_string()).unwrap().config;
        Storage { path: directory.path().join("hearth.db"), ..config.storage }
    }

    fn filled(storage: &Storage, rows: u32) -> Connection {
        let mut file = connection::open_writer(storage).unwrap();
        migrate::migrate(&mut file, 0).unwrap();
        for _ in 0..rows {
            file.execute(ANOTHER, []).unwrap();
        }
        file
    }

    #[test]
    fn a_copy_is_of_one_moment_and_others_who_write_do_not_make_it_begin_anew() {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(&directory);
        let writer = filled(&storage, 700);
        let target = directory.path().join("copy");
        let mut steps = Vec::new();
        // Between any two steps somebody commits.
        let marks = copy(&storage, &target, |done, all| {
            writer.execute(ANOTHER, []).unwrap();
            steps.push((done, all));
            ControlFlow::Continue(())
        });
        let marks = marks.unwrap();
        assert!(steps.len() >= 3, "{steps:?}");
        let (last, all) = (steps.last().unwrap().0, marks.pages);
        assert!(last == all && steps.iter().all(|(_, known)| *known == all), "{steps:?}");
        assert!(steps.windows(2).all(|pair| pair[0].0 < pair[1].0), "it began anew: {steps:?}");
        assert_eq!(verify(&target, &Arc::default()).unwrap().unwrap(), marks);
        assert_eq!(marks.numbers[0], Some(700));
        let names: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert!(!names.iter().any(|name| name.to_string_lossy().starts_with("copy-")), "{names:?}");
    }

    #[test]
    fn a_copy_that_is_told_to_stop_stops() {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(&directory);
        filled(&storage, 10);
        let target = directory.path().join("copy");
        assert!(matches!(copy(&storage, &target, |_, _| ControlFlow::Break(())), Err(StoreError::Stopped)));
        copy(&storage, &directory.path().join("whole"), |_, _| ControlFlow::Continue(())).unwrap();
        let stopped = verify(&directory.path().join("whole"), &Arc::new(AtomicBool::new(true)));
        // A small file may be checked before anybody looks.
        assert!(matches!(stopped, Err(StoreError::Stopped) | Ok(Ok(_))));
    }

    #[test]
    fn a_damaged_copy_is_found_out() {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(&directory);
        filled(&storage, 200);
        let target = directory.path().join("copy");
        copy(&storage, &target, |_, _| ControlFlow::Continue(())).unwrap();
        let mut bytes = std::fs::read(&target).unwrap();
        bytes[5 * 4096..6 * 4096].fill(0x5a);
        std::fs::write(&target, &bytes).unwrap();
        assert!(verify(&target, &Arc::default()).unwrap().is_err());
        std::fs::write(&target, b"no database at all, and long enough to look at twice").unwrap();
        assert!(verify(&target, &Arc::default()).unwrap().is_err());
        std::fs::write(&target, &bytes[..4096]).unwrap();
        assert!(verify(&target, &Arc::default()).unwrap().is_err());
    }
}
