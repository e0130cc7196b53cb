//! `GET /metrics`: figures for monitoring systems, in Prometheus' text format (docs/metrics.md lists them).
//!
//! No label names a project, a person or a path: their number would have no bound, and monitoring is no place for them.

mod exposition;
mod process;

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::constant_time::verify_slices_are_equal;

use self::exposition::{CONTENT_TYPE, Exposition, Kind};
use crate::backup::listing::Copy;
use crate::http::installation::checks::{Verdict, checks, worst};
use crate::http::installation::{Arrivals, Installation};
use crate::http::proxy_state::STATUS_CLASSES;
use crate::store::file_sizes::FileSizes;
use crate::store::registry::hash_secret;
use crate::store::written::Source;

/// What `/metrics` wants to be shown on the listener that everybody reaches.
#[derive(Debug, Clone)]
pub struct MetricsToken([u8; 32]);

impl MetricsToken {
    /// The token of the configuration; nothing if there is none, and then no `/metrics` either.
    #[must_use]
    pub fn new(token: &str) -> Option<Self> {
        (!token.is_empty()).then(|| Self(hash_secret(token)))
    }

    /// Compared in a time that says nothing, by hashes, whose length says nothing either.
    fn is(&self, shown: &str) -> bool {
        verify_slices_are_equal(&self.0, &hash_secret(shown)).is_ok()
    }
}

/// Answers on the listener of its own, which nobody else reaches.
pub async fn open(installation: web::Data<Installation>) -> HttpResponse {
    answer(installation).await
}

/// Answers to those who show the token.
pub async fn guarded(
    request: HttpRequest,
    token: web::Data<MetricsToken>,
    installation: web::Data<Installation>,
) -> HttpResponse {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.split_once(' '));
    match shown {
        Some((scheme, shown)) if scheme.eq_ignore_ascii_case("bearer") && token.is(shown.trim()) => {
            answer(installation).await
        }
        _ => HttpResponse::Unauthorized()
            .insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"metrics\""))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/plain; charset=utf-8")
            .body("metrics.token is needed\n"),
    }
}

async fn answer(installation: web::Data<Installation>) -> HttpResponse {
    // The figures of the process are worth telling also when the database cannot be asked.
    let text = web::block(move || {
        let arrivals =
            installation.arrivals().inspect_err(|error| tracing::debug!(%error, "last events are not known"));
        text(&installation, arrivals.ok().as_ref())
    });
    match text.await {
        Ok(text) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(text),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

fn text(installation: &Installation, arrivals: Option<&Arrivals>) -> String {
    let mut text = Exposition::default();
    requests(&mut text, installation);
    ingest(&mut text, installation, arrivals);
    database(&mut text, installation);
    proxy(&mut text, installation);
    live(&mut text, installation);
    upkeep(&mut text, installation);
    let version = [("version", env!("CARGO_PKG_VERSION")), ("revision", option_env!("HEARTH_REVISION").unwrap_or(""))];
    text.metric("hearth_build_info", Kind::Gauge, "Which Hearth this is; always 1.").count(&version, 1);
    process::write(&mut text);
    text.into_text()
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn requests(text: &mut Exposition, installation: &Installation) {
    let mut all: Vec<_> = installation.requests.seconds().into_iter().collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut metric = text.metric(
        "http_server_request_duration_seconds",
        Kind::Histogram,
        "Time from a request to the beginning of its answer, on server.listen and below /_hearth/.",
    );
    for (key, histogram) in &all {
        let labels = [
            ("http_request_method", key.method),
            ("http_route", &key.route),
            ("http_response_status_code", &key.status.to_string()),
        ];
        metric.histogram(&labels, histogram);
    }
    text.metric("http_server_active_requests", Kind::Gauge, "Requests whose answer has not begun.")
        .count(&[], installation.requests.active());
}

fn ingest(text: &mut Exposition, installation: &Installation, arrivals: Option<&Arrivals>) {
    let health = installation.store.health();
    let written = &health.written;
    let mut metric = text.metric(
        "hearth_ingest_events_total",
        Kind::Counter,
        "Events that were written, without those that had been written before.",
    );
    for (source, kind, events) in written.events() {
        metric.count(&[("source", source.name()), ("type", kind)], events);
    }
    let mut metric = text.metric(
        "hearth_ingest_duplicates_total",
        Kind::Counter,
        "Events that had been written before and were left as they are.",
    );
    for source in Source::ALL {
        metric.count(&[("source", source.name())], written.duplicates(source));
    }
    let mut metric =
        text.metric("hearth_ingest_rejected_total", Kind::Counter, "Refused requests by the code of the reason.");
    for ((source, code), count) in installation.refusals.by_source() {
        metric.count(&[("source", source.name()), ("reason", code)], count);
    }
    for (reason, counter) in
        [("queue_full", &installation.proxy.dropped_queue_full), ("store", &installation.proxy.dropped_store)]
    {
        metric.count(&[("source", Source::Traffic.name()), ("reason", reason)], read(counter));
    }
    let (max_batches, max_bytes) = installation.store.queue_limits();
    text.metric("hearth_ingest_queue_batches", Kind::Gauge, "Batches that wait for the writer.")
        .count(&[], health.queued_batches());
    text.metric("hearth_ingest_queue_limit_batches", Kind::Gauge, "Batches that may wait (storage.queue_batches).")
        .count(&[], max_batches as u64);
    text.metric("hearth_ingest_queue_events", Kind::Gauge, "Events in the batches that wait for the writer.")
        .count(&[], health.queued_events());
    text.metric("hearth_ingest_queue_bytes", Kind::Gauge, "Memory of the batches that wait, in bytes.")
        .count(&[], health.queued_bytes());
    text.metric("hearth_ingest_queue_limit_bytes", Kind::Gauge, "Bytes that may wait (storage.queue_bytes).")
        .count(&[], max_bytes);
    let transactions = written.transactions();
    text.metric("hearth_ingest_batch_events", Kind::Histogram, "Events in one transaction.")
        .histogram(&[], &transactions.events);
    text.metric(
        "hearth_ingest_lag_seconds",
        Kind::Histogram,
        "Time from the receipt of a batch to the moment at which it is on the disk.",
    )
    .histogram(&[], &transactions.lag_s);
    if let Some(arrivals) = arrivals {
        let mut metric = text.metric(
            "hearth_last_event_timestamp_seconds",
            Kind::Gauge,
            "Time of the newest event of any project, in seconds since the Unix epoch.",
        );
        for source in Source::ALL {
            let newest = arrivals.all.iter().filter(|last| last.source == source).map(|last| last.at_ms).max();
            if let Some(at_ms) = newest {
                #[expect(clippy::cast_precision_loss, reason = "milliseconds are exact for 285 thousand years")]
                metric.value(&[("source", source.name())], at_ms as f64 / 1_000.0);
            }
        }
        let mut metric = text.metric(
            "hearth_silent_projects",
            Kind::Gauge,
            "Projects that did send, but not for metrics.no_data_after.",
        );
        for source in Source::ALL {
            let silent = arrivals.silent().filter(|last| last.source == source).count();
            metric.count(&[("source", source.name())], silent as u64);
        }
    }
}

fn database(text: &mut Exposition, installation: &Installation) {
    let health = installation.store.health();
    let transactions = health.written.transactions();
    text.metric(
        "hearth_db_commit_duration_seconds",
        Kind::Histogram,
        "Time of a transaction from its first batch to the disk.",
    )
    .histogram(&[], &transactions.commit_s);
    let batches = [("written", health.committed_batches()), ("failed", health.failed_batches())];
    let mut metric =
        text.metric("hearth_db_batches_total", Kind::Counter, "Batches that were written, or could not be.");
    for (outcome, count) in batches {
        metric.count(&[("outcome", outcome)], count);
    }
    let sizes = FileSizes::of(installation.store.path());
    text.metric("hearth_db_bytes", Kind::Gauge, "Size of the database's files in bytes.")
        .count(&[("file", "db")], sizes.database)
        .count(&[("file", "wal")], sizes.log)
        .count(&[("file", "shm")], sizes.shared_memory);
    text.metric("hearth_disk_free_bytes", Kind::Gauge, "Free space on the database's file system in bytes.")
        .count(&[], health.free_bytes());
    text.metric("hearth_writer_heartbeat_age_seconds", Kind::Gauge, "Time since the writer's last sign of life.")
        .value(&[], health.silence().as_secs_f64());
    let checks = checks(installation);
    let (verdict, _) = worst(&checks);
    text.metric("hearth_ready", Kind::Gauge, "1 while /readyz answers 200.")
        .count(&[], u64::from(verdict != Verdict::Fail));
    let mut metric =
        text.metric("hearth_check_status", Kind::Gauge, "What /readyz says of each check: 0 pass, 1 warn, 2 fail.");
    for check in &checks {
        metric.count(&[("check", check.name)], check.verdict as u64);
    }
}

fn proxy(text: &mut Exposition, installation: &Installation) {
    let proxy = &installation.proxy;
    let mut metric = text.metric(
        "hearth_proxy_requests_total",
        Kind::Counter,
        "Requests that were looked at for their record, by route and class of status.",
    );
    for (route, classes) in proxy.requests_by_route() {
        for (class, count) in STATUS_CLASSES.iter().zip(classes).filter(|(_, count)| *count > 0) {
            metric.count(&[("route", &route), ("status_class", class)], count);
        }
    }
    text.metric("hearth_proxy_exchanges_total", Kind::Counter, "Requests that the proxy has begun to serve.")
        .count(&[], read(&proxy.requests));
    text.metric("hearth_proxy_records_total", Kind::Counter, "What became of records of proxied requests.")
        .count(&[("outcome", "stored")], read(&proxy.recorded))
        .count(&[("outcome", "left_out")], read(&proxy.ignored))
        .count(&[("outcome", "dropped_queue_full")], read(&proxy.dropped_queue_full))
        .count(&[("outcome", "dropped_store")], read(&proxy.dropped_store));
    text.metric(
        "hearth_proxy_recorded_bytes_total",
        Kind::Counter,
        "Bytes of the bodies, both ways, of requests whose records are on the disk.",
    )
    .count(&[], installation.store.health().written.request_bytes());
    text.metric("hearth_proxy_violations_total", Kind::Counter, "Connections closed for breaking the rules of HTTP.")
        .count(&[], read(&proxy.violations));
    text.metric("hearth_proxy_connections", Kind::Gauge, "Connections of the proxy's clients.")
        .count(&[], read(&proxy.connections));
    text.metric("hearth_proxy_open_streams", Kind::Gauge, "Tunnels and event streams that go on.")
        .count(&[], proxy.open_count() as u64);
    let mut metric = text.metric(
        "http_client_request_duration_seconds",
        Kind::Histogram,
        "Time until an upstream's response began.",
    );
    for upstream in proxy.upstreams() {
        if let Some(histogram) = upstream.seconds() {
            metric.histogram(&[("server_address", &upstream.name)], &histogram);
        }
    }
    let mut metric = text.metric(
        "hearth_proxy_upstream_failures_total",
        Kind::Counter,
        "Requests without a response because of the upstream.",
    );
    for upstream in proxy.upstreams() {
        metric.count(&[("server_address", &upstream.name)], read(&upstream.failed));
    }
    let mut metric = text.metric(
        "hearth_proxy_upstream_silence_seconds",
        Kind::Gauge,
        "For how long an upstream has answered nothing although requests wait.",
    );
    for upstream in proxy.upstreams() {
        let silence = upstream.silence().unwrap_or_default();
        metric.value(&[("server_address", &upstream.name)], silence.as_secs_f64());
    }
}

fn live(text: &mut Exposition, installation: &Installation) {
    text.metric("hearth_live_viewers", Kind::Gauge, "Connections that watch what happens now.")
        .count(&[], installation.live.viewers());
    text.metric(
        "hearth_live_dropped_total",
        Kind::Counter,
        "Events that viewers were not shown because they came faster than they were taken.",
    )
    .count(&[], installation.live.dropped());
}

fn upkeep(text: &mut Exposition, installation: &Installation) {
    let copies = installation.backups.list().unwrap_or_default();
    let newest = copies.iter().filter(|copy| copy.is_verified).map(Copy::made_at_ms).max();
    let reload = installation.upkeep.last_reload().map(|done| if done.outcome.is_ok() { done.at_ms } else { 0 });
    for (name, help, at_ms) in [
        (
            "hearth_last_backup_timestamp_seconds",
            "When the newest whole copy of the database was made, in seconds since the Unix epoch.",
            newest,
        ),
        (
            "hearth_last_reload_timestamp_seconds",
            "When the configuration was read again, in seconds since the Unix epoch; 0: it was refused.",
            reload,
        ),
    ] {
        if let Some(at_ms) = at_ms {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds are exact for 285 thousand years")]
            text.metric(name, Kind::Gauge, help).value(&[], at_ms as f64 / 1_000.0);
        }
    }
    let figures = installation.backups.figures();
    let mut metric =
        text.metric("hearth_backups_total", Kind::Counter, "Copies of the database that were made, or could not be.");
    for (outcome, count) in [("made", figures.made), ("failed", figures.failed)] {
        metric.count(&[("outcome", outcome)], count);
    }
    let state = installation.jwt.as_ref().and_then(|jwt| jwt.key_state(installation.clock.now_s()));
    if let Some(age) = state.and_then(|state| state.age) {
        text.metric("hearth_jwks_age_seconds", Kind::Gauge, "Age of the keys that tokens are verified with.")
            .value(&[], age.as_secs_f64());
    }
}
