//! How the store is: written by the writer, read by health routes and by the door of the queue.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::integrity::Integrity;
use super::written::Written;
use crate::domain::Batch;

/// What part of the queue's bytes proxied requests may take: one in so many.
const TRAFFIC_SHARE: u64 = 4;

/// Transactions whose durations are remembered.
const REMEMBERED: usize = 512;

/// The state of one store. All values are momentary.
#[derive(Debug)]
pub struct Health {
    /// What has been written since the start.
    pub written: Written,
    /// From here times are measured that no clock change may touch.
    started: Instant,
    /// When the writer last showed a sign of life, in milliseconds since the epoch.
    heartbeat_ms: AtomicI64,
    /// The same in milliseconds since `started`.
    beat_ms: AtomicU64,
    /// How often it did.
    beats: AtomicU64,
    /// Since when the writer has found the file locked by somebody else, in milliseconds since `started`, plus one; 0: it has not.
    locked_out_ms: AtomicU64,
    integrity: Mutex<Integrity>,
    below_floor: AtomicBool,
    log_full: AtomicBool,
    write_failing: AtomicBool,
    stopped: AtomicBool,
    free_bytes: AtomicU64,
    queued_batches: AtomicU64,
    queued_bytes: AtomicU64,
    queued_events: AtomicU64,
    /// Of the bytes, those of proxied requests.
    queued_traffic_bytes: AtomicU64,
    committed_batches: AtomicU64,
    failed_batches: AtomicU64,
    /// How long the last transactions took, in microseconds, the oldest first.
    durations_us: Mutex<VecDeque<u64>>,
}

/// How long the last transactions took, from their first batch to the disk, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommitLatency {
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub max_ms: f64,
    /// Of how many transactions.
    pub transactions: usize,
}

/// Why the store takes nothing at the moment, or that it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Ready,
    /// The disk has less free space than `storage.min_free`.
    BelowFloor,
    /// A reader has kept the log from being cut for so long that it has become as large as it may.
    LogFull,
    /// The last transaction could not be written; the next may be.
    WriteFailing,
    /// Closing, or given up.
    Stopped,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            written: Written::default(),
            started: Instant::now(),
            heartbeat_ms: AtomicI64::default(),
            beat_ms: AtomicU64::default(),
            beats: AtomicU64::default(),
            locked_out_ms: AtomicU64::default(),
            integrity: Mutex::default(),
            below_floor: AtomicBool::default(),
            log_full: AtomicBool::default(),
            write_failing: AtomicBool::default(),
            stopped: AtomicBool::default(),
            free_bytes: AtomicU64::default(),
            queued_batches: AtomicU64::default(),
            queued_bytes: AtomicU64::default(),
            queued_events: AtomicU64::default(),
            queued_traffic_bytes: AtomicU64::default(),
            committed_batches: AtomicU64::default(),
            failed_batches: AtomicU64::default(),
            durations_us: Mutex::default(),
        }
    }
}

impl Health {
    #[must_use]
    pub fn condition(&self) -> Condition {
        if self.stopped.load(Ordering::Acquire) {
            Condition::Stopped
        } else if self.below_floor.load(Ordering::Relaxed) {
            Condition::BelowFloor
        } else if self.log_full.load(Ordering::Relaxed) {
            Condition::LogFull
        } else if self.write_failing.load(Ordering::Relaxed) {
            Condition::WriteFailing
        } else {
            Condition::Ready
        }
    }

    #[must_use]
    pub fn heartbeat_ms(&self) -> i64 {
        self.heartbeat_ms.load(Ordering::Relaxed)
    }

    /// How long ago the writer last showed a sign of life. The machine's clock may be changed meanwhile.
    #[must_use]
    pub fn silence(&self) -> Duration {
        Duration::from_millis(self.now_ms().saturating_sub(self.beat_ms.load(Ordering::Relaxed)))
    }

    /// How often the writer has shown a sign of life.
    #[must_use]
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    /// For how long the writer has found the file locked by somebody else, as often as it looked.
    #[must_use]
    pub fn locked_out(&self) -> Option<Duration> {
        let since_ms = self.locked_out_ms.load(Ordering::Relaxed).checked_sub(1)?;
        Some(Duration::from_millis(self.now_ms().saturating_sub(since_ms)))
    }

    /// What is known about the file being sound.
    #[must_use]
    pub fn integrity(&self) -> Integrity {
        self.integrity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes that wait for the writer.
    #[must_use]
    pub fn queued_bytes(&self) -> u64 {
        self.queued_bytes.load(Ordering::Relaxed)
    }

    /// Events in the batches that wait for the writer.
    #[must_use]
    pub fn queued_events(&self) -> u64 {
        self.queued_events.load(Ordering::Relaxed)
    }

    /// Milliseconds since the store was opened.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the disk has less free space than `storage.min_free`.
    #[must_use]
    pub fn is_below_floor(&self) -> bool {
        self.below_floor.load(Ordering::Relaxed)
    }

    /// Free bytes on the database's file system, as last looked up.
    #[must_use]
    pub fn free_bytes(&self) -> u64 {
        self.free_bytes.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn queued_batches(&self) -> u64 {
        self.queued_batches.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn committed_batches(&self) -> u64 {
        self.committed_batches.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn failed_batches(&self) -> u64 {
        self.failed_batches.load(Ordering::Relaxed)
    }

    /// How long the last transactions took; nothing before the first.
    #[must_use]
    pub fn commit_latency(&self) -> Option<CommitLatency> {
        let mut durations: Vec<u64> = self.durations().iter().copied().collect();
        durations.sort_unstable();
        let last = durations.len().checked_sub(1)?;
        #[expect(clippy::cast_precision_loss, reason = "a transaction does not take years")]
        let ms = |at: usize| durations[at] as f64 / 1_000.0;
        Some(CommitLatency {
            p50_ms: ms(last / 2),
            p95_ms: ms(last * 95 / 100),
            max_ms: ms(last),
            transactions: durations.len(),
        })
    }

    pub(super) fn transaction_took(&self, duration: Duration) {
        let mut durations = self.durations();
        if durations.len() == REMEMBERED {
            durations.pop_front();
        }
        durations.push_back(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    /// The ring. It is never left half changed, so a panic of another thread does not matter.
    fn durations(&self) -> std::sync::MutexGuard<'_, VecDeque<u64>> {
        self.durations_us.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn beat(&self, now_ms: i64) {
        self.heartbeat_ms.store(now_ms, Ordering::Relaxed);
        self.beat_ms.store(self.now_ms(), Ordering::Relaxed);
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes whether the file was locked by somebody else when the writer looked.
    pub(super) fn set_locked_out(&self, is_locked_out: bool) {
        if !is_locked_out {
            self.locked_out_ms.store(0, Ordering::Relaxed);
        } else if self.locked_out_ms.load(Ordering::Relaxed) == 0 {
            self.locked_out_ms.store(self.now_ms().saturating_add(1), Ordering::Relaxed);
        }
    }

    pub(super) fn set_integrity(&self, integrity: Integrity) {
        *self.integrity.lock().unwrap_or_else(PoisonError::into_inner) = integrity;
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    pub(super) fn transaction_written(&self, batches: u64) {
        self.write_failing.store(false, Ordering::Relaxed);
        self.committed_batches.fetch_add(batches, Ordering::Relaxed);
    }

    pub(super) fn batches_failed(&self, batches: u64) {
        self.failed_batches.fetch_add(batches, Ordering::Relaxed);
    }

    pub(super) fn log_is_full(&self, is_full: bool) {
        self.log_full.store(is_full, Ordering::Relaxed);
    }

    pub(super) fn transaction_failed(&self) {
        self.write_failing.store(true, Ordering::Relaxed);
    }

    /// Looks how much space is left; `min_free` 0 only informs.
    pub(super) fn look_at_disk(&self, path: &Path, min_free: u64) {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Ok(stat) = rustix::fs::statvfs(directory) else { return };
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        self.free_bytes.store(free, Ordering::Relaxed);
        self.below_floor.store(free < min_free, Ordering::Relaxed);
    }

    /// Reserves room for a waiting batch of so many bytes; false if there is none.
    ///
    /// Proxied requests get a quarter of the room: they may be dropped, and must not push out what has a sender who
    /// waits.
    pub(super) fn enqueue(&self, batch: &Batch, bytes: u64, limit_bytes: u64) -> bool {
        if !reserve(&self.queued_bytes, bytes, limit_bytes) {
            return false;
        }
        let is_traffic = matches!(batch, Batch::Traffic(_));
        if is_traffic && !reserve(&self.queued_traffic_bytes, bytes, limit_bytes / TRAFFIC_SHARE) {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        self.queued_batches.fetch_add(1, Ordering::Relaxed);
        self.queued_events.fetch_add(batch.events() as u64, Ordering::Relaxed);
        true
    }

    /// Gives back what [`Self::enqueue`] has reserved for the batch.
    pub(super) fn dequeue(&self, batch: &Batch, bytes: u64) {
        self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        if matches!(batch, Batch::Traffic(_)) {
            self.queued_traffic_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        self.queued_batches.fetch_sub(1, Ordering::Relaxed);
        self.queued_events.fetch_sub(batch.events() as u64, Ordering::Relaxed);
    }
}

/// Adds to a sum of bytes if it stays within its limit.
fn reserve(sum: &AtomicU64, bytes: u64, limit_bytes: u64) -> bool {
    let queued = sum.fetch_add(bytes, Ordering::Relaxed);
    // A single batch larger than the whole limit may pass alone; bodies are bounded elsewhere.
    if queued > 0 && queued.saturating_add(bytes) > limit_bytes {
        sum.fetch_sub(bytes, Ordering::Relaxed);
        return false;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_transactions_are_measured_and_older_ones_forgotten() {
        let health = Health::default();
        assert_eq!(health.commit_latency(), None);
        health.transaction_took(Duration::from_secs(9));
        for ms in 1..=REMEMBERED as u64 {
            health.transaction_took(Duration::from_millis(ms));
        }
        let latency = health.commit_latency().unwrap();
        let expected = CommitLatency { p50_ms: 256.0, p95_ms: 486.0, max_ms: 512.0, transactions: REMEMBERED };
        assert_eq!(latency, expected);
    }
}
