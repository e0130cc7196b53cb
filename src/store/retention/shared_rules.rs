//! The rules as the writer and everybody else know them; they can change while it runs.

use std::sync::{Arc, PoisonError, RwLock};

use super::Rules;

/// The rules that hold now; all clones share them.
#[derive(Debug, Clone, Default)]
pub struct SharedRules(Arc<RwLock<Rules>>);

impl SharedRules {
    #[must_use]
    pub fn rules(&self) -> Rules {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes by other rules from now on.
    pub fn set(&self, rules: Rules) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }
}
