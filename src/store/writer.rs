//! The one thread that writes.
//!
//! It takes what the queue holds, bounded by rows and time, runs each batch under a savepoint of its
//! own, commits once, and only then answers. What goes wrong:
//!
//! * a batch that cannot be stored is rolled back alone, its neighbours go on;
//! * a transaction that cannot be written (disk full, I/O error) is rolled back, all of its senders are
//!   told to come back, and the next transaction is tried as if nothing had happened;
//! * after a failed fsync, or when the file turns out to be damaged, nobody knows what the disk holds:
//!   nothing is acknowledged any more and the process ends, so that a restart reads what is really there.

mod erasing;
mod pruning;
mod visiting;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use super::checkpoint::{self, Checkpointer, Progress};
use super::connection::{BUSY_TIMEOUT, Ownership, wal_path};
use super::error::Gravity;
use super::feed::{Committed, Feed};
use super::health::Health;
use super::heat::index::{TailSizes, merge_part};
use super::heat::insert::HeatWriter;
use super::import_sources;
use super::integrity::{Integrity, Look};
use super::queue::{Job, Message};
use super::retention::SharedRules;
use super::retention::pruner::Pruner;
use super::track::insert::TrackWriter;
use super::traffic::insert::TrafficWriter;
use super::visits::making::VisitMaker;
use crate::config::Storage;
use crate::domain::clock::SharedClock;
use crate::domain::{Batch, Receipt};

/// Pages of log after which the checkpointer begins to copy them into the main file.
const CHECKPOINT_PAGES: u64 = 4_000;

/// Size of a page; see `connection::open_writer`.
const PAGE_BYTES: u64 = 4_096;

/// How long cutting the log may wait for readers at a time; it is tried again until it works. All senders wait with it.
const CUT_PATIENCE: Duration = Duration::from_millis(250);

/// How many times larger than `storage.wal_limit` (and than what is copied at a time) the log may become while a reader
/// keeps it from being cut; then nothing more is taken until the reader is gone.
const FULL_LOG: u64 = 4;

/// Time between two warnings about a reader that keeps the log from being cut.
const WARNING_PAUSE: Duration = Duration::from_mins(1);

/// How long the writer waits at a time for batches it expects.
const LINGER: Duration = Duration::from_micros(50);

/// The writer's belongings. Owned by its thread; dropping it closes the connection.
pub(super) struct Writer {
    connection: Connection,
    heat: HeatWriter,
    traffic: TrafficWriter,
    track: TrackWriter,
    visits: VisitMaker,
    pruner: Pruner,
    retention: SharedRules,
    checkpointer: Checkpointer,
    tail: TailSizes,
    /// An erasure that came while a transaction was filled; it has the next one for itself.
    held: Option<Job>,
    /// Whether the log may hold pages from before an erasure.
    log_holds_erased: bool,
    /// Batches that a transaction waits for, as long as `commit_max_delay` lets it: half as many as the last one had.
    /// Senders that were answered together tend to send again together, and an fsync for each of the first few would
    /// keep the rest waiting; a single sender never waits.
    expected: usize,
    /// SQLite's count of commits by other connections, when what is remembered was read.
    seen_version: i64,
    /// Pages in the log, as the last commit said.
    wal_pages: Arc<AtomicU64>,
    /// When it was last said that a reader keeps the log from being cut.
    warned_at: Option<Instant>,
    health: Arc<Health>,
    feed: Feed,
    clock: SharedClock,
    limits: Limits,
    /// Broken off when the writer ends.
    look: Option<Look>,
    /// Given up when the writer ends, so that another process may start.
    ownership: Ownership,
}

/// What connects the writer with the rest of the process.
pub(super) struct Outside {
    pub health: Arc<Health>,
    pub feed: Feed,
    pub clock: SharedClock,
    /// Of a file whose last process did not end in order.
    pub look: Option<Look>,
    pub retention: SharedRules,
}

/// What bounds the writer.
#[derive(Debug, Clone)]
struct Limits {
    path: PathBuf,
    max_rows: usize,
    max_delay: Duration,
    min_free: u64,
    wal_limit: u64,
}

impl Limits {
    /// Bytes of log above which nothing is taken.
    fn full_log(&self) -> u64 {
        self.wal_limit.max(CHECKPOINT_PAGES * PAGE_BYTES).saturating_mul(FULL_LOG)
    }
}

/// A job whose rows are in the open transaction.
struct Applied {
    batch: Batch,
    receipt: Receipt,
    received: Instant,
    reply: oneshot::Sender<Result<Receipt, StoreError>>,
}

/// Whether the writer goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Continue,
    Close,
}

impl Writer {
    pub fn new(
        mut connection: Connection,
        (heat, traffic, track, visits): (HeatWriter, TrafficWriter, TrackWriter, VisitMaker),
        pruner: Pruner,
        checkpointer: Checkpointer,
        config: &Storage,
        outside: Outside,
        ownership: Ownership,
    ) -> Result<Self, StoreError> {
        let wal_pages = Arc::new(AtomicU64::new(0));
        let pages = Arc::clone(&wal_pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count: std::ffi::c_int| {
            pages.store(u64::try_from(count).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        }))?;
        let tail = TailSizes::read(&connection)?;
        Ok(Self {
            connection,
            heat,
            traffic,
            track,
            visits,
            pruner,
            retention: outside.retention,
            checkpointer,
            tail,
            held: None,
            // What an earlier process erased, it may not have cut out of the log.
            log_holds_erased: !ownership.is_beside(),
            expected: 0,
            // What was read so far may be older than the first transaction.
            seen_version: -1,
            wal_pages,
            warned_at: None,
            health: outside.health,
            feed: outside.feed,
            clock: outside.clock,
            limits: Limits {
                path: config.path.clone(),
                max_rows: config.commit_max_rows,
                max_delay: config.commit_max_delay,
                min_free: config.min_free,
                wal_limit: config.wal_limit,
            },
            look: outside.look,
            ownership,
        })
    }

    /// Works until the queue is closed, or until nothing may be acknowledged any more.
    pub fn run(mut self, mut queue: mpsc::Receiver<Message>) -> Result<(), StoreError> {
        let result = self.serve(&mut queue);
        self.health.stop();
        // Whoever still waits is told that the store has stopped, by the drop of its reply.
        queue.close();
        while queue.try_recv().is_ok() {}
        self.look = None;
        if result.is_ok() {
            self.finish();
            if matches!(self.health.integrity(), Integrity::NotNeeded | Integrity::Sound) {
                self.ownership.end_in_order();
            }
        }
        result
    }

    fn serve(&mut self, queue: &mut mpsc::Receiver<Message>) -> Result<(), StoreError> {
        self.upkeep()?;
        self.make_visits(|| true)?;
        while let Some(message) = queue.blocking_recv() {
            self.health.beat(self.clock.now_ms());
            match message {
                Message::Job(job) => {
                    if self.write(job, queue)? == Next::Close {
                        return Ok(());
                    }
                    if let Some(part) = self.tail.part_to_merge() {
                        self.merge(part)?;
                    }
                    self.roll_up()?;
                    if self.track.is_forgetting_due() {
                        self.forget_keys()?;
                    }
                    self.mind_the_log()?;
                    self.mind_the_disk()?;
                }
                Message::Tick => {
                    self.upkeep()?;
                    self.make_visits(|| !queue.is_empty())?;
                    self.prune(|| !queue.is_empty())?;
                }
                Message::Close => return Ok(()),
            }
        }
        Ok(())
    }

    /// Writes a job, and what else waits.
    fn write(&mut self, job: Job, queue: &mut mpsc::Receiver<Message>) -> Result<Next, StoreError> {
        let mut waiting = Some(job);
        while let Some(job) = waiting {
            if matches!(job.batch, Batch::Erase(_)) {
                self.health.dequeue(&job.batch, job.bytes);
            }
            let Job { batch, bytes, received, reply } = job;
            match batch {
                Batch::Erase(erasure) => self.erase(erasure, reply)?,
                batch => {
                    if self.transaction(Job { batch, bytes, received, reply }, queue)? == Next::Close {
                        return Ok(Next::Close);
                    }
                }
            }
            waiting = self.held.take();
        }
        Ok(Next::Continue)
    }

    /// Takes `first` and what else waits into one transaction, commits it, and answers.
    fn transaction(&mut self, first: Job, queue: &mut mpsc::Receiver<Message>) -> Result<Next, StoreError> {
        let started = Instant::now();
        let mut next = Next::Continue;
        let mut applied = Vec::new();
        let mut rows = 0;
        let mut outcome = self.begin();
        let mut waiting = Some(first);
        while let Some(job) = waiting.take() {
            self.health.dequeue(&job.batch, job.bytes);
            if outcome.is_ok() {
                outcome = self.apply(job, &mut applied, &mut rows);
            } else {
                self.refuse(job.reply, &outcome);
            }
            if outcome.is_err() || rows >= self.limits.max_rows || started.elapsed() >= self.limits.max_delay {
                break;
            }
            waiting = loop {
                match queue.try_recv() {
                    Ok(Message::Job(job)) if matches!(job.batch, Batch::Erase(_)) => {
                        self.held = Some(job);
                        break None;
                    }
                    Ok(Message::Job(job)) => break Some(job),
                    Ok(Message::Tick) => {}
                    Ok(Message::Close) => {
                        next = Next::Close;
                        break None;
                    }
                    Err(_) if applied.len() < self.expected && started.elapsed() < self.limits.max_delay => {
                        std::thread::sleep(LINGER);
                    }
                    Err(_) => break None,
                }
            };
        }
        self.expected = applied.len() / 2;
        let outcome = outcome.and_then(|()| self.commit());
        match &outcome {
            Ok(()) => {
                self.health.transaction_written(applied.len() as u64);
                self.health.transaction_took(started.elapsed());
                self.health.set_locked_out(false);
                self.note(&applied, started);
                for Applied { batch, receipt, reply, .. } in applied {
                    // A sender that is gone does not matter: the batch is stored.
                    let _ = reply.send(Ok(receipt.clone()));
                    self.feed.publish(Committed { batch, receipt });
                }
                Ok(next)
            }
            Err(error) => {
                let gravity = error.gravity();
                tracing::error!(error = %error, ?gravity, batches = applied.len(), "a transaction could not be written");
                self.roll_back();
                for Applied { reply, .. } in applied {
                    self.refuse(reply, &outcome);
                }
                if gravity == Gravity::Fatal { outcome.map(|()| next) } else { Ok(next) }
            }
        }
    }

    /// Notes what a transaction that is on the disk has brought, before its senders are answered.
    fn note(&self, applied: &[Applied], started: Instant) {
        let (written, now_ms, at) = (&self.health.written, self.clock.now_ms(), Instant::now());
        let events = applied.iter().map(|one| written.note(&one.batch, &one.receipt, now_ms)).sum();
        let lags = applied.iter().map(|one| at.saturating_duration_since(one.received));
        written.transaction(at.saturating_duration_since(started), events, lags);
    }

    /// Begins a transaction. What is remembered of the file holds in it, also when somebody else has written meanwhile: a
    /// command beside the server, or what people set.
    fn begin(&mut self) -> Result<(), StoreError> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let version = data_version(&self.connection)?;
        if version != self.seen_version {
            self.heat.forget();
            self.traffic.forget();
            self.track.forget();
            self.visits.read_again();
            self.heat.read_again(&self.connection)?;
            self.traffic.read_again(&self.connection)?;
            self.track.read_again();
            self.tail = TailSizes::read(&self.connection)?;
            self.seen_version = version;
        }
        Ok(())
    }

    /// Runs one job under a savepoint. An error is the transaction's; the job's own is answered here.
    fn apply(&mut self, mut job: Job, applied: &mut Vec<Applied>, rows: &mut usize) -> Result<(), StoreError> {
        let (heat_mark, traffic_mark) = (self.heat.pending.mark(), self.traffic.rollup.mark());
        self.connection.prepare_cached("SAVEPOINT batch")?.execute([])?;
        match self.insert(&mut job.batch, rows) {
            Ok(receipt) => {
                self.connection.prepare_cached("RELEASE batch")?.execute([])?;
                applied.push(Applied { batch: job.batch, receipt, received: job.received, reply: job.reply });
                Ok(())
            }
            Err(error) if error.gravity() == Gravity::Batch => {
                self.connection.execute_batch("ROLLBACK TO batch; RELEASE batch")?;
                self.heat.pending.rewind(heat_mark);
                self.traffic.rollup.rewind(traffic_mark);
                self.forget();
                self.health.batches_failed(1);
                if !matches!(error, StoreError::ProjectLimit | StoreError::RevokedKey) {
                    tracing::error!(error = %error, "a batch could not be stored");
                }
                let _ = job.reply.send(Err(error));
                Ok(())
            }
            Err(error) => {
                let outcome = Err(error);
                self.refuse(job.reply, &outcome);
                outcome
            }
        }
    }

    /// Writes a batch, and counts in `rows` what it took.
    fn insert(&mut self, batch: &mut Batch, rows: &mut usize) -> Result<Receipt, StoreError> {
        match batch {
            Batch::Heat(batch) => {
                let result = self.heat.insert(&self.connection, batch);
                *rows += batch.events.len() + 1;
                result
            }
            Batch::Traffic(batch) => {
                *rows += batch.records.len();
                self.traffic.insert(&self.connection, batch, self.clock.now_ms())
            }
            Batch::Track(batch) => {
                *rows += batch.events.len() + 1;
                self.track.insert(&self.connection, batch)
            }
            // It has a transaction of its own: `write` keeps it out of this one.
            Batch::Erase(_) => Err(StoreError::Unavailable),
            Batch::Imported(imported) => {
                let mut receipt = Receipt::default();
                for batch in &mut imported.batches {
                    receipt.duplicates += self.insert_imported(batch, rows)?;
                }
                import_sources::note(&self.connection, &imported.progress, self.clock.now_ms())?;
                Ok(receipt)
            }
        }
    }

    /// Writes a batch of an import; how many of its rows were there already.
    fn insert_imported(&mut self, batch: &mut Batch, rows: &mut usize) -> Result<u64, StoreError> {
        let before = if let Batch::Heat(batch) = &*batch { batch.row_count() } else { 0 };
        let receipt = self.insert(batch, rows)?;
        Ok(if let Batch::Heat(batch) = &*batch { before - batch.row_count() } else { receipt.duplicates })
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let mut tail = self.tail.clone();
        self.heat.pending.flush(&self.connection, &mut tail)?;
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        // The commit is on the disk, but the checkpointer has just met a failed fsync: say nothing any more.
        if self.checkpointer.has_failed() {
            return Err(StoreError::FsyncFailed);
        }
        self.tail = tail;
        self.traffic.rollup.commit();
        Ok(())
    }

    /// Takes back the open transaction, if SQLite has not done so itself, and all memory of it.
    fn roll_back(&mut self) {
        self.health.transaction_failed();
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %error, "a transaction could not be rolled back");
        }
        self.heat.pending.clear();
        self.traffic.rollup.roll_back();
        self.forget();
        self.health.look_at_disk(&self.limits.path, self.limits.min_free);
    }

    /// Forgets what the writers remember of the file.
    fn forget(&mut self) {
        self.heat.forget();
        self.traffic.forget();
        self.track.forget();
        self.visits.forget();
    }

    /// Answers a sender whose transaction failed.
    fn refuse(&self, reply: oneshot::Sender<Result<Receipt, StoreError>>, outcome: &Result<(), StoreError>) {
        let gravity = outcome.as_ref().err().map(StoreError::gravity);
        self.health.batches_failed(1);
        let _ = reply.send(Err(match gravity {
            Some(Gravity::NoSpace) => StoreError::NoSpace,
            Some(Gravity::Fatal) => StoreError::Stopped,
            _ => StoreError::Unavailable,
        }));
    }

    /// What the writer does for itself about once a second.
    fn upkeep(&mut self) -> Result<(), StoreError> {
        if self.checkpointer.has_failed() {
            return Err(StoreError::FsyncFailed);
        }
        self.health.beat(self.clock.now_ms());
        self.health.look_at_disk(&self.limits.path, self.limits.min_free);
        self.try_the_lock()?;
        self.cut_the_log()?;
        // Beside a server it is the server who makes everybody wait until the log can be cut.
        if self.log_bytes() > self.limits.wal_limit && !self.ownership.is_beside() {
            self.cut_the_long_log()?;
        } else {
            self.health.log_is_full(false);
        }
        if self.wal_pages.load(Ordering::Relaxed) > 0 {
            self.checkpoint(checkpoint::passive)?;
        }
        self.forget_keys()?;
        self.roll_up()
    }

    /// Looks whether the file can be written at all, also while nothing comes: somebody else may hold it locked. Does not wait.
    fn try_the_lock(&mut self) -> Result<(), StoreError> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let tried = self.connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK");
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        let is_busy = |error: &rusqlite::Error| error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy);
        self.health.set_locked_out(tried.as_ref().is_err_and(is_busy));
        match tried {
            Err(error) if !is_busy(&error) => forgivable(error.into(), "the file could not be locked for writing"),
            _ => Ok(()),
        }
    }

    /// Takes a step of forgetting ids of app events, if any were remembered long enough.
    fn forget_keys(&mut self) -> Result<(), StoreError> {
        let now_ms = self.clock.now_ms();
        let forgotten = match self.track.may_forget_keys(&self.connection, now_ms) {
            Ok(false) => return Ok(()),
            Ok(true) => self.begin().and_then(|()| {
                self.track.forget_keys(&self.connection, now_ms)?;
                Ok(self.connection.prepare_cached("COMMIT")?.execute([]).map(|_| ())?)
            }),
            Err(error) => Err(error),
        };
        forgotten.or_else(|error| {
            self.roll_back();
            forgivable(error, "ids of app events could not be forgotten")
        })
    }

    /// Cuts a log that is longer than it should be, or says that a reader keeps it from that.
    fn cut_the_long_log(&mut self) -> Result<(), StoreError> {
        self.try_to_cut()?;
        let log_bytes = self.log_bytes();
        let is_held = log_bytes > self.limits.wal_limit;
        self.health.log_is_full(log_bytes > self.limits.full_log());
        if is_held && self.warned_at.is_none_or(|at| at.elapsed() > WARNING_PAUSE) {
            self.warned_at = Some(Instant::now());
            tracing::warn!(log_bytes, "a reader keeps the log from being cut; while that lasts it grows");
        }
        Ok(())
    }

    /// Copies the log and cuts it to nothing, unless readers need it for longer than a moment.
    fn try_to_cut(&mut self) -> Result<(), StoreError> {
        self.connection.busy_timeout(CUT_PATIENCE)?;
        let outcome = self.checkpoint(checkpoint::truncate);
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        outcome
    }

    fn log_bytes(&self) -> u64 {
        std::fs::metadata(wal_path(&self.limits.path)).map_or(0, |file| file.len())
    }

    /// Keeps the log short under load: wakes the checkpointer, and copies the rest when that has done the bulk.
    fn mind_the_log(&mut self) -> Result<(), StoreError> {
        if self.wal_pages.load(Ordering::Relaxed).saturating_mul(PAGE_BYTES) > self.limits.full_log() {
            self.health.log_is_full(true);
        }
        if self.wal_pages.load(Ordering::Relaxed) < CHECKPOINT_PAGES {
            return Ok(());
        }
        if self.checkpointer.take_done() {
            return self.checkpoint(checkpoint::passive);
        }
        self.checkpointer.wake();
        Ok(())
    }

    /// Looks how much space is left. Near the floor the log is copied at once: what it still holds will take
    /// space in the main file, too.
    fn mind_the_disk(&mut self) -> Result<(), StoreError> {
        let in_log = self.wal_pages.load(Ordering::Relaxed).saturating_mul(PAGE_BYTES);
        self.health.look_at_disk(&self.limits.path, self.limits.min_free);
        if in_log > 0 && self.limits.min_free > 0 && self.health.free_bytes() < self.limits.min_free + in_log {
            self.checkpoint(checkpoint::passive)?;
            self.health.look_at_disk(&self.limits.path, self.limits.min_free);
        }
        Ok(())
    }

    fn merge(&mut self, part: usize) -> Result<(), StoreError> {
        let merged = self.begin().and_then(|()| {
            merge_part(&self.connection, part)?;
            Ok(self.connection.execute_batch("COMMIT")?)
        });
        match merged {
            Ok(()) => {
                self.tail.clear(part);
                Ok(())
            }
            Err(error) => {
                self.roll_back();
                forgivable(error, "the heat index could not be merged")
            }
        }
    }

    /// Adds requests to their rollups, if it is time: one step, and more as long as too much waits in memory.
    fn roll_up(&mut self) -> Result<(), StoreError> {
        while self.traffic.rollup.is_due() {
            let has_stepped = self.roll_up_step()?;
            if !has_stepped || !self.traffic.rollup.is_overdue() {
                break;
            }
        }
        Ok(())
    }

    /// Takes one step of the rollups; false if that failed and may work later.
    fn roll_up_step(&mut self) -> Result<bool, StoreError> {
        let step = self.begin().and_then(|()| {
            let step = self.traffic.rollup.step(&self.connection)?;
            self.connection.prepare_cached("COMMIT")?.execute([])?;
            Ok(step)
        });
        match step {
            Ok(step) => {
                self.traffic.rollup.stepped(step);
                Ok(true)
            }
            Err(error) => {
                self.roll_back();
                forgivable(error, "requests could not be added to their rollups").map(|()| false)
            }
        }
    }

    /// Copies the log into the main file. Readers or a full disk may keep it from finishing; the next
    /// try comes by itself.
    fn checkpoint(&mut self, copy: fn(&Connection) -> Result<Progress, rusqlite::Error>) -> Result<(), StoreError> {
        match copy(&self.connection) {
            Ok(progress) => {
                self.wal_pages.store(progress.logged.saturating_sub(progress.copied), Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                self.wal_pages.store(0, Ordering::Relaxed);
                forgivable(error.into(), "the log could not be copied into the database")
            }
        }
    }

    /// Leaves a tidy file behind.
    fn finish(&mut self) {
        while !self.traffic.rollup.is_idle() && self.roll_up_step().unwrap_or(false) {}
        while self.make_step(true).unwrap_or(false) {}
        let keeps_log = self.ownership.is_beside() && !self.log_holds_erased;
        if let Err(error) = self.checkpoint(if keeps_log { checkpoint::passive } else { checkpoint::truncate }) {
            tracing::warn!(error = %error, "the last checkpoint failed");
        }
        if let Err(error) = self.connection.execute_batch("PRAGMA optimize") {
            tracing::debug!(error = %error, "PRAGMA optimize failed");
        }
    }
}

/// Changes whenever another connection has committed something.
fn data_version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// Passes on only what nobody may go on after.
fn forgivable(error: StoreError, what: &'static str) -> Result<(), StoreError> {
    let gravity = error.gravity();
    tracing::warn!(error = %error, ?gravity, "{what}");
    if gravity == Gravity::Fatal { Err(error) } else { Ok(()) }
}
