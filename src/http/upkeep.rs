//! What was done for the installation last: readings of the configuration. Shown on the status page.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How something went that is done again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// When it ended, in milliseconds since the epoch.
    pub at_ms: i64,
    /// What came of it in a few words, or why nothing did. Shown to administrators only.
    pub outcome: Result<String, String>,
}

/// The last of each; nothing before the first.
#[derive(Debug, Default)]
pub struct Upkeep {
    reload: Mutex<Option<Done>>,
}

impl Upkeep {
    pub fn note_reload(&self, done: Done) {
        *locked(&self.reload) = Some(done);
    }

    #[must_use]
    pub fn last_reload(&self) -> Option<Done> {
        locked(&self.reload).clone()
    }
}

/// It is never left half changed.
fn locked(done: &Mutex<Option<Done>>) -> MutexGuard<'_, Option<Done>> {
    done.lock().unwrap_or_else(PoisonError::into_inner)
}
