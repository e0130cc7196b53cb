//! A range of time in a query: `from` and `to`.

use super::service::Parameters;
use crate::http::problem::Problem;

/// Milliseconds since the epoch, both inclusive; without bounds when absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeRange {
    pub from: f64,
    pub to: f64,
}

impl TimeRange {
    /// Reads `from` and `to`: milliseconds since the epoch, or a time as RFC 3339 writes it.
    pub fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let bound = |name: &'static str, absent: f64| match parameters.text(name)? {
            Some(text) => parse(text).ok_or(Problem::InvalidParameter(name)),
            None => Ok(absent),
        };
        let range = Self { from: bound("from", f64::NEG_INFINITY)?, to: bound("to", f64::INFINITY)? };
        if range.from > range.to { Err(Problem::InvalidParameter("from")) } else { Ok(range) }
    }
}

fn parse(text: &str) -> Option<f64> {
    if let Ok(ms) = text.parse::<f64>() {
        return ms.is_finite().then_some(ms);
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of jiff's range fit a double")]
    text.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_rfc_3339_are_times() {
        assert_eq!(parse("1795000000000"), Some(1_795_000_000_000.0));
        assert_eq!(parse("-1.5"), Some(-1.5));
        assert_eq!(parse("2026-11-20T10:00:00Z"), Some(1_795_168_800_000.0));
        assert_eq!(parse("2026-11-20T10:00:00.250+01:00"), Some(1_795_165_200_250.0));
        for text in ["yesterday", "1e400", "NaN", "2026-13-01T00:00:00Z", "inf"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
