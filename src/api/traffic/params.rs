//! Parameters that the questions about requests share.

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
pub struct RangeParams {
    /// Stored not before: milliseconds since the epoch, RFC 3339, or a date. Rounded down to a whole minute.
    from: Option<String>,
    /// Stored not after. The whole minute counts.
    to: Option<String>,
}

/// A part of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described for the OpenAPI document only")]
pub struct PageParams {
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
