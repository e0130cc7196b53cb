//! How many batches a sender may deliver (heat-collector.md 4.4): a fixed window per key and address.

use std::net::IpAddr;

use crate::domain::id::SecretHash;
use crate::http::rate_window::Windows;

/// Counts per key and address, and per address for keys nobody knows.
#[derive(Debug)]
pub struct RateLimits {
    pub senders: Windows<(SecretHash, IpAddr)>,
    pub strangers: Windows<IpAddr>,
}
