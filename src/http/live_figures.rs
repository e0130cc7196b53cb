//! How many watch what happens now, and what they were not shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of all live doors together.
#[derive(Debug, Default)]
pub struct LiveFigures {
    viewers: AtomicU64,
    dropped: AtomicU64,
}

/// One who watches; dropping it is leaving.
#[derive(Debug)]
pub struct Viewing(Arc<LiveFigures>);

impl LiveFigures {
    /// Counts a viewer until the result is dropped.
    #[must_use]
    pub fn view(self: &Arc<Self>) -> Viewing {
        self.viewers.fetch_add(1, Ordering::Relaxed);
        Viewing(Arc::clone(self))
    }

    #[must_use]
    pub fn viewers(&self) -> u64 {
        self.viewers.load(Ordering::Relaxed)
    }

    /// What viewers were not shown because it came faster than they took it, each of them counted.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Viewing {
    /// Counts what this one was not shown.
    pub fn drop_some(&self, number: u64) {
        self.0.dropped.fetch_add(number, Ordering::Relaxed);
    }
}

impl Drop for Viewing {
    fn drop(&mut self) {
        self.0.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}
