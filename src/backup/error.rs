//! What can go wrong with a copy.

use std::io;
use std::path::Path;

use crate::store::StoreError;

/// Why a copy was not made, not sent or not brought back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is nothing to copy.
    #[error("there is no database at {0}")]
    NoDatabase(String),
    /// What was asked for cannot be written.
    #[error("cannot write {path}: {source}")]
    Write { path: String, source: io::Error },
    /// A copy cannot be read.
    #[error("cannot read {path}: {source}")]
    Read { path: String, source: io::Error },
    /// Nothing is overwritten.
    #[error("{0} is there already; nothing is overwritten")]
    Exists(String),
    /// Nothing was written.
    #[error(
        "not enough space in {path}: {needed_bytes} bytes are needed and storage.min_free must stay, {free_bytes} are free"
    )]
    NoSpace { path: String, needed_bytes: u64, free_bytes: u64 },
    /// There is one copy at a time.
    #[error("another copy of {0} is being made, or one is being restored")]
    Busy(String),
    /// What was read back is not what was written, or is no whole database.
    #[error("{path} is damaged: {what}")]
    Damaged { path: String, what: String },
    /// Neither compressed by Zstandard nor an SQLite file.
    #[error("{0} is no copy of a database: neither SQLite nor Zstandard")]
    NotACopy(String),
    /// The copy is the database.
    #[error("{0} is the database itself")]
    Itself(String),
    /// Told to stop.
    #[error("stopped before it was done; nothing was changed")]
    Stopped,
}

impl BackupError {
    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + use<'_> {
        move |source| Self::Write { path: path.display().to_string(), source }
    }

    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + use<'_> {
        move |source| Self::Read { path: path.display().to_string(), source }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.display().to_string(), what: what.into() }
    }
}
