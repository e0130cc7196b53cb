//! `[retention]`: how long data are kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration;

/// How long data are kept, for each kind; zero means for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Each proxied request.
    #[serde(with = "duration")]
    pub requests: Duration,
    /// Counts of proxied requests by minute, hour and day.
    #[serde(with = "duration")]
    pub rollups: Duration,
    /// Events of browsers: clicks, moves, scrolls, page views.
    #[serde(with = "duration")]
    pub heat: Duration,
    /// Events of apps.
    #[serde(with = "duration")]
    pub events: Duration,
    /// Visits, which are made of events.
    #[serde(with = "duration")]
    pub visits: Duration,
}
