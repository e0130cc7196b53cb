//! `[datalyr]`: the Datalyr protocol.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{byte_size, duration};

/// The Datalyr protocol: how much is taken, what is remembered, what counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Datalyr {
    /// Largest body after decompression, in bytes (datalyr.md 7.10).
    #[serde(with = "byte_size")]
    pub max_body_bytes: u64,
    /// Largest event, in bytes.
    #[serde(with = "byte_size")]
    pub max_event_bytes: u64,
    /// Most keys in one event, at all depths together.
    pub max_event_keys: usize,
    /// Deepest nesting of an event, in levels.
    pub max_json_depth: usize,
    /// Most events in one batch.
    pub max_events: usize,
    /// How long an event's id is remembered (datalyr.md 7.1); zero: for ever.
    #[serde(with = "duration")]
    pub deduplicate_for: Duration,
    /// How far ahead of ours a client's clock may be, and how far beside it a browser's (datalyr.md 7.2).
    #[serde(with = "duration")]
    pub max_clock_skew: Duration,
    /// Names of events whose amount is revenue (datalyr.md 10, U10).
    pub revenue_events: Vec<String>,
    /// Names of events that count as conversions besides.
    pub conversion_events: Vec<String>,
    /// How long before a conversion a touch may lie to be credited (datalyr.md 7.5).
    #[serde(with = "duration")]
    pub attribution_window: Duration,
    /// How long after a click to an app store the app may ask for it (datalyr.md 7.6).
    #[serde(with = "duration")]
    pub download_window: Duration,
    /// How old a touch may be that an app is told of by e-mail address (datalyr.md 7.6).
    #[serde(with = "duration")]
    pub email_window: Duration,
    /// Take secrets out of stored URLs (datalyr.md 7.9).
    pub redact_urls: bool,
    /// Most quarantined events that a project keeps.
    pub max_quarantined: u32,
    /// How much a project may deliver.
    pub rate_limit: DatalyrRateLimit,
}

/// A fixed window per project (datalyr.md 7.10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatalyrRateLimit {
    /// Events per project and window.
    pub max_events: u32,
    /// Length of the window, which the first event opens.
    #[serde(with = "duration")]
    pub window: Duration,
    /// Requests per address and window whose key or workspace is unknown.
    pub unknown_key_max: u32,
    /// Most senders counted at the same time.
    pub max_tracked: usize,
}
