//! The limits of single values.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::validate::Finding;
use super::{Config, Heat, Server, Storage, byte_size, duration};

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
    findings.extend(heat(&config.heat));
    findings
}

fn server(server: &Server) -> impl Iterator<Item = Finding> {
    let findings = [
        number("server.workers", server.workers, 0..=1024),
        number("server.max_connections", server.max_connections, 1..=1_000_000),
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
