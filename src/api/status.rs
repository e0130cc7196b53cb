//! `GET /api/v1/status`: how the installation is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::service::{ApiService, json, respond};
use super::status_retention::RetentionBody;
use crate::http::json_number::JsonNumber;
use crate::http::problem::{Problem, ReadProblems};
use crate::http::proxy_state::{ProxyState, UpstreamState};
use crate::store::file_sizes::FileSizes;
use crate::store::health::CommitLatency;

/// The installation's state. Counts are since the start of the process.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusBody {
    pub version: &'static str,
    /// Version of the SQLite library.
    pub sqlite_version: &'static str,
    /// Milliseconds since the epoch.
    pub started_at: i64,
    /// Batches that wait for the writer.
    pub queued_batches: u64,
    /// Batches written.
    pub committed_batches: u64,
    /// Batches that could not be written and were refused.
    pub failed_batches: u64,
    /// When the writer last showed a sign of life: milliseconds since the epoch.
    pub writer_heartbeat_at: i64,
    /// Refused requests of the heat protocol by code.
    #[schema(value_type = std::collections::HashMap<String, u64>)]
    pub refusals: BTreeMap<&'static str, u64>,
    /// Free bytes on the database's file system.
    pub free_bytes: u64,
    /// Bytes of the database file, and of its write-ahead log.
    pub database_bytes: u64,
    pub log_bytes: u64,
    /// How long the last transactions took; null before the first.
    pub commit_latency: Option<CommitLatencyBody>,
    pub proxy: ProxyBody,
    pub retention: RetentionBody,
}

/// How long the last transactions took, from their first batch to the disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitLatencyBody {
    #[schema(value_type = f64)]
    pub p50_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub p95_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub max_ms: JsonNumber,
    /// Of how many transactions: the last 512 at most.
    pub transactions: usize,
}

/// What the recording proxy does.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProxyBody {
    /// Connections of clients at this moment.
    pub connections: u64,
    /// Requests begun.
    pub requests: u64,
    /// Connections closed because the client broke the rules of HTTP or was too slow; heads refused so are no requests.
    pub violations: u64,
    /// Requests recorded and stored.
    pub recorded: u64,
    /// Requests that `traffic.include_routes` and `traffic.ignore_routes` left out.
    pub ignored: u64,
    /// Records dropped because too many waited (`traffic.queue_records`).
    pub dropped_queue_full: u64,
    /// Records dropped because the store could not take them.
    pub dropped_store: u64,
    /// Tunnels and event streams that go on.
    pub open: u64,
    /// In the order in which they are tried; empty without a proxy.
    pub upstreams: Vec<UpstreamBody>,
}

/// How one upstream has answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct UpstreamBody {
    pub name: String,
    /// Responses that began.
    pub answered: u64,
    /// Requests without a response, because of the upstream.
    pub failed: u64,
    /// Of those, how many since the last response.
    pub failed_in_a_row: u64,
    /// Code of the last failure.
    pub last_failure: Option<&'static str>,
}

#[utoipa::path(
    get,
    path = "/api/v1/status",
    tag = "health",
    summary = "How the installation is",
    responses(
        (status = 200, description = "Its state", body = StatusBody),
        ReadProblems
    ),
    security(("read_token" = []))
)]
/// Tells the state.
pub async fn status(request: HttpRequest, service: web::Data<ApiService>) -> HttpResponse {
    respond(&request, read(&request, &service).await)
}

async fn read(request: &HttpRequest, service: &ApiService) -> Result<HttpResponse, Problem> {
    service.grant(request).await?;
    let health = service.store.health();
    let sizes = FileSizes::of(service.store.path());
    let (store, now_ms) = (service.store.clone(), service.clock.now_ms());
    let retention = web::block(move || store.retention(now_ms)).await.map_err(|_| Problem::Internal)??;
    Ok(json(&StatusBody {
        version: env!("CARGO_PKG_VERSION"),
        sqlite_version: rusqlite::version(),
        started_at: service.started_at_ms,
        queued_batches: health.queued_batches(),
        committed_batches: health.committed_batches(),
        failed_batches: health.failed_batches(),
        writer_heartbeat_at: health.heartbeat_ms(),
        refusals: service.refusals.counts(),
        free_bytes: health.free_bytes(),
        database_bytes: sizes.database,
        log_bytes: sizes.log,
        commit_latency: health.commit_latency().map(CommitLatencyBody::from),
        proxy: ProxyBody::from(service.proxy.as_ref()),
        retention: RetentionBody::from(retention),
    }))
}

impl From<CommitLatency> for CommitLatencyBody {
    fn from(latency: CommitLatency) -> Self {
        let CommitLatency { p50_ms, p95_ms, max_ms, transactions } = latency;
        let [p50_ms, p95_ms, max_ms] = [p50_ms, p95_ms, max_ms].map(JsonNumber);
        Self { p50_ms, p95_ms, max_ms, transactions }
    }
}

impl From<&UpstreamState> for UpstreamBody {
    fn from(state: &UpstreamState) -> Self {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Self {
            name: state.name.clone(),
            answered: read(&state.answered),
            failed: read(&state.failed),
            failed_in_a_row: read(&state.failed_in_a_row),
            last_failure: state.last_failure(),
        }
    }
}

impl From<&ProxyState> for ProxyBody {
    fn from(state: &ProxyState) -> Self {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Self {
            connections: read(&state.connections),
            requests: read(&state.requests),
            recorded: read(&state.recorded),
            ignored: read(&state.ignored),
            dropped_queue_full: read(&state.dropped_queue_full),
            violations: read(&state.violations),
            dropped_store: read(&state.dropped_store),
            open: state.open_count() as u64,
            upstreams: state.upstreams().iter().map(UpstreamBody::from).collect(),
        }
    }
}
