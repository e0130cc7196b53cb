//! What the proxy is doing at this moment, for those who only want to look: counts, and the requests that stay open.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::histogram::{Histogram, Histograms, REQUEST_SECONDS};
use crate::domain::id::ProjectId;
use crate::domain::traffic::Protocol;

/// Shared by the proxy, which writes the first two, by the recorder, which writes the others, and by the status page,
/// which reads them.
#[derive(Debug, Default)]
pub struct ProxyState {
    /// Connections of clients.
    pub connections: AtomicU64,
    /// Exchanges begun since the start.
    pub requests: AtomicU64,
    /// Connections that were closed because the client broke the rules of HTTP, or was too slow. A head that is refused
    /// so is no request: nobody knows what it asked for.
    pub violations: AtomicU64,
    /// Records handed to the store and committed.
    pub recorded: AtomicU64,
    /// Records that `include_routes` and `ignore_routes` left out.
    pub ignored: AtomicU64,
    /// Records dropped because too many waited.
    pub dropped_queue_full: AtomicU64,
    /// Records dropped because the store could not take them, or because recording had ended.
    pub dropped_store: AtomicU64,
    /// By route, as a pattern, how many requests there were of each class of status.
    routes: Mutex<BTreeMap<String, [u64; STATUS_CLASSES.len()]>>,
    open: Mutex<BTreeMap<u64, OpenRequest>>,
    next: AtomicU64,
    /// Set when the proxy starts; in the order in which it tries them.
    upstreams: OnceLock<Vec<UpstreamState>>,
}

/// The classes of statuses, as metrics call them.
pub const STATUS_CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Routes that are counted apart, at most; there are no more than `traffic.max_routes` of a project.
const MAX_ROUTES: usize = 2_000;

/// How one upstream has answered since the start.
#[derive(Debug)]
pub struct UpstreamState {
    /// Its address, without anything secret.
    pub name: String,
    /// Responses that began.
    pub answered: AtomicU64,
    /// Exchanges without a response, because of the upstream.
    pub failed: AtomicU64,
    /// Failures since the last response.
    pub failed_in_a_row: AtomicU64,
    last_failure: Mutex<Option<&'static str>>,
    seconds: Histograms<()>,
    /// Requests that wait for a response.
    waiting: AtomicU64,
    /// From here the next one is measured.
    started: Instant,
    /// Since when something waits and nothing was answered, in milliseconds since `started`.
    unanswered_ms: AtomicU64,
}

/// A request that waits for its upstream. Dropping it means that nobody waits any more.
#[derive(Debug)]
pub struct Asked<'a> {
    upstream: &'a UpstreamState,
    at: Instant,
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
        self.requests_open().insert(id, request);
        OpenId(id)
    }

    pub fn close(&self, id: OpenId) {
        self.requests_open().remove(&id.0);
    }

    /// Counts a request that was looked at for its record; `route` is a pattern.
    pub fn count_request(&self, route: &str, status: u16) {
        let class = usize::from(status / 100).clamp(1, STATUS_CLASSES.len()) - 1;
        let mut routes = self.routes();
        if let Some(classes) = routes.get_mut(route) {
            classes[class] += 1;
        } else {
            let route = if routes.len() < MAX_ROUTES { route } else { super::request_figures::UNMATCHED };
            routes.entry(route.to_owned()).or_default()[class] += 1;
        }
    }

    /// How many requests each route had, by class of status.
    #[must_use]
    pub fn requests_by_route(&self) -> BTreeMap<String, [u64; STATUS_CLASSES.len()]> {
        self.routes().clone()
    }

    /// It is never left half changed.
    fn routes(&self) -> MutexGuard<'_, BTreeMap<String, [u64; STATUS_CLASSES.len()]>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names the upstreams, once.
    pub fn name_upstreams(&self, names: impl IntoIterator<Item = String>) {
        // A second proxy would have a state of its own.
        let _ = self.upstreams.set(names.into_iter().map(UpstreamState::new).collect());
    }

    /// The upstreams; none without a proxy.
    #[must_use]
    pub fn upstreams(&self) -> &[UpstreamState] {
        self.upstreams.get().map_or(&[], Vec::as_slice)
    }

    /// How many requests of all projects are open.
    pub fn open_count(&self) -> usize {
        self.open.lock().map_or(0, |open| open.len())
    }

    /// The open requests of a project, oldest first, at most `limit`, and how many there are.
    #[must_use]
    pub fn open_requests(&self, project: ProjectId, limit: usize) -> (Vec<OpenRequest>, usize) {
        let open = self.requests_open();
        let of_project = || open.values().filter(|request| request.project == project);
        (of_project().take(limit).cloned().collect(), of_project().count())
    }

    /// The map. It is never left half changed, so a panic of another thread does not matter.
    fn requests_open(&self) -> MutexGuard<'_, BTreeMap<u64, OpenRequest>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UpstreamState {
    fn new(name: String) -> Self {
        Self {
            name,
            answered: AtomicU64::default(),
            failed: AtomicU64::default(),
            failed_in_a_row: AtomicU64::default(),
            last_failure: Mutex::default(),
            seconds: Histograms::new(REQUEST_SECONDS, 1),
            waiting: AtomicU64::default(),
            started: Instant::now(),
            unanswered_ms: AtomicU64::default(),
        }
    }

    /// Notes that a request is handed to it.
    #[must_use]
    pub fn ask(&self) -> Asked<'_> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) == 0 {
            self.unanswered_ms.store(self.now_ms(), Ordering::Relaxed);
        }
        Asked { upstream: self, at: Instant::now() }
    }

    /// For how long it has answered nothing although something waits.
    #[must_use]
    pub fn silence(&self) -> Option<Duration> {
        let is_waited_for = self.waiting.load(Ordering::Relaxed) > 0;
        let unanswered_ms = self.unanswered_ms.load(Ordering::Relaxed);
        is_waited_for.then(|| Duration::from_millis(self.now_ms().saturating_sub(unanswered_ms)))
    }

    /// How long it took until its responses began, in seconds; failures are not among them.
    #[must_use]
    pub fn seconds(&self) -> Option<Histogram> {
        self.seconds.all().remove(&())
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that a response began.
    pub fn note_answer(&self) {
        self.unanswered_ms.store(self.now_ms(), Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.failed_in_a_row.store(0, Ordering::Relaxed);
    }

    /// Notes that there was none, and the stable code of why.
    pub fn note_failure(&self, code: &'static str) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.failed_in_a_row.fetch_add(1, Ordering::Relaxed);
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(code);
    }

    /// The code of the last failure.
    #[must_use]
    pub fn last_failure(&self) -> Option<&'static str> {
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked<'_> {
    /// A response has begun.
    pub fn answered(self) {
        self.upstream.note_answer();
        self.upstream.seconds.observe((), || (), self.at.elapsed().as_secs_f64());
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.upstream.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_that_answers_again_is_well_again() {
        let state = ProxyState::default();
        assert!(state.upstreams().is_empty());
        state.name_upstreams(["http://a.test".to_owned()]);
        let upstream = &state.upstreams()[0];
        upstream.note_failure("upstream_refused");
        upstream.note_failure("upstream_closed");
        let row = || upstream.failed_in_a_row.load(Ordering::Relaxed);
        assert_eq!((row(), upstream.last_failure()), (2, Some("upstream_closed")));
        upstream.note_answer();
        assert_eq!((row(), upstream.failed.load(Ordering::Relaxed)), (0, 2));
    }

    fn request(project: i64, url: &str) -> OpenRequest {
        OpenRequest {
            project: ProjectId(project),
            protocol: Protocol::WebSocket,
            method: "GET".to_owned(),
            original_url: url.to_owned(),
            user_id: None,
            session_id: None,
            started_at_ms: 0,
        }
    }

    #[test]
    fn a_request_is_shown_to_its_project_until_it_is_closed() {
        let state = ProxyState::default();
        let urls = |limit| {
            let (requests, count) = state.open_requests(ProjectId(1), limit);
            (requests.into_iter().map(|request| request.original_url).collect::<Vec<_>>(), count)
        };
        let first = state.open(request(1, "/a"));
        state.open(request(2, "/of-another"));
        let second = state.open(request(1, "/b"));
        assert_eq!(urls(9), (vec!["/a".to_owned(), "/b".to_owned()], 2));
        assert_eq!(urls(1), (vec!["/a".to_owned()], 2));
        state.close(first);
        state.close(first);
        assert_eq!(urls(9), (vec!["/b".to_owned()], 1));
        state.close(second);
        assert_eq!(urls(9), (vec![], 0));
    }
}
