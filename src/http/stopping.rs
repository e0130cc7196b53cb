//! Whether a stop was asked for: doors whose senders come back can say so while connections are still answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Said once, by whoever stops the process; read by doors. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// From now on nothing new is taken.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }

    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
