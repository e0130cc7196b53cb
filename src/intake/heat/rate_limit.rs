//! How many batches a sender may deliver (heat-collector.md 4.4): a fixed window per key and address.

use std::net::IpAddr;

use crate::config::RateLimit;
use crate::domain::id::SecretHash;
use crate::http::rate_window::{Standing, Windows};
use crate::identity::network::network_of;

/// Counts per key and address, and per address for keys nobody knows.
#[derive(Debug)]
pub struct RateLimits {
    pub senders: Windows<(SecretHash, IpAddr)>,
    strangers: Windows<IpAddr>,
}

impl RateLimits {
    #[must_use]
    pub fn new(limit: &RateLimit) -> Self {
        Self {
            senders: Windows::new(limit.max, limit.window, limit.max_tracked),
            strangers: Windows::new(limit.unknown_key_max, limit.window, limit.max_tracked),
        }
    }

    /// Goes on with other limits.
    pub fn change(&self, limit: &RateLimit) {
        self.senders.change(limit.max, limit.window, limit.max_tracked);
        self.strangers.change(limit.unknown_key_max, limit.window, limit.max_tracked);
    }

    /// Counts a request of somebody whose key nobody knows: whoever guesses has a whole /64 of IPv6 to do it from.
    pub fn count_stranger(&self, address: IpAddr, now_ms: i64) -> Standing {
        self.strangers.count(network_of(address), now_ms)
    }
}
