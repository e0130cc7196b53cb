//! How the store is: written by the writer, read by health routes and by the door of the queue.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// The state of one store. All values are momentary.
#[derive(Debug, Default)]
pub struct Health {
    /// When the writer last showed a sign of life, in milliseconds since the epoch.
    heartbeat_ms: AtomicI64,
    below_floor: AtomicBool,
    write_failing: AtomicBool,
    stopped: AtomicBool,
    free_bytes: AtomicU64,
    queued_batches: AtomicU64,
    queued_bytes: AtomicU64,
    committed_batches: AtomicU64,
    failed_batches: AtomicU64,
}

/// Why the store takes nothing at the moment, or that it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Ready,
    /// The disk has less free space than `storage.min_free`.
    BelowFloor,
    /// The last transaction could not be written; the next may be.
    WriteFailing,
    /// Closing, or given up.
    Stopped,
}

impl Health {
    #[must_use]
    pub fn condition(&self) -> Condition {
        if self.stopped.load(Ordering::Acquire) {
            Condition::Stopped
        } else if self.below_floor.load(Ordering::Relaxed) {
            Condition::BelowFloor
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

    pub(super) fn beat(&self, now_ms: i64) {
        self.heartbeat_ms.store(now_ms, Ordering::Relaxed);
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

    /// Reserves room for a waiting batch; false if there is none.
    pub(super) fn enqueue(&self, bytes: u64, limit_bytes: u64) -> bool {
        let queued = self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        // A single batch larger than the whole limit may pass alone; bodies are bounded elsewhere.
        if queued > 0 && queued.saturating_add(bytes) > limit_bytes {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        self.queued_batches.fetch_add(1, Ordering::Relaxed);
        true
    }

    pub(super) fn dequeue(&self, bytes: u64) {
        self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.queued_batches.fetch_sub(1, Ordering::Relaxed);
    }
}
