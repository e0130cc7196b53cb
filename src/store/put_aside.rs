//! Making a database one clean file, so that another can take its place.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::StoreError;
use super::connection::{BUSY_TIMEOUT, wal_path, with_suffix};

/// What became of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Everything is in the main file, and nothing lies beside it.
    Whole,
    /// The file is too damaged for that; these still lie beside it.
    Damaged(Vec<PathBuf>),
}

/// Copies the log into the main file and removes it. Refuses a file that anybody has open: SQLite gives up a log only if
/// nobody else is connected.
pub fn settle(path: &Path) -> Result<Settled, StoreError> {
    let result = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // Where this fails, closing must leave everything as it is: a log is worth more than a damaged file.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
        connection.close().map_err(|(_, error)| error)?;
        Ok(mode)
    });
    match result {
        Ok(mode) if mode == "delete" => Ok(Settled::Whole),
        Ok(_) => Err(StoreError::InUse(path.display().to_string())),
        Err(rusqlite::Error::SqliteFailure(failure, message)) => match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Err(StoreError::InUse(path.display().to_string())),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                let beside = [wal_path(path), with_suffix(path, "-shm"), with_suffix(path, "-journal")];
                Ok(Settled::Damaged(beside.into_iter().filter(|file| file.exists()).collect()))
            }
            _ => Err(rusqlite::Error::SqliteFailure(failure, message).into()),
        },
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_log(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
        connection.execute_batch("CREATE TABLE told (word TEXT); INSERT INTO told VALUES ('a')").unwrap();
        connection
    }

    #[test]
    fn the_log_goes_into_the_file_unless_somebody_has_it_open() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hearth.db");
        let connection = with_log(&path);
        assert!(matches!(settle(&path), Err(StoreError::InUse(_))));
        drop(connection);
        assert_eq!(settle(&path).unwrap(), Settled::Whole);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_left_with_what_lies_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hearth.db");
        std::fs::write(&path, [7; 8192]).unwrap();
        std::fs::write(wal_path(&path), [7; 100]).unwrap();
        let Settled::Damaged(beside) = settle(&path).unwrap() else { panic!("it is damaged") };
        assert!(beside.contains(&wal_path(&path)), "{beside:?}");
    }
}
