//! What the demo keeps beside its database: that it is a demo's, the shop's project key (of which Hearth itself keeps only
//! a hash), and up to when history has been written.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::store::connection::with_suffix;

/// Largest file that is read back, in bytes.
const MAX_BYTES: u64 = 4096;

/// What lies beside a database, by the end of its name. Those of a demo may be thrown away with it.
const BESIDE: [&str; 6] = ["", "-wal", "-shm", ".salt", ".setup-url", SUFFIX];

const SUFFIX: &str = ".demo";

/// A demo's own notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub project_key: String,
    /// When the history was first written: its first weeks lie before, its launch day hangs on it.
    pub born_ms: i64,
    /// Up to when there is history; absent while the first is being written.
    pub filled_until_ms: Option<i64>,
}

impl State {
    /// The notes of a database; none if it is no demo's.
    pub fn read(database: &Path) -> io::Result<Option<Self>> {
        match fs::File::open(path(database)) {
            Ok(file) => {
                let mut text = String::new();
                file.take(MAX_BYTES).read_to_string(&mut text)?;
                Ok(Some(serde_json::from_str(&text)?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps the notes; a half-written file never replaces a whole one.
    pub fn write(&self, database: &Path) -> io::Result<()> {
        let (path, new) = (path(database), with_suffix(database, ".demo-new"));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(new, path)
    }
}

/// Throws a demo's database away. The caller has seen its notes, and holds its lock.
pub fn throw_away(database: &Path) -> io::Result<()> {
    for suffix in BESIDE {
        match fs::remove_file(with_suffix(database, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn path(database: &Path) -> PathBuf {
    with_suffix(database, SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_back_until_they_are_thrown_away() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("hearth.db");
        assert_eq!(State::read(&database).unwrap(), None);
        let state = State { project_key: "hk_1".to_owned(), born_ms: 7, filled_until_ms: None };
        state.write(&database).unwrap();
        fs::write(&database, "x").unwrap();
        fs::write(directory.path().join("other.db"), "x").unwrap();
        assert_eq!(State::read(&database).unwrap(), Some(state));
        throw_away(&database).unwrap();
        assert_eq!(State::read(&database).unwrap(), None);
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["other.db"]);
    }
}
