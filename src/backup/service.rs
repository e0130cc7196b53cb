//! The thread of a running server that makes copies: by the clock, and when it is asked.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::directory;
use super::error::BackupError;
use super::listing::{Copy, list};
use super::making::{Made, Order, Place, make};
use super::name::Reason;
use super::rotation::rotate;
use super::schedule::{Moment, due_at_ms};
use super::sending;
use super::watch::{Phase, Watch};
use crate::config::{Backup, Config, Storage};
use crate::domain::clock::SharedClock;

/// How often it looks whether one is due: at least so often, since the clock may be set, and no more often than that.
const LOOK_EVERY: Duration = Duration::from_secs(20);
const LOOK_AFTER: Duration = Duration::from_millis(250);

/// How much less than others the thread gets of the processors (nice).
const NICE: i32 = 10;

/// Copies of one installation. Shared by whoever asks for one and whoever shows them.
pub struct Backups {
    storage: Storage,
    backup: Backup,
    directory: PathBuf,
    clock: SharedClock,
    started_at_ms: i64,
    state: Mutex<State>,
    asked: Condvar,
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    is_wanted: bool,
    under_way: Option<UnderWay>,
    made: u64,
    failed: u64,
    last_made: Option<LastMade>,
    /// When the last try failed, and why, if none has worked since.
    failing: Option<Failure>,
    /// Why the last copy that was made did not arrive elsewhere.
    not_sent: Option<Failure>,
}

/// A copy that is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    pub since_ms: i64,
    pub phase: Phase,
    pub done_bytes: u64,
    /// 0: not known.
    pub all_bytes: u64,
}

/// The last copy that this process made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMade {
    pub at_ms: i64,
    pub took_ms: i64,
    pub file_bytes: u64,
    pub is_sent: bool,
}

/// What went wrong, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub at_ms: i64,
    /// For administrators: it names files.
    pub what: String,
}

/// How it is with copies. Counts are since the start of the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub made: u64,
    pub failed: u64,
    pub under_way: Option<UnderWay>,
    pub last_made: Option<LastMade>,
    pub failing: Option<Failure>,
    pub not_sent: Option<Failure>,
}

impl Backups {
    /// Starts the thread. Must be called inside a Tokio runtime, which sends copies away.
    pub fn start(config: &Config, clock: SharedClock) -> std::io::Result<Arc<Self>> {
        let backups = Arc::new(Self {
            storage: config.storage.clone(),
            backup: config.backup.clone(),
            directory: directory(&config.backup, &config.storage),
            started_at_ms: clock.now_ms(),
            clock,
            state: Mutex::default(),
            asked: Condvar::new(),
            stop: Arc::default(),
            thread: Mutex::default(),
        });
        let (its, runtime) = (Arc::clone(&backups), tokio::runtime::Handle::current());
        let thread = std::thread::Builder::new().name("backup".to_owned()).spawn(move || its.work(&runtime))?;
        *backups.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(backups)
    }

    /// Asks for a copy, soon. One that is under way is the answer to it.
    pub fn ask(&self) {
        let mut state = self.state();
        state.is_wanted = state.under_way.is_none();
        self.asked.notify_all();
    }

    /// How it is.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let state = self.state();
        Figures {
            made: state.made,
            failed: state.failed,
            under_way: state.under_way,
            last_made: state.last_made.clone(),
            failing: state.failing.clone(),
            not_sent: state.not_sent.clone(),
        }
    }

    /// The copies that are there, the newest first. Blocks.
    pub fn list(&self) -> Result<Vec<Copy>, BackupError> {
        list(&self.directory)
    }

    /// Where copies are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What is configured.
    #[must_use]
    pub fn config(&self) -> &Backup {
        &self.backup
    }

    /// When the next one is due by itself, with `newest` of [`Backups::list`]; `None`: never.
    #[must_use]
    pub fn due_at_ms(&self, copies: &[Copy]) -> Option<i64> {
        let now_ms = self.clock.now_ms();
        let newest_ms = copies.iter().map(Copy::made_at_ms).find(|made_at_ms| *made_at_ms <= now_ms);
        let failed_at_ms = self.state().failing.as_ref().map(|failure| failure.at_ms);
        due_at_ms(self.backup.every, Moment { now_ms, started_at_ms: self.started_at_ms, newest_ms, failed_at_ms })
    }

    /// Ends the thread; a copy that is under way is given up and leaves nothing behind.
    pub async fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        {
            let _state = self.state();
            self.asked.notify_all();
        }
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // Its panics end with it.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    /// The state is never left half changed, so a panic of another thread does not matter.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn work(&self, runtime: &tokio::runtime::Handle) {
        // On Linux this is the thread's alone. Without it copies compete as equals, which is no reason to make none.
        let _ = rustix::process::setpriority_process(None, NICE);
        while let Some(reason) = self.wait() {
            self.run(reason, runtime);
        }
    }

    /// Waits until a copy is asked for or due; none: the end.
    fn wait(&self) -> Option<Reason> {
        loop {
            let state = self.state();
            if self.is_stopping() {
                return None;
            }
            if state.is_wanted {
                return Some(Reason::Manual);
            }
            drop(state);
            // A directory that cannot be read is told when a copy is tried.
            let copies = self.list().unwrap_or_default();
            let left_ms = self.due_at_ms(&copies).map(|due_ms| due_ms.saturating_sub(self.clock.now_ms()));
            if left_ms.is_some_and(|left_ms| left_ms <= 0) {
                return Some(Reason::Schedule);
            }
            let left = left_ms.and_then(|left_ms| u64::try_from(left_ms).ok()).map(Duration::from_millis);
            let pause = left.map_or(LOOK_EVERY, |left| left.clamp(LOOK_AFTER, LOOK_EVERY));
            let state = self.state();
            if !state.is_wanted && !self.is_stopping() {
                // Whatever wakes it: it looks again.
                drop(self.asked.wait_timeout(state, pause));
            }
        }
    }

    /// Makes a copy, rotates, sends; and remembers how it went.
    fn run(&self, reason: Reason, runtime: &tokio::runtime::Handle) {
        let begun_ms = self.clock.now_ms();
        {
            let mut state = self.state();
            state.is_wanted = false;
            state.under_way = Some(UnderWay { since_ms: begun_ms, phase: Phase::Copying, done_bytes: 0, all_bytes: 0 });
        }
        let mut follow = |phase, done_bytes, all_bytes| {
            if let Some(under_way) = &mut self.state().under_way {
                *under_way = UnderWay { phase, done_bytes, all_bytes, ..*under_way };
            }
        };
        let mut watch = Watch { follow: &mut follow, stop: Arc::clone(&self.stop) };
        let place = Place::Directory(&self.directory, reason);
        let order = Order { storage: &self.storage, place, is_compressed: true, now_ms: begun_ms };
        let made = make(order, &mut watch);
        let sent = match &made {
            Ok(made) => {
                self.rotate(made);
                self.send(made, runtime, &mut watch)
            }
            Err(_) => None,
        };
        self.remember(begun_ms, made, sent);
    }

    fn rotate(&self, made: &Made) {
        match rotate(&self.directory, self.backup.keep, &made.file, made.made_at_ms) {
            Ok(deleted) => {
                for copy in deleted {
                    tracing::info!(copy = %copy.display(), "an old copy of the database was deleted");
                }
            }
            Err(error) => tracing::warn!(%error, "old copies of the database could not be deleted"),
        }
    }

    /// Sends the copy away; none: it goes nowhere.
    fn send(
        &self,
        made: &Made,
        runtime: &tokio::runtime::Handle,
        watch: &mut Watch<'_>,
    ) -> Option<Result<(), sending::SendError>> {
        let bucket = &self.backup.s3;
        sending::is_on(bucket).then(|| runtime.block_on(sending::send(bucket, &made.file, self.clock.now_ms(), watch)))
    }

    fn remember(&self, begun_ms: i64, made: Result<Made, BackupError>, sent: Option<Result<(), sending::SendError>>) {
        let now_ms = self.clock.now_ms();
        let mut state = self.state();
        state.under_way = None;
        match made {
            Ok(made) => {
                let took_ms = now_ms - begun_ms;
                tracing::info!(copy = %made.file.display(), bytes = made.file_bytes, took_ms, "a copy of the database was made");
                state.made += 1;
                state.failing = None;
                state.not_sent = None;
                let is_sent = matches!(sent, Some(Ok(())));
                state.last_made = Some(LastMade { at_ms: begun_ms, took_ms, file_bytes: made.file_bytes, is_sent });
                if let Some(Err(error)) = sent {
                    tracing::error!(%error, "a copy of the database could not be sent away");
                    state.failed += 1;
                    state.not_sent = Some(Failure { at_ms: now_ms, what: error.to_string() });
                }
            }
            Err(BackupError::Stopped) if self.is_stopping() => {}
            Err(error) => {
                tracing::error!(%error, "no copy of the database could be made");
                state.failed += 1;
                state.failing = Some(Failure { at_ms: now_ms, what: error.to_string() });
            }
        }
    }
}
