//! Files that are not finished: they go when the work ends without them, and when a crash left them behind.

use std::path::{Path, PathBuf};

use super::error::BackupError;
use super::name::CopyName;
use crate::store::connection;

/// End of the name of a database that is being copied, and of a copy that is being compressed.
const ENDS: [&str; 2] = [".copying", ".packing"];

/// A file that is removed unless it is kept.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    is_kept: bool,
}

impl Temporary {
    pub fn at(path: PathBuf) -> Self {
        Self { path, is_kept: false }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name for good and makes that durable.
    pub fn rename(mut self, target: &Path) -> Result<(), BackupError> {
        std::fs::rename(&self.path, target).map_err(BackupError::write(target))?;
        self.is_kept = true;
        Ok(connection::sync_directory(target)?)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_kept {
            // It may never have been made.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Where the database is copied to, and where that is compressed to, before `target` is there.
pub(super) fn beside(target: &Path) -> [Temporary; 2] {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    ENDS.map(|end| Temporary::at(target.with_file_name(format!(".{name}{end}"))))
}

/// Removes what an earlier process left of copies in their directory. Only for who holds the right to copy.
pub(super) fn clear(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix('.')) else { continue };
        let copy = ENDS.iter().find_map(|end| rest.strip_suffix(end));
        if copy.is_some_and(|name| CopyName::parse(name).is_some()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
