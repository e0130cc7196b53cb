//! What a check of a payload found.

use crate::intake::heat::issues::{Details, Issue, Place};

/// Issues kept for an answer; more are counted only, or a body of a megabyte could ask for an answer of seventeen.
pub const MAX_ISSUES: usize = 10_000;

/// What a check of a payload found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub(super) issues: Vec<Issue>,
    pub(super) issue_count: usize,
    pub(super) envelope_is_valid: bool,
    pub(super) event_count: usize,
    pub(super) refused_events: Vec<usize>,
}

impl Report {
    /// Tells whether there is nothing wrong at all.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.issue_count == 0
    }

    /// Tells whether everything but single events is right, so that the valid ones could be stored.
    #[must_use]
    pub const fn envelope_is_valid(&self) -> bool {
        self.envelope_is_valid
    }

    /// Number of events in the payload, refused ones included.
    #[must_use]
    pub const fn event_count(&self) -> usize {
        self.event_count
    }

    /// Indices of the events that are not as they must be, ascending.
    #[must_use]
    pub fn refused_events(&self) -> &[usize] {
        &self.refused_events
    }

    /// Tells whether the event at an index is as it must be.
    #[must_use]
    pub fn event_is_valid(&self, index: usize) -> bool {
        index < self.event_count && self.refused_events.binary_search(&index).is_err()
    }

    /// The issues in order of discovery, at most [`MAX_ISSUES`].
    #[must_use]
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// Number of issues, those beyond [`MAX_ISSUES`] included.
    #[must_use]
    pub const fn issue_count(&self) -> usize {
        self.issue_count
    }

    /// The `details` of an answer that refuses the whole payload.
    #[must_use]
    pub fn details(&self) -> Details {
        Details::of(&self.issues)
    }

    /// The `details` of one event.
    #[must_use]
    pub fn event_details(&self, index: usize) -> Details {
        Details::of(self.issues.iter().filter(|issue| issue.place == Place::Event(index)))
    }
}
