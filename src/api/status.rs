//! `GET /api/v1/status`: how the installation is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::service::{ApiService, json, respond};
use super::status_retention::RetentionBody;
use crate::backup::service::{Backups, Figures};
use crate::http::installation::checks::{checks, worst};
use crate::http::json_number::JsonNumber;
use crate::http::jwt::KeyState;
use crate::http::problem::{Problem, ReadProblems};
use crate::http::proxy_state::{ProxyState, UpstreamState};
use crate::http::upkeep::Done;
use crate::query::last_events::LastEvent;
use crate::store::file_sizes::FileSizes;
use crate::store::health::CommitLatency;
use crate::store::written::IngestLag;

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
    /// How long the last batches took from their receipt to the disk; null before the first.
    pub ingest_lag: Option<IngestLagBody>,
    /// How full the queue is, in percent of the limit that is nearer (`storage.queue_batches`, `storage.queue_bytes`).
    pub queue_percent: u64,
    /// `pass`, `warn` or `fail`, as `/readyz` tells it.
    pub status: &'static str,
    /// What is not as it should be, in words.
    pub warnings: Vec<String>,
    /// When each source of each project that the token opens sent last.
    pub last_events: Vec<LastEventBody>,
    /// How the keys are that tokens of browsers are verified with; null when no tokens are looked at.
    pub jwks: Option<JwksBody>,
    /// The last time that this process read its configuration again.
    pub last_reload: Option<DoneBody>,
    /// Connections that watch what happens now.
    pub live_viewers: u64,
    pub proxy: ProxyBody,
    pub backup: BackupBody,
    pub retention: RetentionBody,
}

/// Copies of the database that the server makes. Counts are since the start of the process.
#[derive(Debug, Serialize, ToSchema)]
pub struct BackupBody {
    /// Whether one is being made.
    pub is_under_way: bool,
    /// Copies made, each read back and found whole.
    pub made: u64,
    /// Copies that could not be made, or not be sent away.
    pub failed: u64,
    /// When the newest copy in the directory was made: milliseconds since the epoch; null: there is none.
    pub newest_at: Option<i64>,
    /// When the next one is due by itself; null: never.
    pub due_at: Option<i64>,
    /// When the last try failed, if none has worked since.
    pub failing_since: Option<i64>,
}

/// How long the last batches took from their receipt to the disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct IngestLagBody {
    #[schema(value_type = f64)]
    pub p50_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub p95_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub max_ms: JsonNumber,
    /// Of how many batches: the last 512 at most.
    pub batches: usize,
}

/// When a source of a project sent last.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastEventBody {
    pub project_id: Uuid,
    /// `heat`, `track` or `traffic`.
    pub source: &'static str,
    /// Milliseconds since the epoch.
    pub at: i64,
    /// Whether that is longer ago than `metrics.no_data_after`.
    pub is_silent: bool,
}

/// How the issuer's keys are.
#[derive(Debug, Serialize, ToSchema)]
pub struct JwksBody {
    /// How long ago they were fetched; null before the first time.
    pub age_s: Option<u64>,
    /// Code of why the last attempt to fetch them failed, if it did.
    pub failure: Option<&'static str>,
}

/// How something went that is done again and again.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoneBody {
    /// Milliseconds since the epoch.
    pub at: i64,
    pub succeeded: bool,
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
    let grant = service.grant(request).await?;
    let installation = Arc::clone(&service.installation);
    let arrivals = web::block(move || installation.arrivals()).await.map_err(|_| Problem::Internal)??;
    let installation = &service.installation;
    let checks = checks(installation);
    let (verdict, _) = worst(&checks);
    let health = service.store.health();
    let last_event = |last: &LastEvent| LastEventBody {
        project_id: last.project_uuid,
        source: last.source.name(),
        at: last.at_ms,
        is_silent: arrivals.is_silent(last),
    };
    let sizes = FileSizes::of(service.store.path());
    let (store, now_ms) = (service.store.clone(), service.clock.now_ms());
    let retention = web::block(move || store.retention(now_ms)).await.map_err(|_| Problem::Internal)??;
    let backups = Arc::clone(&service.backups);
    let backup = web::block(move || BackupBody::of(&backups)).await.map_err(|_| Problem::Internal)?;
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
        ingest_lag: health.written.ingest_lag().map(IngestLagBody::from),
        queue_percent: installation.store.queue_percent(),
        status: verdict.word(),
        warnings: checks.iter().filter(|check| check.reason.is_some()).map(|check| check.words.to_owned()).collect(),
        last_events: arrivals.all.iter().filter(|last| grant.covers(last.project)).map(last_event).collect(),
        jwks: installation.jwt.as_ref().and_then(|jwt| jwt.key_state(service.clock.now_s())).map(JwksBody::from),
        last_reload: installation.upkeep.last_reload().map(DoneBody::from),
        live_viewers: installation.live.viewers(),
        proxy: ProxyBody::from(service.proxy.as_ref()),
        backup,
        retention: RetentionBody::from(retention),
    }))
}

impl BackupBody {
    /// Looks into the directory of copies. Blocks.
    fn of(backups: &Backups) -> Self {
        let copies = backups.list().unwrap_or_default();
        let Figures { made, failed, under_way, failing, not_sent, .. } = backups.figures();
        Self {
            is_under_way: under_way.is_some(),
            made,
            failed,
            newest_at: copies.iter().find(|copy| copy.is_verified).map(crate::backup::listing::Copy::made_at_ms),
            due_at: backups.due_at_ms(&copies),
            failing_since: failing.or(not_sent).map(|failure| failure.at_ms),
        }
    }
}

impl From<CommitLatency> for CommitLatencyBody {
    fn from(latency: CommitLatency) -> Self {
        let CommitLatency { p50_ms, p95_ms, max_ms, transactions } = latency;
        let [p50_ms, p95_ms, max_ms] = [p50_ms, p95_ms, max_ms].map(JsonNumber);
        Self { p50_ms, p95_ms, max_ms, transactions }
    }
}

impl From<IngestLag> for IngestLagBody {
    fn from(lag: IngestLag) -> Self {
        let [p50_ms, p95_ms, max_ms] = [lag.p50_ms, lag.p95_ms, lag.max_ms].map(JsonNumber);
        Self { p50_ms, p95_ms, max_ms, batches: lag.batches }
    }
}

impl From<KeyState> for JwksBody {
    fn from(state: KeyState) -> Self {
        Self { age_s: state.age.map(|age| age.as_secs()), failure: state.failure }
    }
}

impl From<Done> for DoneBody {
    fn from(done: Done) -> Self {
        Self { at: done.at_ms, succeeded: done.outcome.is_ok() }
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
