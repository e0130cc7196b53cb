//! What the proxy is doing at this moment, for those who only want to look: counts, and the requests that stay open.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::id::ProjectId;
use crate::domain::traffic::Protocol;

/// Shared by the proxy, which writes it, and the status page, which reads it.
#[derive(Debug, Default)]
pub struct ProxyState {
    /// Connections of clients.
    pub connections: AtomicU64,
    /// Exchanges begun since the start.
    pub requests: AtomicU64,
    /// Records handed to the store and committed.
    pub recorded: AtomicU64,
    /// Records that `include_routes` and `ignore_routes` left out.
    pub ignored: AtomicU64,
    /// Records dropped because too many waited.
    pub dropped_queue_full: AtomicU64,
    /// Records dropped because the store could not take them.
    pub dropped_store: AtomicU64,
    open: Mutex<BTreeMap<u64, OpenRequest>>,
    next: AtomicU64,
}

/// A tunnel or event stream that has not ended.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    pub project: ProjectId,
    pub protocol: Protocol,
    pub method: String,
    /// As it will be recorded.
    pub original_url: String,
    pub user_id: Option<String>,
    pub session_id: Option<String>,
    pub started_at_ms: i64,
}

/// Names an [`OpenRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenId(u64);

impl ProxyState {
    /// Shows a request until [`Self::close`].
    pub fn open(&self, request: OpenRequest) -> OpenId {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut open) = self.open.lock() {
            open.insert(id, request);
        }
        OpenId(id)
    }

    pub fn close(&self, id: OpenId) {
        if let Ok(mut open) = self.open.lock() {
            open.remove(&id.0);
        }
    }

    /// How many requests of all projects are open.
    pub fn open_count(&self) -> usize {
        self.open.lock().map_or(0, |open| open.len())
    }

    /// The open requests of a project, oldest first, at most `limit`, and how many there are.
    pub fn open_requests(&self, project: ProjectId, limit: usize) -> (Vec<OpenRequest>, usize) {
        let Ok(open) = self.open.lock() else { return (Vec::new(), 0) };
        let of_project = || open.values().filter(|request| request.project == project);
        (of_project().take(limit).cloned().collect(), of_project().count())
    }
}
