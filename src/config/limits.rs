//! The limits of single values.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::validate::Finding;
use super::{
    Accounts, Backup, Config, Datalyr, Heat, Metrics, Proxy, Retention, Server, Storage, Traffic, byte_size, duration,
};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Values outside their limits.
///
/// Lower limits keep the product working, upper ones keep a slip (`"5GiB"` for `"5MiB"`) from taking the machine down.
pub fn check(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(server(&config.server));
    findings.extend(storage(&config.storage));
    findings.extend(backup(&config.backup));
    findings.extend(retention(&config.retention));
    findings.extend(heat(&config.heat));
    findings.extend(datalyr(&config.datalyr));
    findings.extend(proxy(&config.proxy));
    findings.extend(traffic(&config.traffic));
    findings.extend(accounts(&config.accounts));
    findings.extend(metrics(&config.metrics));
    findings
}

fn server(server: &Server) -> impl Iterator<Item = Finding> {
    let findings = [
        number("server.workers", server.workers, 0..=1024),
        number("server.max_connections", server.max_connections, 1..=1_000_000),
        size("server.min_body_rate", server.min_body_rate, 0..=GIB),
        time("server.head_timeout", server.head_timeout, 100 * MILLISECOND..=HOUR),
        time("server.body_timeout", server.body_timeout, 100 * MILLISECOND..=HOUR),
        time("server.keep_alive", server.keep_alive, Duration::ZERO..=HOUR),
        time("server.shutdown_timeout", server.shutdown_timeout, Duration::ZERO..=HOUR),
    ];
    findings.into_iter().flatten()
}

fn storage(storage: &Storage) -> impl Iterator<Item = Finding> {
    let findings = [
        number("storage.readers", storage.readers, 1..=256),
        size("storage.page_cache", storage.page_cache, 64 * KIB..=16 * GIB),
        number("storage.queue_batches", storage.queue_batches, 1..=1_000_000),
        size("storage.queue_bytes", storage.queue_bytes, KIB..=64 * GIB),
        number("storage.commit_max_rows", storage.commit_max_rows, 1..=10_000_000),
        time("storage.commit_max_delay", storage.commit_max_delay, Duration::ZERO..=SECOND),
        size("storage.min_free", storage.min_free, 0..=1024 * GIB),
        time("storage.query_timeout", storage.query_timeout, 10 * MILLISECOND..=HOUR),
        size("storage.wal_limit", storage.wal_limit, MIB..=64 * GIB),
    ];
    findings.into_iter().flatten()
}

fn backup(backup: &Backup) -> impl Iterator<Item = Finding> {
    let findings = [
        time("backup.every", backup.every, Duration::ZERO..=400 * DAY),
        number("backup.keep", backup.keep, 1..=10_000),
    ];
    findings.into_iter().flatten()
}

/// A slip such as "90s" for "90d" must not empty the file.
fn retention(retention: &Retention) -> impl Iterator<Item = Finding> {
    let kinds = [
        ("retention.requests", retention.requests),
        ("retention.rollups", retention.rollups),
        ("retention.heat", retention.heat),
        ("retention.events", retention.events),
        ("retention.visits", retention.visits),
    ];
    kinds.into_iter().filter_map(|(key, kept)| match kept {
        Duration::ZERO => None,
        kept => time(key, kept, DAY..=100 * 366 * DAY),
    })
}

fn heat(heat: &Heat) -> impl Iterator<Item = Finding> {
    let findings = [
        size("heat.max_body_bytes", heat.max_body_bytes, 1..=GIB),
        number("heat.max_events", heat.max_events, 1..=10_000_000),
        number("heat.max_projects", heat.max_projects, 1..=10_000_000),
        number("heat.max_json_depth", heat.max_json_depth, 8..=1000),
        number("heat.rate_limit.max", heat.rate_limit.max, 1..=u32::MAX),
        time("heat.rate_limit.window", heat.rate_limit.window, 10 * MILLISECOND..=DAY),
        number("heat.rate_limit.unknown_key_max", heat.rate_limit.unknown_key_max, 1..=u32::MAX),
        number("heat.rate_limit.max_tracked", heat.rate_limit.max_tracked, 1..=10_000_000),
        time("heat.jwt.leeway", heat.jwt.leeway, Duration::ZERO..=HOUR),
        time("heat.jwt.fetch_timeout", heat.jwt.fetch_timeout, 10 * MILLISECOND..=60 * SECOND),
        time("heat.jwt.cache", heat.jwt.cache, Duration::ZERO..=DAY),
        time("heat.jwt.refetch_cooldown", heat.jwt.refetch_cooldown, SECOND..=DAY),
    ];
    findings.into_iter().flatten()
}

fn datalyr(datalyr: &Datalyr) -> impl Iterator<Item = Finding> {
    let limit = &datalyr.rate_limit;
    let findings = [
        size("datalyr.max_body_bytes", datalyr.max_body_bytes, KIB..=GIB),
        size("datalyr.max_event_bytes", datalyr.max_event_bytes, KIB..=GIB),
        number("datalyr.max_event_keys", datalyr.max_event_keys, 100..=1_000_000),
        number("datalyr.max_json_depth", datalyr.max_json_depth, 8..=100),
        number("datalyr.max_events", datalyr.max_events, 1..=1_000_000),
        time("datalyr.deduplicate_for", datalyr.deduplicate_for, Duration::ZERO..=36_500 * DAY),
        time("datalyr.max_clock_skew", datalyr.max_clock_skew, Duration::ZERO..=DAY),
        time("datalyr.attribution_window", datalyr.attribution_window, HOUR..=3_650 * DAY),
        // Of older clicks the salt of the address is gone.
        time("datalyr.download_window", datalyr.download_window, 60 * SECOND..=DAY),
        time("datalyr.email_window", datalyr.email_window, HOUR..=3_650 * DAY),
        number("datalyr.max_quarantined", datalyr.max_quarantined, 0..=1_000_000),
        number("datalyr.rate_limit.max_events", limit.max_events, 1..=u32::MAX),
        // SDKs wait at most 30 s for what Retry-After says (datalyr.md 8).
        time("datalyr.rate_limit.window", limit.window, 10 * MILLISECOND..=30 * SECOND),
        number("datalyr.rate_limit.unknown_key_max", limit.unknown_key_max, 1..=u32::MAX),
        number("datalyr.rate_limit.max_tracked", limit.max_tracked, 1..=10_000_000),
    ];
    findings.into_iter().flatten()
}

fn proxy(proxy: &Proxy) -> impl Iterator<Item = Finding> {
    let findings = [
        number("proxy.max_connections", proxy.max_connections, 1..=1_000_000),
        number("proxy.max_connections_per_address", proxy.max_connections_per_address, 1..=1_000_000),
        size("proxy.max_head_bytes", proxy.max_head_bytes, KIB..=MIB),
        number("proxy.max_fields", proxy.max_fields, 10..=1000),
        size("proxy.max_target_bytes", proxy.max_target_bytes, 64..=64 * KIB),
        size("proxy.max_body_bytes", proxy.max_body_bytes, 0..=1024 * 1024 * GIB),
        time("proxy.head_timeout", proxy.head_timeout, 100 * MILLISECOND..=HOUR),
        time("proxy.keep_alive", proxy.keep_alive, Duration::ZERO..=HOUR),
        time("proxy.client_timeout", proxy.client_timeout, 100 * MILLISECOND..=HOUR),
        size("proxy.min_body_rate", proxy.min_body_rate, 0..=GIB),
        time("proxy.connect_timeout", proxy.connect_timeout, 10 * MILLISECOND..=HOUR),
        time("proxy.response_timeout", proxy.response_timeout, 10 * MILLISECOND..=DAY),
        time("proxy.stream_timeout", proxy.stream_timeout, 100 * MILLISECOND..=DAY),
        time("proxy.tunnel_timeout", proxy.tunnel_timeout, SECOND..=30 * DAY),
        time("proxy.total_timeout", proxy.total_timeout, Duration::ZERO..=30 * DAY),
        time("proxy.upstream_keep_alive", proxy.upstream_keep_alive, Duration::ZERO..=HOUR),
        number("proxy.upstream_max_idle", proxy.upstream_max_idle, 0..=10_000),
    ];
    findings.into_iter().flatten()
}

fn traffic(traffic: &Traffic) -> impl Iterator<Item = Finding> {
    let thresholds = traffic.slow_thresholds.iter().enumerate().filter_map(|(index, slow)| {
        let finding = time("traffic.slow_thresholds", slow.threshold, MILLISECOND..=DAY)?;
        Some(finding.in_item(index, Some("threshold")))
    });
    let identity = &traffic.identity;
    let findings = [
        time("traffic.slow_threshold", traffic.slow_threshold, MILLISECOND..=DAY),
        number("traffic.max_routes", traffic.max_routes, 1..=100_000),
        number("traffic.queue_records", traffic.queue_records, 1..=10_000_000),
        // Browsers forget any cookie after 400 days (RFC 6265bis 5.5).
        time("traffic.identity.session_cookie_idle", identity.session_cookie_idle, 60 * SECOND..=400 * DAY),
        time("traffic.identity.jwt.leeway", identity.jwt.leeway, Duration::ZERO..=HOUR),
        time("traffic.dashboard.poll_interval", traffic.dashboard.poll_interval, 100 * MILLISECOND..=HOUR),
    ];
    findings.into_iter().flatten().chain(thresholds)
}

fn metrics(metrics: &Metrics) -> Option<Finding> {
    time("metrics.no_data_after", metrics.no_data_after, Duration::ZERO..=400 * DAY)
}

fn accounts(accounts: &Accounts) -> impl Iterator<Item = Finding> {
    let findings = [
        time("accounts.session_idle", accounts.session_idle, 60 * SECOND..=400 * DAY),
        time("accounts.session_max", accounts.session_max, 60 * SECOND..=400 * DAY),
    ];
    findings.into_iter().flatten()
}

fn number<N: PartialOrd + Display + Copy>(key: &'static str, value: N, limits: RangeInclusive<N>) -> Option<Finding> {
    within(key, &value, &limits, N::to_string)
}

fn size(key: &'static str, bytes: u64, limits: RangeInclusive<u64>) -> Option<Finding> {
    within(key, &bytes, &limits, |&bytes| byte_size::in_words(bytes))
}

fn time(key: &'static str, value: Duration, limits: RangeInclusive<Duration>) -> Option<Finding> {
    within(key, &value, &limits, |&value| duration::in_words(value).unwrap_or_else(|_| "centuries".to_owned()))
}

fn within<T: PartialOrd>(
    key: &'static str,
    value: &T,
    limits: &RangeInclusive<T>,
    in_words: impl Fn(&T) -> String,
) -> Option<Finding> {
    let message = || {
        let [value, least, most] = [value, limits.start(), limits.end()].map(&in_words);
        format!("must be from {least} to {most}, is {value}")
    };
    (!limits.contains(value)).then(|| Finding::about_value(key, message()))
}
