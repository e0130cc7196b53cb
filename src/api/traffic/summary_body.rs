//! Requests taken together, in JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::json_number::JsonNumber;
use crate::query::traffic::buckets::Summary;
use crate::query::traffic::routes::RouteStats;

/// Counts, durations and sums of some requests. Durations are in milliseconds and absent when there are no requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryBody {
    pub requests: u64,
    #[schema(value_type = Option<f64>)]
    pub average_duration_ms: Option<JsonNumber>,
    /// What half of the requests do not exceed, at most 1 % off, as all percentiles.
    #[schema(value_type = Option<f64>)]
    pub p50_ms: Option<JsonNumber>,
    #[schema(value_type = Option<f64>)]
    pub p75_ms: Option<JsonNumber>,
    #[schema(value_type = Option<f64>)]
    pub p90_ms: Option<JsonNumber>,
    #[schema(value_type = Option<f64>)]
    pub p95_ms: Option<JsonNumber>,
    #[schema(value_type = Option<f64>)]
    pub p99_ms: Option<JsonNumber>,
    #[schema(value_type = Option<f64>)]
    pub max_duration_ms: Option<JsonNumber>,
    /// From 0 to 1: requests within 500 ms count whole, within 2 s half, slower ones and statuses from 500 not at all.
    #[schema(value_type = Option<f64>)]
    pub apdex: Option<JsonNumber>,
    pub slow_count: u64,
    /// Status 400 and more.
    pub error_count: u64,
    /// Part of the requests that are errors, from 0 to 1.
    #[schema(value_type = f64)]
    pub error_rate: JsonNumber,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// A route by one method, whatever the status.
#[derive(Debug, Serialize, ToSchema)]
pub struct RouteBody {
    pub route: String,
    /// `_OTHER` stands for all methods that are not registered.
    pub method: String,
    #[serde(flatten)]
    pub summary: SummaryBody,
}

impl From<&Summary> for SummaryBody {
    fn from(summary: &Summary) -> Self {
        let percentile = |q| summary.quantile(q).map(JsonNumber::ms_of_us);
        Self {
            requests: summary.count,
            average_duration_ms: summary.average_us().map(JsonNumber::ms_of_us),
            p50_ms: percentile(0.5),
            p75_ms: percentile(0.75),
            p90_ms: percentile(0.9),
            p95_ms: percentile(0.95),
            p99_ms: percentile(0.99),
            max_duration_ms: (summary.count > 0).then(|| JsonNumber::ms_of_whole_us(summary.max_us)),
            apdex: summary.apdex().map(JsonNumber::rounded),
            slow_count: summary.slow,
            error_count: summary.errors,
            error_rate: JsonNumber::ratio(summary.errors, summary.count),
            bytes_in: summary.bytes_in,
            bytes_out: summary.bytes_out,
        }
    }
}

impl From<RouteStats> for RouteBody {
    fn from(stats: RouteStats) -> Self {
        Self { summary: SummaryBody::from(&stats.summary), route: stats.route, method: stats.method }
    }
}
