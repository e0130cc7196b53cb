//! Opening the file: every connection gets the same careful settings (trust.md section 5).

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt as _, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use crate::config::Storage;

/// SQLite before 3.51.3 can lose committed pages when two connections write and checkpoint at once.
const MIN_SQLITE: i32 = 3_051_003;

/// How long a statement waits for other connections.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements each connection keeps prepared.
const CACHED_STATEMENTS: usize = 128;

/// Virtual machine steps between two looks at the clock.
const STEPS_PER_LOOK: i32 = 10_000;

/// Holds the file for one server, or for one command that writes much beside it; commands that only add a key take nothing.
#[derive(Debug)]
pub struct Ownership {
    is_beside: bool,
    lock: File,
}

/// Stands in the lock file as long as its owner writes, and after one that did not end in order.
const OWNED: &[u8] = b"owned\n";

impl Ownership {
    /// Takes the file, or says that another process has it.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        Self::lock(path, ".lock", false)
    }

    /// Takes the place beside the server, of which there is one.
    pub fn take_beside(path: &Path) -> Result<Self, StoreError> {
        Self::lock(path, ".beside.lock", true)
    }

    /// Begins to write; tells whether the last one who did ended in order, as far as it could say so.
    #[must_use]
    pub fn begin(&self) -> bool {
        let ended_in_order = self.lock.metadata().is_ok_and(|lock| lock.len() == 0);
        // A full disk must not keep anybody from starting; then the next one does not look.
        let _ = self.lock.write_all_at(OWNED, 0);
        ended_in_order
    }

    /// Says that it has ended in order.
    pub fn end_in_order(&self) {
        if let Err(error) = self.lock.set_len(0) {
            // The next one looks at the file once more than it had to.
            tracing::debug!(error = %error, "the lock file could not be emptied");
        }
    }

    /// Takes the right to copy the file, or to put a copy in its place.
    pub fn take_for_copy(path: &Path) -> Result<Self, StoreError> {
        Self::lock(path, ".copy.lock", false)
    }

    /// Whether it is the place beside the server.
    #[must_use]
    pub fn is_beside(&self) -> bool {
        self.is_beside
    }

    fn lock(path: &Path, suffix: &str, is_beside: bool) -> Result<Self, StoreError> {
        let lock_path = with_suffix(path, suffix);
        let directory = |source| StoreError::Directory { path: lock_path.display().to_string(), source };
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .map_err(directory)?;
        give_to_owner_of(directory_of(path), &lock);
        match lock.try_lock() {
            Ok(()) => Ok(Self { is_beside, lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.display().to_string())),
            Err(TryLockError::Error(source)) => Err(directory(source)),
        }
    }
}

/// The directory a file is in.
#[must_use]
pub fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Gives a file to whom `model` belongs. A command that root runs must leave nothing that the server, which is another
/// user, cannot open. Whoever may not give files away has made one of his own anyway.
pub fn give_to_owner_of(model: &Path, file: &File) {
    if let (Ok(model), Ok(own)) = (std::fs::metadata(model), file.metadata())
        && (model.uid(), model.gid()) != (own.uid(), own.gid())
    {
        let _ = std::os::unix::fs::fchown(file, Some(model.uid()), Some(model.gid()));
    }
}

/// Makes the directory (0700) in which the file is to be, if it is not there.
pub fn prepare_directory(path: &Path) -> Result<(), StoreError> {
    let error = |source| StoreError::Directory { path: path.display().to_string(), source };
    match path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        Some(directory) => DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(error),
        None => Ok(()),
    }
}

/// Makes the directory (0700) and the file (0600) if they are not there.
pub fn prepare_file(path: &Path) -> Result<(), StoreError> {
    let error = |source| StoreError::Directory { path: path.display().to_string(), source };
    prepare_directory(path)?;
    // SQLite gives the -wal and -shm files the mode of the main file.
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(error)?;
    Ok(())
}

/// Makes the directory entries of the file and its log durable. SQLite syncs the directory as well, but does not
/// look whether that worked.
pub fn sync_directory(path: &Path) -> Result<(), StoreError> {
    let directory = directory_of(path);
    let error = |source| StoreError::Directory { path: directory.display().to_string(), source };
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(error)
}

/// Refuses a library with the WAL-reset bug.
pub fn check_sqlite_version() -> Result<(), StoreError> {
    if rusqlite::version_number() < MIN_SQLITE { Err(StoreError::OldSqlite(rusqlite::version())) } else { Ok(()) }
}

/// Opens the connection that writes.
pub fn open_writer(config: &Storage) -> Result<Connection, StoreError> {
    let connection = open(config)?;
    // Only a new file takes these three; the second lets deleted pages go back to the disk (`retention::space`).
    connection.pragma_update(None, "page_size", 4096)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    use_log(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The writer and its checkpointer copy the log when it suits; see `checkpoint`.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", config.wal_limit, |_| Ok(()))?;
    Ok(connection)
}

/// Takes the write-ahead log into use. The statement answers before it commits: only to its end does it tell of a disk that
/// failed, which leaves the file as it was.
fn use_log(connection: &Connection) -> Result<(), StoreError> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mode: String = row.get(0)?;
        if mode != "wal" {
            return Err(StoreError::NotWal(mode));
        }
    }
    Ok(())
}

/// Opens a connection that only reads.
pub fn open_reader(config: &Storage) -> Result<Connection, StoreError> {
    let connection = open(config)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Opens a connection that leaves every byte of the file as it is, also when the log holds something: closing it copies
/// nothing. For looking at files that may be of another Hearth.
pub fn open_to_look(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Closing removes a log, and copies what is in it. Without one it removes what opening has made.
    let has_log = std::fs::metadata(wal_path(path)).is_ok_and(|log| log.len() > 0);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_log)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Path of the file's write-ahead log.
#[must_use]
pub fn wal_path(path: &Path) -> PathBuf {
    with_suffix(path, "-wal")
}

/// A path beside `path`.
#[must_use]
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn open(config: &Storage) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&config.path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update_and_check(None, "mmap_size", 0, |_| Ok(()))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    set_secure_delete(&connection, false)?;
    let kib = i64::try_from(config.page_cache / 1024).unwrap_or(i64::MAX);
    connection.pragma_update(None, "cache_size", -kib)?;
    Ok(connection)
}

/// Whether pages that deleting makes free are blanked, or only what is deleted inside pages that stay in use, which
/// costs nothing.
pub(super) fn set_secure_delete(connection: &Connection, is_thorough: bool) -> Result<(), rusqlite::Error> {
    connection.pragma_update_and_check(None, "secure_delete", if is_thorough { "ON" } else { "FAST" }, |_| Ok(()))
}

/// The pool's way to make readers.
#[derive(Debug)]
pub struct ReaderManager {
    config: Storage,
}

impl ReaderManager {
    #[must_use]
    pub fn new(config: Storage) -> Self {
        Self { config }
    }
}

impl r2d2::ManageConnection for ReaderManager {
    type Connection = Connection;
    type Error = StoreError;

    fn connect(&self) -> Result<Connection, StoreError> {
        open_reader(&self.config)
    }

    fn is_valid(&self, _: &mut Connection) -> Result<(), StoreError> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}

/// Runs `read` on one snapshot of the file, for at most `timeout`.
pub fn read_snapshot<T>(
    connection: &mut Connection,
    timeout: Duration,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let deadline = Instant::now() + timeout;
    connection.progress_handler(STEPS_PER_LOOK, Some(move || Instant::now() > deadline))?;
    let result = (|| {
        let transaction = connection.transaction()?;
        let value = read(&transaction)?;
        transaction.finish()?;
        Ok(value)
    })();
    connection.progress_handler(0, None::<fn() -> bool>)?;
    result.map_err(|error| match error {
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, _))
            if failure.code == rusqlite::ErrorCode::OperationInterrupted =>
        {
            StoreError::QueryTimeout
        }
        error => error,
    })
}
