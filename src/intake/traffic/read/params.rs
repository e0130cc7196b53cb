//! Parameters under the mount path. The original has none; these are the same everywhere.

use utoipa::IntoParams;

use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::query::traffic::range::Range;

/// Entries of a page when `limit` is absent.
pub const DEFAULT_LIMIT: usize = 50;

/// Most entries of a page.
pub const MAX_LIMIT: usize = 1_000;

/// How far pages go into a list, in entries.
pub const MAX_DEPTH: usize = 1_000_000;

/// The range of time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described for the OpenAPI document only")]
pub struct DashboardRange {
    /// Stored not before: ISO 8601 with a time zone, a date, or milliseconds since the epoch. Rounded down to a whole
    /// minute. All time when absent.
    from: Option<String>,
    /// Stored not after. The whole minute counts.
    to: Option<String>,
}

/// A part of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described for the OpenAPI document only")]
pub struct DashboardPage {
    /// Which part, from 1.
    page: Option<u64>,
    /// Entries of a part, 1 to 1000; 50 when absent.
    limit: Option<u16>,
    /// `asc` or `desc`; texts are usually in ascending, all else in descending order.
    order: Option<String>,
}

/// Reads `from` and `to`.
pub fn range(parameters: &Parameters) -> Result<Range, Problem> {
    let range = Range::new(parameters.time_ms("from")?, parameters.time_ms("to")?);
    range.ok_or(Problem::InvalidParameter("from"))
}

/// Reads `sort`: a field's name in `camelCase`.
pub fn sort<T>(parameters: &Parameters, named: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    parameters.parsed("sort", |name| named(&snake_case(name)?))
}

/// The name that Hearth's own API has for a field; nothing for what is no `camelCase`.
fn snake_case(name: &str) -> Option<String> {
    let mut words = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        match character {
            'A'..='Z' => words.extend(['_', character.to_ascii_lowercase()]),
            'a'..='z' | '0'..='9' => words.push(character),
            _ => return None,
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_are_those_of_the_other_api() {
        for (camel, snake) in [
            ("averageDurationMs", Some("average_duration_ms")),
            ("p95Ms", Some("p95_ms")),
            ("requests", Some("requests")),
            ("error_count", None),
            ("é", None),
        ] {
            assert_eq!(snake_case(camel).as_deref(), snake, "{camel}");
        }
    }
}
