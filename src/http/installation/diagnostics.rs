//! A text for a report of a problem: figures and states, and nothing that is somebody's business.
//!
//! No names of projects, people, hosts or files, no addresses, no keys: it is meant to be shown to strangers.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use super::Installation;
use super::checks::checks;
use crate::store::file_sizes::FileSizes;
use crate::store::written::Source;

/// The text.
#[must_use]
pub fn diagnostics(installation: &Installation) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = write(installation, &mut text);
    text
}

fn write(installation: &Installation, text: &mut String) -> std::fmt::Result {
    let health = installation.store.health();
    let sizes = FileSizes::of(installation.store.path());
    writeln!(text, "hearth {} (SQLite {})", env!("CARGO_PKG_VERSION"), rusqlite::version())?;
    writeln!(text, "system: {} {}", std::env::consts::OS, std::env::consts::ARCH)?;
    writeln!(text, "running for: {} s", installation.uptime_ms() / 1_000)?;
    for check in checks(installation) {
        write!(text, "{}: {}", check.name, check.verdict.word())?;
        if let Some(reason) = check.reason {
            write!(text, " ({reason})")?;
        }
        if let Some((observed, unit)) = check.observed.zip(check.unit) {
            write!(text, ", {observed} {unit}")?;
        }
        writeln!(text)?;
    }
    writeln!(text, "queue: {} batches, {} bytes", health.queued_batches(), health.queued_bytes())?;
    writeln!(text, "batches: {} written, {} failed", health.committed_batches(), health.failed_batches())?;
    if let Some(latency) = health.commit_latency() {
        let (p50_ms, p95_ms, max_ms) = (latency.p50_ms, latency.p95_ms, latency.max_ms);
        writeln!(text, "commit: p50 {p50_ms:.1} ms, p95 {p95_ms:.1} ms, max {max_ms:.1} ms")?;
    }
    if let Some(lag) = health.written.ingest_lag() {
        writeln!(
            text,
            "receipt to disk: p50 {:.1} ms, p95 {:.1} ms, max {:.1} ms",
            lag.p50_ms, lag.p95_ms, lag.max_ms
        )?;
    }
    writeln!(
        text,
        "files: database {} bytes, log {} bytes, disk left {} bytes",
        sizes.database,
        sizes.log,
        health.free_bytes()
    )?;
    for source in Source::ALL {
        let events: u64 = health.written.events().filter(|(of, ..)| *of == source).map(|(.., events)| events).sum();
        writeln!(text, "{}: {events} events, {} duplicates", source.name(), health.written.duplicates(source))?;
    }
    for ((source, code), count) in installation.refusals.by_source() {
        writeln!(text, "refused {} {code}: {count}", source.name())?;
    }
    let proxy = &installation.proxy;
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    writeln!(
        text,
        "proxy: {} requests, {} recorded, {} left out, {} dropped (queue), {} dropped (store), {} violations",
        read(&proxy.requests),
        read(&proxy.recorded),
        read(&proxy.ignored),
        read(&proxy.dropped_queue_full),
        read(&proxy.dropped_store),
        read(&proxy.violations)
    )?;
    for (number, upstream) in proxy.upstreams().iter().enumerate() {
        let last = upstream.last_failure().unwrap_or("none");
        let (answered, failed) = (read(&upstream.answered), read(&upstream.failed));
        writeln!(text, "upstream {}: {answered} answered, {failed} failed, last failure {last}", number + 1)?;
    }
    writeln!(text, "live: {} viewers, {} dropped", installation.live.viewers(), installation.live.dropped())
}
