//! Writing the file anew, so that it takes no more space than it needs, and so that free pages can go back from then on.

use std::path::Path;

use rusqlite::Connection;

use super::space::Pages;
use crate::config::Storage;
use crate::store::connection::{Ownership, open_writer, prepare_file};
use crate::store::{StoreError, checkpoint, migrate};

/// What it has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    pub before_bytes: u64,
    pub after_bytes: u64,
}

/// What keeps it from being done.
#[derive(Debug)]
pub enum Compaction {
    Done(Compacted),
    /// So much space must be free on the disk, and so much is.
    NeedsSpace {
        needed_bytes: u64,
        free_bytes: u64,
    },
}

/// Writes the file anew; an error if a server has it. Blocks for as long as reading and writing all of it takes.
///
/// SQLite first writes a copy beside the file, then copies that through the log: for a while the contents are there three
/// times. A crash at any moment leaves the file as it was, or done.
pub fn compact(config: &Storage) -> Result<Compaction, StoreError> {
    prepare_file(&config.path)?;
    let _ownership = Ownership::take(&config.path)?;
    let _beside = Ownership::take_beside(&config.path)?;
    let connection = open_writer(config)?;
    migrate::check_not_newer(&connection)?;
    checkpoint::truncate(&connection)?;
    let pages = Pages::of(&connection)?;
    let needed_bytes = pages.all.saturating_sub(pages.free).saturating_mul(pages.page_bytes).saturating_mul(2);
    let free_bytes = free_bytes(&config.path);
    if free_bytes < needed_bytes.saturating_add(config.min_free) {
        return Ok(Compaction::NeedsSpace { needed_bytes: needed_bytes.saturating_add(config.min_free), free_bytes });
    }
    rewrite(&connection, &config.path)?;
    let after = Pages::of(&connection)?;
    Ok(Compaction::Done(Compacted {
        before_bytes: pages.all.saturating_mul(pages.page_bytes),
        after_bytes: after.all.saturating_mul(after.page_bytes),
    }))
}

fn rewrite(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    // The copy is as large as the file: beside it, not in memory, nor on another disk that may be small.
    connection.pragma_update(None, "temp_store", "FILE")?;
    if let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        connection.pragma_update(None, "temp_store_directory", directory.to_string_lossy())?;
    }
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.execute_batch("VACUUM")?;
    checkpoint::truncate(connection)?;
    Ok(())
}

fn free_bytes(path: &Path) -> u64 {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    rustix::fs::statvfs(directory).map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize))
}
