//! How the installation is: the writer, the disk, what was refused and dropped, the proxy's upstreams.

use std::sync::atomic::Ordering;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use super::backups::status_fact;
use super::{Fact, layout};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::http::problem::Problem;
use crate::store::file_sizes::FileSizes;
use crate::store::health::Condition;

/// Silence of the writer that is worth a word, in milliseconds.
const LONG_SILENCE_MS: i64 = 10_000;

#[derive(Template)]
#[template(path = "admin/status.html")]
struct StatusPage {
    layout: Layout,
    tabs: Vec<Tab>,
    is_well: bool,
    state: &'static str,
    figures: Vec<Fact>,
    facts: Vec<Fact>,
    refusals: Vec<(&'static str, String)>,
    dropped: Vec<Fact>,
    upstreams: Vec<Upstream>,
}

/// An upstream of the proxy.
#[derive(Debug, Clone)]
pub(super) struct Upstream {
    pub name: String,
    /// Class of the badge: `good`, `bad`, or nothing as long as nothing is known.
    pub badge: &'static str,
    pub state: String,
    pub answered: String,
    pub failed: String,
    pub last_failure: &'static str,
}

/// Answers the page.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let (health, now_ms) = (dashboard.store.health(), dashboard.clock.now_ms());
    let sizes = FileSizes::of(dashboard.store.path());
    let silence_ms = now_ms - health.heartbeat_ms();
    let (is_well, state) = match health.condition() {
        Condition::Ready if silence_ms > LONG_SILENCE_MS => {
            (false, "The writer has not shown a sign of life for some time.")
        }
        Condition::Ready => (true, "Everything that is accepted is written to the disk."),
        Condition::BelowFloor => (false, "The disk is too full: nothing is accepted (storage.min_free)."),
        Condition::WriteFailing => (false, "The last transaction could not be written; the log says why."),
        Condition::Stopped => (false, "The store is closing."),
    };
    let backups = std::sync::Arc::clone(&dashboard.backups);
    let copies = web::block(move || backups.list().unwrap_or_default()).await.map_err(|_| Problem::Internal)?;
    let newest = copies.into_iter().find(|copy| copy.is_verified);
    let count = |counter: &std::sync::atomic::AtomicU64| format::count(counter.load(Ordering::Relaxed));
    let proxy = &dashboard.proxy;
    let latency = health.commit_latency();
    let ms = |ms: Option<f64>| format::duration_ms(ms);
    html(&StatusPage {
        layout: layout(&request),
        tabs: tabs::of_installation("status"),
        is_well,
        state,
        figures: vec![
            Fact::new("Version", env!("CARGO_PKG_VERSION")),
            Fact::new("Running for", format::span_ms(now_ms - dashboard.started_at_ms)),
            Fact::new("Waiting for the writer", format::count(health.queued_batches())),
            Fact::new("Commit, p95", ms(latency.map(|it| it.p95_ms))),
            Fact::new("Database", format::bytes(sizes.database)),
            Fact::new("Disk left", format::bytes(health.free_bytes())),
        ],
        facts: vec![
            Fact::new("Started", format::moment(dashboard.started_at_ms, &TimeZone::UTC) + " UTC"),
            Fact::new("Batches written", format::count(health.committed_batches())),
            Fact::new("Batches that could not be written", format::count(health.failed_batches())),
            Fact::new("Last sign of life of the writer", format::ago(health.heartbeat_ms(), now_ms)),
            Fact::new("Commit, median", ms(latency.map(|it| it.p50_ms))),
            Fact::new(
                "Commit, slowest of the last",
                latency.map_or_else(
                    || format::NOTHING.to_owned(),
                    |it| {
                        format!(
                            "{} (of {})",
                            format::duration_ms(Some(it.max_ms)),
                            format::count(it.transactions as u64)
                        )
                    },
                ),
            ),
            Fact::new("Write-ahead log", format::bytes(sizes.log)),
            Fact::new("SQLite", rusqlite::version()),
            status_fact(&dashboard.backups.figures(), newest.as_ref(), now_ms),
        ],
        refusals: dashboard.refusals.counts().into_iter().map(|(code, count)| (code, format::count(count))).collect(),
        dropped: vec![
            Fact::new("Requests not recorded: too many waited", count(&proxy.dropped_queue_full)),
            Fact::new("Requests not recorded: the store could not take them", count(&proxy.dropped_store)),
            Fact::new("Requests left out by the configuration", count(&proxy.ignored)),
            Fact::new("Connections closed for breaking the rules of HTTP", count(&proxy.violations)),
        ],
        upstreams: upstreams(&dashboard),
    })
}

/// How the proxy's upstreams are.
pub(super) fn upstreams(dashboard: &Dashboard) -> Vec<Upstream> {
    let upstream = |state: &crate::http::proxy_state::UpstreamState| {
        let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let (answered, failed, in_a_row) = (read(&state.answered), read(&state.failed), read(&state.failed_in_a_row));
        let words = match in_a_row {
            0 if answered == 0 => "not asked yet".to_owned(),
            0 => "answers".to_owned(),
            1 => "the last request failed".to_owned(),
            many => format!("the last {} requests failed", format::count(many)),
        };
        Upstream {
            name: state.name.clone(),
            badge: match in_a_row {
                0 if answered == 0 => "",
                0 => "good",
                _ => "bad",
            },
            state: words,
            answered: format::count(answered),
            failed: format::count(failed),
            last_failure: state.last_failure().unwrap_or(format::NOTHING),
        }
    };
    dashboard.proxy.upstreams().iter().map(upstream).collect()
}
