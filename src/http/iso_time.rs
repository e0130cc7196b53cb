//! Times in JSON answers, as JavaScript's `Date.prototype.toISOString` writes them.

use serde::{Serialize, Serializer};

/// Milliseconds since the epoch, written as ISO 8601 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsoTime(pub i64);

impl std::fmt::Display for IsoTime {
    /// A time that no calendar of ours reaches is written as the nearest that one does.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nearest = if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        write!(out, "{:.3}", jiff::Timestamp::from_millisecond(self.0).unwrap_or(nearest))
    }
}

impl Serialize for IsoTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_a_z() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_778_155_200_187, "2026-05-07T12:00:00.187Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-30T22:00:00.999Z"),
        ] {
            assert_eq!(IsoTime(ms).to_string(), text);
        }
        assert_eq!(serde_json::to_string(&IsoTime(0)).unwrap(), "\"1970-01-01T00:00:00.000Z\"");
    }
}
