//! How the installation is: the writer, the disk, what was refused and dropped, the proxy's upstreams.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use super::backups::status_fact;
use super::{Fact, layout};
use crate::backup::listing::Copy;
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::http::installation::checks::{Verdict, checks, worst};
use crate::http::installation::diagnostics::diagnostics;
use crate::http::problem::Problem;
use crate::http::upkeep::Done;
use crate::store::file_sizes::FileSizes;
use crate::store::integrity::Integrity;
use crate::store::written::Source;

/// Rows of the list of last events.
const MAX_ROWS: usize = 100;

#[derive(Template)]
#[template(path = "admin/status.html")]
struct StatusPage {
    layout: Layout,
    tabs: Vec<Tab>,
    /// Class of the notice: `good`, `warn` or `bad`.
    badge: &'static str,
    state: String,
    /// What else somebody should look at.
    warnings: Vec<String>,
    figures: Vec<Fact>,
    facts: Vec<Fact>,
    upkeep: Vec<Fact>,
    arrivals: Vec<Arrival>,
    more_arrivals: usize,
    refusals: Vec<(&'static str, &'static str, String)>,
    dropped: Vec<Fact>,
    upstreams: Vec<Upstream>,
    diagnostics: String,
}

/// When a source of a project sent last.
struct Arrival {
    project: String,
    href: String,
    source: &'static str,
    last: String,
    is_silent: bool,
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
    let installation = Arc::clone(&dashboard.installation);
    let arrivals = web::block(move || installation.arrivals()).await.map_err(|_| Problem::Internal)?;
    let arrivals = arrivals.map_err(Problem::from)?;
    let backups = Arc::clone(&dashboard.backups);
    let copies = web::block(move || backups.list().unwrap_or_default()).await.map_err(|_| Problem::Internal)?;
    let newest = copies.into_iter().find(|copy| copy.is_verified);
    let installation = &dashboard.installation;
    let found = checks(installation);
    let (verdict, why) = worst(&found);
    let now_ms = dashboard.clock.now_ms();
    let silent = arrivals.silent().map(|last| silence_in_words(last.source, &last.project_name, last.at_ms, now_ms));
    let other = found.iter().filter(|check| check.reason.is_some() && Some(*check) != why);
    let warnings: Vec<String> = other.map(|check| check.words.to_owned()).chain(silent.take(MAX_ROWS)).collect();
    let rows = arrivals.all.iter().take(MAX_ROWS).map(|last| Arrival {
        project: last.project_name.clone(),
        href: format!("/p/{}", last.project_uuid),
        source: source_name(last.source),
        last: format::ago(last.at_ms, now_ms),
        is_silent: arrivals.is_silent(last),
    });
    html(&StatusPage {
        layout: layout(&request),
        tabs: tabs::of_installation("status"),
        badge: match verdict {
            Verdict::Pass => "good",
            Verdict::Warn => "warn",
            Verdict::Fail => "bad",
        },
        state: why.map_or("Everything that is accepted is written to the disk.", |check| check.words).to_owned(),
        warnings,
        figures: figures(&dashboard, now_ms),
        facts: facts(&dashboard, now_ms),
        upkeep: upkeep(&dashboard, newest.as_ref(), now_ms),
        arrivals: rows.collect(),
        more_arrivals: arrivals.all.len().saturating_sub(MAX_ROWS),
        refusals: refusals(&dashboard),
        dropped: dropped(&dashboard),
        upstreams: upstreams(&dashboard),
        diagnostics: diagnostics(installation),
    })
}

/// A source, as pages call it.
pub(in crate::dashboard) fn source_name(source: Source) -> &'static str {
    match source {
        Source::Heat => "Browsers",
        Source::Track => "Apps",
        Source::Traffic => "Proxy",
    }
}

fn silence_in_words(source: Source, project: &str, last_ms: i64, now_ms: i64) -> String {
    let what = match source {
        Source::Heat => "events from browsers",
        Source::Track => "events from apps",
        Source::Traffic => "requests through the proxy",
    };
    format!("{project}: no {what} for {}.", format::span_ms(now_ms - last_ms))
}

fn figures(dashboard: &Dashboard, now_ms: i64) -> Vec<Fact> {
    let health = dashboard.store.health();
    let sizes = FileSizes::of(dashboard.store.path());
    vec![
        Fact::new("Version", env!("CARGO_PKG_VERSION")),
        Fact::new("Running for", format::span_ms(now_ms - dashboard.started_at_ms)),
        Fact::new("Queue", format!("{} %", dashboard.store.queue_percent())),
        Fact::new("Receipt to disk, p95", format::duration_ms(health.written.ingest_lag().map(|it| it.p95_ms))),
        Fact::new("Database", format::bytes(sizes.database)),
        Fact::new("Disk left", format::bytes(health.free_bytes())),
    ]
}

fn facts(dashboard: &Dashboard, now_ms: i64) -> Vec<Fact> {
    let health = dashboard.store.health();
    let latency = health.commit_latency();
    let ms = format::duration_ms;
    let slowest = latency.map_or_else(
        || format::NOTHING.to_owned(),
        |it| format!("{} (of {})", ms(Some(it.max_ms)), format::count(it.transactions as u64)),
    );
    vec![
        Fact::new("Started", format::moment(dashboard.started_at_ms, &TimeZone::UTC) + " UTC"),
        Fact::new("Waiting for the writer", batches(health.queued_batches(), health.queued_bytes())),
        Fact::new("Batches written", format::count(health.committed_batches())),
        Fact::new("Batches that could not be written", format::count(health.failed_batches())),
        Fact::new("Last sign of life of the writer", format::ago(health.heartbeat_ms(), now_ms)),
        Fact::new("Commit, median", ms(latency.map(|it| it.p50_ms))),
        Fact::new("Commit, p95", ms(latency.map(|it| it.p95_ms))),
        Fact::new("Commit, slowest of the last", slowest),
        Fact::new("Write-ahead log", format::bytes(FileSizes::of(dashboard.store.path()).log)),
        Fact::new("Watching live", format::count(dashboard.installation.live.viewers())),
        Fact::new("SQLite", rusqlite::version()),
    ]
}

fn batches(batches: u64, bytes: u64) -> String {
    format!("{} batches, {}", format::count(batches), format::bytes(bytes))
}

fn upkeep(dashboard: &Dashboard, newest: Option<&Copy>, now_ms: i64) -> Vec<Fact> {
    let done = |done: Option<Done>, never: &str| match done {
        None => never.to_owned(),
        Some(Done { at_ms, outcome: Ok(words) }) => format!("{}, {words}", format::ago(at_ms, now_ms)),
        Some(Done { at_ms, outcome: Err(why) }) => format!("{}, {why}", format::ago(at_ms, now_ms)),
    };
    let integrity = match dashboard.store.health().integrity() {
        Integrity::NotNeeded => "the last process ended in order".to_owned(),
        Integrity::Looking => "the last process did not end in order; being looked at".to_owned(),
        Integrity::Sound => "the last process did not end in order; sound".to_owned(),
        Integrity::Unknown => "the last process did not end in order; not known".to_owned(),
        Integrity::Damaged(what) => what,
    };
    let upkeep = &dashboard.installation.upkeep;
    let mut facts = vec![
        status_fact(&dashboard.backups.figures(), newest, now_ms),
        Fact::new("Last reload", done(upkeep.last_reload(), "none since the start")),
        Fact::new("Database file", integrity),
    ];
    let keys = dashboard.installation.jwt.as_ref().and_then(|jwt| jwt.key_state(dashboard.clock.now_s()));
    if let Some(state) = keys {
        let age = state.age.map_or_else(
            || "not fetched yet".to_owned(),
            |age| format!("fetched {} ago", format::span_ms(i64::try_from(age.as_millis()).unwrap_or(i64::MAX))),
        );
        let failure = state.failure.map(|code| format!("; the last attempt failed: {code}")).unwrap_or_default();
        facts.push(Fact::new("Keys of the token issuer", age + &failure));
    }
    facts
}

fn refusals(dashboard: &Dashboard) -> Vec<(&'static str, &'static str, String)> {
    let all = dashboard.refusals.by_source().into_iter();
    all.map(|((source, code), count)| (source_name(source), code, format::count(count))).collect()
}

fn dropped(dashboard: &Dashboard) -> Vec<Fact> {
    let proxy = &dashboard.proxy;
    let count = |counter: &AtomicU64| format::count(counter.load(Ordering::Relaxed));
    vec![
        Fact::new("Requests not recorded: too many waited", count(&proxy.dropped_queue_full)),
        Fact::new("Requests not recorded: the store could not take them", count(&proxy.dropped_store)),
        Fact::new("Requests left out by the configuration", count(&proxy.ignored)),
        Fact::new("Connections closed for breaking the rules of HTTP", count(&proxy.violations)),
        Fact::new("Live events that came too fast to be shown", format::count(dashboard.installation.live.dropped())),
    ]
}

/// How the proxy's upstreams are.
pub(super) fn upstreams(dashboard: &Dashboard) -> Vec<Upstream> {
    let upstream = |state: &crate::http::proxy_state::UpstreamState| {
        let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let (answered, failed, in_a_row) = (read(&state.answered), read(&state.failed), read(&state.failed_in_a_row));
        let silence_s = state.silence().map_or(0, |silence| silence.as_secs());
        let words = match in_a_row {
            _ if silence_s > 4 => format!("has left requests unanswered for {silence_s} s"),
            0 if answered == 0 => "not asked yet".to_owned(),
            0 => "answers".to_owned(),
            1 => "the last request failed".to_owned(),
            many => format!("the last {} requests failed", format::count(many)),
        };
        Upstream {
            name: state.name.clone(),
            badge: match in_a_row {
                _ if silence_s > 4 => "bad",
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
