//! How often each reason for a refusal has occurred since the start.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::store::written::Source;

/// Counts per protocol and stable code. The codes are those of closed enums, so their number is bounded.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<BTreeMap<(Source, &'static str), u64>>);

impl Refusals {
    pub fn count(&self, source: Source, code: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((source, code)).or_default() += 1;
    }

    /// All counts so far, by protocol and code.
    #[must_use]
    pub fn by_source(&self) -> BTreeMap<(Source, &'static str), u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All counts so far, by code alone.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for ((_, code), count) in self.by_source() {
            *counts.entry(code).or_default() += count;
        }
        counts
    }
}
