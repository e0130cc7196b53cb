//! SQLite files that others have made, of which imports read: never written, never trusted.

pub mod cell;
pub mod heat_collector;
pub mod traffic_logs;

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// How long a read waits for whoever writes the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of text after which a page of rows is full.
const MAX_PAGE_BYTES: usize = 4_000_000;

/// Opens a file to read from it. Whoever uses it may go on doing so: reads are short.
pub fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Its views and triggers are not ours to run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// Why a foreign file cannot be read: its trouble is not that of the database, from which commands tell it by the type.
#[derive(Debug, thiserror::Error)]
#[error("the file cannot be read: {0}")]
pub struct Unreadable(String);

impl From<rusqlite::Error> for Unreadable {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

/// Whether the file has a table with these columns; letter case does not matter.
pub fn has_columns(connection: &Connection, table: &str, columns: &[&str]) -> Result<bool, rusqlite::Error> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let found: Vec<String> = statement.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(columns.iter().all(|wanted| found.iter().any(|name| name.eq_ignore_ascii_case(wanted))))
}
