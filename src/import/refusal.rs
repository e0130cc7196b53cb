//! A record that cannot be stored.

use serde::Serialize;

/// Which record, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Where it stands, such as `line 7` or `events row 12`.
    pub place: String,
    /// Why, in a few words; never the content.
    pub reason: String,
}

impl Refusal {
    #[must_use]
    pub fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into() }
    }
}
