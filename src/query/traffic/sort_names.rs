//! By which fields lists are sorted, by the names of the fields in `snake_case`.

use super::buckets::UserSort;
use super::errors::ErrorSort;
use super::routes::RouteSort;

/// The order of a list of routes.
#[must_use]
pub fn route_sort(name: &str) -> Option<RouteSort> {
    Some(match name {
        "route" => RouteSort::Route,
        "method" => RouteSort::Method,
        "requests" => RouteSort::Requests,
        "average_duration_ms" => RouteSort::AverageDuration,
        "p50_ms" => RouteSort::Percentile(50),
        "p75_ms" => RouteSort::Percentile(75),
        "p90_ms" => RouteSort::Percentile(90),
        "p95_ms" => RouteSort::Percentile(95),
        "p99_ms" => RouteSort::Percentile(99),
        "max_duration_ms" => RouteSort::MaxDuration,
        "apdex" => RouteSort::Apdex,
        "slow_count" => RouteSort::Slow,
        "error_count" => RouteSort::Errors,
        "error_rate" => RouteSort::ErrorRate,
        "bytes_in" => RouteSort::BytesIn,
        "bytes_out" => RouteSort::BytesOut,
        _ => return None,
    })
}

/// The order of a list of users.
#[must_use]
pub fn user_sort(name: &str) -> Option<UserSort> {
    Some(match name {
        "user_id" => UserSort::ExternalId,
        "requests" => UserSort::Requests,
        "average_duration_ms" => UserSort::AverageDuration,
        "slow_count" => UserSort::Slow,
        "error_count" => UserSort::Errors,
        "last_seen_at" => UserSort::LastSeen,
        _ => return None,
    })
}

/// The order of a list of errors.
#[must_use]
pub fn error_sort(name: &str) -> Option<ErrorSort> {
    Some(match name {
        "created_at" => ErrorSort::CreatedAt,
        "duration_ms" => ErrorSort::Duration,
        "status_code" => ErrorSort::Status,
        _ => return None,
    })
}
