//! What was committed, for those who watch.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::domain::{Batch, Receipt};

/// Batches a slow watcher may be behind before it is told how many it missed.
const BACKLOG: usize = 1_024;

/// A batch that is on the disk, without the events that were there before.
#[derive(Debug)]
pub struct Committed {
    pub batch: Batch,
    pub receipt: Receipt,
}

/// Tells every watcher what was committed, after it was: a watcher never sees what a query would not.
#[derive(Debug, Clone)]
pub struct Feed(broadcast::Sender<Arc<Committed>>);

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

impl Feed {
    /// Watches from now on. A watcher that falls behind gets `Lagged` with the number it missed.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.0.subscribe()
    }

    pub(super) fn publish(&self, committed: Committed) {
        if self.0.receiver_count() > 0 {
            // An error only says that the last watcher has just left.
            let _ = self.0.send(Arc::new(committed));
        }
    }
}
