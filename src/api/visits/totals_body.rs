//! Counts of visits as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::query::visits::totals::Totals;

/// Counts of visits. All of them can be added up but `visitors` and what is an average.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitTotals {
    /// Different visitors.
    pub visitors: u64,
    pub visits: u64,
    /// Page views.
    pub views: u64,
    /// Events with a name.
    pub events: u64,
    /// Visits with one page view and no named event.
    pub bounces: u64,
    /// Share of the visits that were bounces, from 0 to 1; null without visits.
    pub bounce_rate: Option<f64>,
    /// Of all visits together, from their first to their last sign, in milliseconds.
    pub duration_ms: u64,
    /// Null without visits.
    pub average_duration_ms: Option<u64>,
    /// Null without visits.
    pub views_per_visit: Option<f64>,
}

/// Counts of a bucket of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitBucket {
    /// When the bucket begins: milliseconds since the epoch.
    pub start: i64,
    #[serde(flatten)]
    pub totals: VisitTotals,
}

impl From<Totals> for VisitTotals {
    fn from(totals: Totals) -> Self {
        Self {
            visitors: totals.visitors,
            visits: totals.visits,
            views: totals.views,
            events: totals.events,
            bounces: totals.bounces,
            bounce_rate: totals.bounce_rate(),
            duration_ms: totals.duration_ms,
            average_duration_ms: totals.average_duration_ms(),
            views_per_visit: totals.views_per_visit(),
        }
    }
}

/// The buckets of a series, of which `bounds` are the ends.
#[must_use]
pub fn buckets(bounds: &[i64], series: Vec<Totals>) -> Vec<VisitBucket> {
    bounds.iter().zip(series).map(|(start, totals)| VisitBucket { start: *start, totals: totals.into() }).collect()
}
