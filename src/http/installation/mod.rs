//! How the installation is while it runs: what the health routes, the metrics, the status API and the status page tell.

pub mod checks;
pub mod diagnostics;

use std::sync::Arc;
use std::time::Duration;

use super::jwt::JwtVerifier;
use super::live_figures::LiveFigures;
use super::proxy_state::ProxyState;
use super::refusals::Refusals;
use super::request_figures::RequestFigures;
use super::stopping::Stopping;
use super::upkeep::Upkeep;
use crate::backup::service::Backups;
use crate::domain::clock::SharedClock;
use crate::query::last_events::{LastEvent, last_events};
use crate::store::{Store, StoreError};

/// Shared by everything that tells how it is.
pub struct Installation {
    pub store: Store,
    pub clock: SharedClock,
    pub proxy: Arc<ProxyState>,
    pub refusals: Arc<Refusals>,
    pub requests: Arc<RequestFigures>,
    pub live: Arc<LiveFigures>,
    pub upkeep: Arc<Upkeep>,
    pub backups: Arc<Backups>,
    pub stopping: Stopping,
    pub started_at_ms: i64,
    /// Silence after which a project that did send is reported; zero: never.
    pub no_data_after: Duration,
    /// Who judges tokens of browsers; none when tokens are not looked at.
    pub jwt: Option<Arc<JwtVerifier>>,
}

/// When each source of each project sent last.
#[derive(Debug, Clone, Default)]
pub struct Arrivals {
    pub all: Vec<LastEvent>,
    now_ms: i64,
    no_data_after_ms: i64,
}

impl Installation {
    /// Looks when everybody sent last. Blocks.
    pub fn arrivals(&self) -> Result<Arrivals, StoreError> {
        let now_ms = self.clock.now_ms();
        let all = self.store.read(|connection| last_events(connection, now_ms))?;
        Ok(Arrivals { all, now_ms, no_data_after_ms: millis(self.no_data_after) })
    }

    /// For how long the process runs, in milliseconds.
    #[must_use]
    pub fn uptime_ms(&self) -> i64 {
        self.clock.now_ms().saturating_sub(self.started_at_ms).max(0)
    }
}

impl Arrivals {
    /// Those who did send, but not for `metrics.no_data_after`.
    pub fn silent(&self) -> impl Iterator<Item = &LastEvent> {
        self.all.iter().filter(|last| self.is_silent(last))
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn is_silent(&self, last: &LastEvent) -> bool {
        is_silent(last.at_ms, self.now_ms, self.no_data_after_ms)
    }
}

/// Whether what came last at `last_ms` is too long ago.
#[must_use]
pub fn is_silent(last_ms: i64, now_ms: i64, no_data_after_ms: i64) -> bool {
    no_data_after_ms > 0 && now_ms.saturating_sub(last_ms) > no_data_after_ms
}

/// A duration of the configuration in milliseconds.
#[must_use]
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_reported_after_its_time_unless_switched_off() {
        assert!(!is_silent(1_000, 1_500, 500));
        assert!(is_silent(1_000, 1_501, 500));
        assert!(!is_silent(1_000, i64::MAX, 0));
        assert!(!is_silent(2_000, 1_000, 500), "a browser's clock may be ahead");
    }
}
