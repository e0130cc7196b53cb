//! How large the files of the database are.

use std::path::Path;

use super::connection::{wal_path, with_suffix};

/// Sizes in bytes; 0 for a file that is not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileSizes {
    pub database: u64,
    /// The write-ahead log, whose contents are not in the database yet.
    pub log: u64,
    /// What readers share about the log.
    pub shared_memory: u64,
}

impl FileSizes {
    /// The sizes at this moment.
    #[must_use]
    pub fn of(database: &Path) -> Self {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        Self {
            database: size(database),
            log: size(&wal_path(database)),
            shared_memory: size(&with_suffix(database, "-shm")),
        }
    }

    /// All of them together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.database + self.log + self.shared_memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_there_have_no_size() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("hearth.db");
        assert_eq!(FileSizes::of(&database), FileSizes::default());
        std::fs::write(&database, [0; 7]).unwrap();
        std::fs::write(wal_path(&database), [0; 5]).unwrap();
        let sizes = FileSizes::of(&database);
        assert_eq!((sizes.database, sizes.log, sizes.total()), (7, 5, 12));
    }
}
