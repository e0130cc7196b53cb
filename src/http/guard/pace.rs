//! How long a body keeps the server waiting.

use std::time::Duration;

use tokio::time::Instant;

use super::limits::RATE_GRACE;
use super::{Limits, Violation};

/// What has come of one body, and how long it was waited for.
///
/// Only waiting counts: a service that reads slowly does not make its client a slow one.
#[derive(Debug, Default)]
pub(super) struct Pace {
    bytes: u64,
    waited: Duration,
    waiting_since: Option<Instant>,
}

impl Pace {
    pub fn arrived(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
        }
    }

    /// Says that nothing is there; until when it may stay so, and what it is called if it does.
    pub fn wait(&mut self, limits: &Limits) -> (Instant, Violation) {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let silence = (since + limits.client_timeout, Violation::BODY_TIMEOUT);
        let Some(paid_ms) = self.bytes.saturating_mul(1000).checked_div(limits.min_body_rate) else { return silence };
        // The bytes so far are enough for so much waiting.
        let allowed = Duration::from_millis(paid_ms).max(RATE_GRACE);
        let left = allowed.saturating_sub(self.waited);
        if left < limits.client_timeout { (since + left, Violation::BODY_TOO_SLOW) } else { silence }
    }
}
