//! How much may be delivered: events per project, and requests per address that guess (datalyr.md 7.10).

use std::net::IpAddr;

use super::reject::DatalyrReject;
use crate::config::DatalyrRateLimit;
use crate::domain::id::ProjectId;
use crate::http::rate_window::Windows;
use crate::identity::network::network_of;

/// Counts of one installation.
#[derive(Debug)]
pub struct RateLimits {
    projects: Windows<ProjectId>,
    strangers: Windows<IpAddr>,
}

impl RateLimits {
    #[must_use]
    pub fn new(limit: &DatalyrRateLimit) -> Self {
        Self {
            projects: Windows::new(limit.max_events, limit.window, limit.max_tracked),
            strangers: Windows::new(limit.unknown_key_max, limit.window, limit.max_tracked),
        }
    }

    /// Goes on with other limits.
    pub fn change(&self, limit: &DatalyrRateLimit) {
        self.projects.change(limit.max_events, limit.window, limit.max_tracked);
        self.strangers.change(limit.unknown_key_max, limit.window, limit.max_tracked);
    }

    /// Whether there is room for anything at all; to be asked before a body is understood, which costs more.
    pub fn check(&self, project: ProjectId, now_ms: i64) -> Result<(), DatalyrReject> {
        match self.projects.is_used_up(&project, now_ms) {
            Some(standing) => Err(DatalyrReject::rate_limited(standing.retry_after_s(now_ms))),
            None => Ok(()),
        }
    }

    /// Takes the room for so many events, or none.
    pub fn take(&self, project: ProjectId, events: usize, now_ms: i64) -> Result<(), DatalyrReject> {
        let standing = self.projects.take(project, u32::try_from(events).unwrap_or(u32::MAX), now_ms);
        if standing.is_over { Err(DatalyrReject::rate_limited(standing.retry_after_s(now_ms))) } else { Ok(()) }
    }

    /// The refusal of somebody who showed what nobody knows: the given one, until there were too many.
    pub fn refuse_stranger(&self, address: IpAddr, reject: DatalyrReject, now_ms: i64) -> DatalyrReject {
        let standing = self.strangers.count(network_of(address), now_ms);
        if standing.is_over { DatalyrReject::rate_limited(standing.retry_after_s(now_ms)) } else { reject }
    }
}
