//! Copies the log into the main file, beside the writer.
//!
//! Copying takes tens of milliseconds, in which the writer would answer nobody. A thread of its own does the bulk of it
//! with a connection of its own; what the writer appends meanwhile is little, and the writer copies that itself, because
//! only when everything is copied can it begin the log anew. (Two connections that checkpoint at the same moment are
//! what the WAL-reset bug needs; `connection::check_sqlite_version` refuses every SQLite that has it.)

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::StoreError;
use super::error::Gravity;

/// How much of the log there is, and how much of it is copied, in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub logged: u64,
    pub copied: u64,
}

/// Copies as much as readers let it, without waiting for anybody.
pub fn passive(connection: &Connection) -> Result<Progress, rusqlite::Error> {
    run(connection, "PRAGMA wal_checkpoint(PASSIVE)")
}

/// Copies everything and cuts the log file to nothing, if no reader needs it.
pub fn truncate(connection: &Connection) -> Result<Progress, rusqlite::Error> {
    run(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
}

/// The thread that copies. Dropping it ends the thread and waits for it.
#[derive(Debug)]
pub(super) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    /// The bulk is copied; the rest is the writer's.
    is_done: AtomicBool,
    /// An fsync failed, or the file is damaged: nothing may be acknowledged any more.
    has_failed: AtomicBool,
}

impl Checkpointer {
    pub fn start(connection: Connection) -> Result<Self, StoreError> {
        // One wish at a time is enough: a copy takes in whatever is in the log.
        let (wake, wishes) = sync_channel(1);
        let state = Arc::new(State::default());
        let its_state = Arc::clone(&state);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || work(&connection, &wishes, &its_state))
            .map_err(|source| StoreError::Directory { path: "checkpoint thread".to_owned(), source })?;
        Ok(Self { wake: Some(wake), state, thread: Some(thread) })
    }

    /// Asks for a copy, unless one is under way.
    pub fn wake(&self) {
        if let Some(wake) = &self.wake
            && let Err(TrySendError::Disconnected(())) = wake.try_send(())
        {
            tracing::error!("the checkpoint thread is gone");
        }
    }

    /// Whether a copy has ended since this was last asked.
    pub fn take_done(&self) -> bool {
        self.state.is_done.swap(false, Ordering::AcqRel)
    }

    /// Whether nothing may be acknowledged any more.
    pub fn has_failed(&self) -> bool {
        self.state.has_failed.load(Ordering::Acquire)
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // Its panics end with it; there is nothing to hand on.
            let _ = thread.join();
        }
    }
}

fn work(connection: &Connection, wishes: &Receiver<()>, state: &State) {
    while wishes.recv().is_ok() {
        match passive(connection) {
            Ok(_) => state.is_done.store(true, Ordering::Release),
            Err(error) => {
                let error = StoreError::from(error);
                let gravity = error.gravity();
                if gravity == Gravity::Fatal {
                    state.has_failed.store(true, Ordering::Release);
                }
                tracing::warn!(error = %error, ?gravity, "the log could not be copied into the database");
            }
        }
    }
}

fn run(connection: &Connection, sql: &str) -> Result<Progress, rusqlite::Error> {
    connection.query_row(sql, [], |row| {
        // Both are -1 while the log is being used by another checkpoint.
        let pages = |at| row.get::<_, i64>(at).map(|pages| u64::try_from(pages).unwrap_or_default());
        Ok(Progress { logged: pages(1)?, copied: pages(2)? })
    })
}
