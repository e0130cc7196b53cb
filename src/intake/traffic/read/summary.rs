//! Requests taken together.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::iso_time::IsoTime;
use crate::http::json_number::JsonNumber;
use crate::query::traffic::buckets::Summary;
use crate::query::traffic::routes::RouteStats;

/// A route by one method, whatever the status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficRoute {
    pub route: String,
    /// `_OTHER` stands for all methods that are not registered.
    pub method: String,
    pub requests: u64,
    #[schema(value_type = f64)]
    pub average_duration_ms: JsonNumber,
    /// What half of the requests do not exceed, at most 1 % off, as all percentiles.
    #[schema(value_type = f64)]
    pub p50_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub p75_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub p90_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub p95_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub p99_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub max_duration_ms: JsonNumber,
    /// From 0 to 1: requests within 500 ms count whole, within 2 s half, slower ones and statuses from 500 not at all.
    #[schema(value_type = f64)]
    pub apdex: JsonNumber,
    pub slow_count: u64,
    /// Status 400 and more.
    pub error_count: u64,
    /// From 0 to 1.
    #[schema(value_type = f64)]
    pub error_rate: JsonNumber,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// The requests of one minute, hour or day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficBucket {
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub time: IsoTime,
    pub requests: u64,
    #[schema(value_type = f64)]
    pub average_duration_ms: JsonNumber,
    #[schema(value_type = f64)]
    pub p95_ms: JsonNumber,
    pub slow_count: u64,
    pub error_count: u64,
}

impl From<RouteStats> for TrafficRoute {
    fn from(stats: RouteStats) -> Self {
        let summary = &stats.summary;
        Self {
            requests: summary.count,
            average_duration_ms: average(summary),
            p50_ms: percentile(summary, 0.5),
            p75_ms: percentile(summary, 0.75),
            p90_ms: percentile(summary, 0.9),
            p95_ms: percentile(summary, 0.95),
            p99_ms: percentile(summary, 0.99),
            max_duration_ms: JsonNumber::ms_of_whole_us(summary.max_us),
            apdex: JsonNumber::rounded(summary.apdex().unwrap_or_default()),
            slow_count: summary.slow,
            error_count: summary.errors,
            error_rate: JsonNumber::ratio(summary.errors, summary.count),
            bytes_in: summary.bytes_in,
            bytes_out: summary.bytes_out,
            route: stats.route,
            method: stats.method,
        }
    }
}

impl TrafficBucket {
    /// The bucket that begins at a time in milliseconds since the epoch.
    #[must_use]
    pub fn new(start_ms: i64, summary: &Summary) -> Self {
        Self {
            time: IsoTime(start_ms),
            requests: summary.count,
            average_duration_ms: average(summary),
            p95_ms: percentile(summary, 0.95),
            slow_count: summary.slow,
            error_count: summary.errors,
        }
    }
}

/// The mean duration; 0 without requests, as the original's AVG is shown.
#[must_use]
pub fn average(summary: &Summary) -> JsonNumber {
    JsonNumber::ms_of_us(summary.average_us().unwrap_or_default())
}

fn percentile(summary: &Summary, q: f64) -> JsonNumber {
    JsonNumber::ms_of_us(summary.quantile(q).unwrap_or_default())
}
