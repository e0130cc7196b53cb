//! What is counted of visits.

/// Counts of the visits in a scope. All of them can be added up but `visitors`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Different visitors.
    pub visitors: u64,
    pub visits: u64,
    /// Page views.
    pub views: u64,
    /// Visits with one page view and no named event.
    pub bounces: u64,
    /// Of all visits together, from their first to their last sign, in milliseconds.
    pub duration_ms: u64,
    /// Events with a name.
    pub events: u64,
}

impl Totals {
    /// Share of the visits that were bounces, from 0 to 1; none without visits.
    #[must_use]
    pub fn bounce_rate(&self) -> Option<f64> {
        share(self.bounces, self.visits)
    }

    /// Average length of a visit, in milliseconds.
    #[must_use]
    pub fn average_duration_ms(&self) -> Option<u64> {
        self.duration_ms.checked_div(self.visits)
    }

    /// Page views of an average visit.
    #[must_use]
    pub fn views_per_visit(&self) -> Option<f64> {
        share(self.views, self.visits)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
