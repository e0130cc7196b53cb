//! Copies of the database: making, checking, rotating, sending away, bringing one back.
//!
//! ```text
//! making   snapshot -> page by page -> fsync -> integrity_check -> zstd -> read back -> rename
//! rotation what of them goes when there is one more
//! sending  each to a bucket as well
//! service  the thread of a running server that does this by the clock, and when asked
//! restoring  a copy -> check -> old file aside -> rename
//! upgrade  a copy, the migrations, a look whether all is still there
//! ```
//!
//! The salt of addresses (`<database>.salt`) is in no copy: it must not outlive its day.

pub mod error;
pub mod label;
pub mod listing;
pub mod making;
pub mod name;
pub mod reading;
pub mod restoring;
pub mod rotation;
pub mod schedule;
pub mod sending;
pub mod service;
pub mod temporary;
pub mod upgrade;
pub mod watch;

use std::path::PathBuf;

use crate::config::{Backup, Storage};
use crate::store::connection;

/// Where copies go.
#[must_use]
pub fn directory(config: &Backup, storage: &Storage) -> PathBuf {
    config.directory.clone().unwrap_or_else(|| connection::directory_of(&storage.path).join("backups"))
}
