//! What can go wrong with the store: ours to answer for, never the client's.

use super::pack::Damaged;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The queue holds as much as it may; the sender should come back.
    #[error("the write queue is full")]
    QueueFull,
    /// The disk is full or below the configured floor; nothing of the batch was kept.
    #[error("no space left for the database")]
    NoSpace,
    /// The write failed for a reason that may pass.
    #[error("the database cannot be written at the moment")]
    Unavailable,
    /// The store is closing, or has given up after a failed fsync.
    #[error("the store is stopped")]
    Stopped,
    /// An fsync of the main file failed beside the writer.
    #[error("an fsync of the database failed")]
    FsyncFailed,
    /// Making a project of an unregistered key would exceed the installation's cap.
    #[error("the limit of projects is reached")]
    ProjectLimit,
    /// The key has been revoked; making a project of it would undo that.
    #[error("the project key is revoked")]
    RevokedKey,
    /// The query ran longer than `storage.query_timeout`.
    #[error("the query took too long")]
    QueryTimeout,
    /// No reader was free in time.
    #[error("no database reader was free in time")]
    ReadersBusy,
    /// The file was written by a newer Hearth.
    #[error(
        "the database is of a newer version of Hearth (schema {found}, this binary knows up to {known}); it was left untouched"
    )]
    NewerFile { found: i64, known: i64 },
    /// The file was written by an older Hearth, and only the server brings it up to date.
    #[error(
        "the database is of an older version of Hearth (schema {found}, this binary needs {known}); run `hearth migrate up` first"
    )]
    OlderFile { found: i64, known: i64 },
    /// There is no file yet, and it is not this one's to make.
    #[error("there is no database {0}; `hearth serve` makes one")]
    NoFile(String),
    /// SQLite did not take the write-ahead log into use.
    #[error("the database stays in journal mode {0}: the disk cannot be written as it must be")]
    NotWal(String),
    /// Another process has this file open for writing.
    #[error("another Hearth is running on {0}")]
    InUse(String),
    /// The SQLite library is one with a known bug.
    #[error("SQLite {0} is too old: 3.51.3 or newer is needed (WAL-reset bug)")]
    OldSqlite(&'static str),
    #[error("cannot prepare the data directory {path}: {source}")]
    Directory { path: String, source: std::io::Error },
    #[error("cannot migrate the database: {0}")]
    Migration(#[from] refinery::Error),
    #[error(transparent)]
    Damaged(#[from] Damaged),
    #[error("database error: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl StoreError {
    /// How the writer must treat an error of a transaction.
    #[must_use]
    pub fn gravity(&self) -> Gravity {
        if matches!(self, Self::FsyncFailed) {
            return Gravity::Fatal;
        }
        let Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) = self else { return Gravity::Batch };
        match (error.extended_code, error.code) {
            // A failed fsync leaves it unknown what is on the disk: the page cache may have dropped the
            // very pages we would acknowledge next. Only a restart, which reads the disk, knows.
            (rusqlite::ffi::SQLITE_IOERR_FSYNC | rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC, _)
            | (_, rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => Gravity::Fatal,
            (_, rusqlite::ErrorCode::DiskFull) => Gravity::NoSpace,
            (
                _,
                rusqlite::ErrorCode::SystemIoFailure
                | rusqlite::ErrorCode::OutOfMemory
                | rusqlite::ErrorCode::DatabaseBusy
                | rusqlite::ErrorCode::DatabaseLocked
                | rusqlite::ErrorCode::CannotOpen
                | rusqlite::ErrorCode::ReadOnly
                | rusqlite::ErrorCode::PermissionDenied,
            ) => Gravity::Transaction,
            _ => Gravity::Batch,
        }
    }
}

/// How far an error of the write path reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// Only the batch fails; its neighbours in the transaction go on.
    Batch,
    /// The transaction fails; everything in it is answered with a retryable error.
    Transaction,
    /// Like `Transaction`, because the disk is full.
    NoSpace,
    /// Nothing may be acknowledged any more: stop, and let the supervisor restart the process.
    Fatal,
}
