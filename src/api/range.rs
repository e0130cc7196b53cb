//! A range of time in a query: `from` and `to`.

use crate::http::parameters::Parameters;
use crate::http::problem::Problem;

/// Milliseconds since the epoch, both inclusive; without bounds when absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeRange {
    pub from: f64,
    pub to: f64,
}

impl TimeRange {
    /// Reads `from` and `to`.
    pub fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let from = parameters.time_ms("from")?.unwrap_or(f64::NEG_INFINITY);
        let to = parameters.time_ms("to")?.unwrap_or(f64::INFINITY);
        let range = Self { from, to };
        if range.from > range.to { Err(Problem::InvalidParameter("from")) } else { Ok(range) }
    }
}
