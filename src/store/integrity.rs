//! Looking whether the file is sound, in the background, after a process that did not end in order (trust.md D14).
//!
//! Table by table, each in a snapshot of its own: one look at everything would keep the log from being cut for as long as it
//! takes. Pages and rows are looked at, not whether indexes agree with their tables; `hearth doctor` does that.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, InterruptHandle};

use super::StoreError;
use super::health::Health;

/// How long is waited between two attempts to break a look off.
const PATIENCE: Duration = Duration::from_millis(1);

/// What is known about the file being sound.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Integrity {
    /// The last process ended in order; nobody has looked.
    #[default]
    NotNeeded,
    /// The last process did not end in order; the look goes on.
    Looking,
    /// It did not, and the file is sound.
    Sound,
    /// The first thing that is wrong, in SQLite's words. They name tables and pages, never contents.
    Damaged(String),
    /// The look could not be finished.
    Unknown,
}

/// The look that goes on. Dropping it breaks it off and waits for its end.
pub(super) struct Look {
    interrupt: InterruptHandle,
    thread: Option<JoinHandle<()>>,
}

impl Look {
    /// Begins to look, with a connection of its own.
    pub fn begin(connection: Connection, health: Arc<Health>) -> Result<Self, StoreError> {
        let interrupt = connection.get_interrupt_handle();
        health.set_integrity(Integrity::Looking);
        let thread = std::thread::Builder::new()
            .name("integrity".to_owned())
            .spawn(move || {
                let started = Instant::now();
                let found = look(&connection);
                let seconds = started.elapsed().as_secs();
                match &found {
                    Integrity::Sound => {
                        tracing::info!(seconds, "the last process did not end in order; the file is sound");
                    }
                    Integrity::Damaged(what) => tracing::error!(seconds, what, "the database file is damaged"),
                    _ => tracing::warn!(seconds, "the look whether the file is sound was broken off"),
                }
                health.set_integrity(found);
            })
            .map_err(|source| StoreError::Directory { path: "integrity thread".to_owned(), source })?;
        Ok(Self { interrupt, thread: Some(thread) })
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            while !thread.is_finished() {
                // One that comes between two statements is not noticed by the next; hence again.
                self.interrupt.interrupt();
                std::thread::sleep(PATIENCE);
            }
            // Its panics end with it.
            let _ = thread.join();
        }
    }
}

fn look(connection: &Connection) -> Integrity {
    match first_damage(connection) {
        Ok(None) => Integrity::Sound,
        Ok(Some(what)) => Integrity::Damaged(what),
        Err(error) => match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Integrity::Damaged(error.to_string())
            }
            _ => Integrity::Unknown,
        },
    }
}

fn first_damage(connection: &Connection) -> Result<Option<String>, rusqlite::Error> {
    let mut names = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for name in names {
        let mut check = connection.prepare(&format!("PRAGMA quick_check(\"{}\")", name.replace('"', "\"\"")))?;
        let said: Option<String> = check.query_map([], |row| row.get(0))?.next().transpose()?;
        if let Some(said) = said.filter(|said| said != "ok") {
            return Ok(Some(said));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with a table of several pages.
    fn file(directory: &tempfile::TempDir) -> std::path::PathBuf {
        let path = directory.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        let fill = "PRAGMA page_size = 4096; CREATE TABLE \"a \"\"b\" (text TEXT NOT NULL);
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
                    INSERT INTO \"a \"\"b\" SELECT printf('%0100d', i) FROM n";
        connection.execute_batch(fill).unwrap();
        path
    }

    #[test]
    fn a_sound_file_is_sound_and_a_damaged_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = file(&directory);
        assert_eq!(look(&Connection::open(&path).unwrap()), Integrity::Sound);
        let mut bytes = std::fs::read(&path).unwrap();
        let page = &mut bytes[2 * 4096..3 * 4096];
        page.fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        let found = look(&Connection::open(&path).unwrap());
        assert!(matches!(found, Integrity::Damaged(_)), "{found:?}");
    }

    #[test]
    fn a_look_tells_what_it_found_and_can_be_broken_off() {
        let directory = tempfile::tempdir().unwrap();
        let path = file(&directory);
        let health = Arc::new(Health::default());
        drop(Look::begin(Connection::open(&path).unwrap(), Arc::clone(&health)).unwrap());
        assert!(matches!(health.integrity(), Integrity::Sound | Integrity::Unknown), "{:?}", health.integrity());
    }
}
