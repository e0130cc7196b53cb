//! Numbers in JSON answers.

use serde::{Serialize, Serializer};

use crate::store::pack::whole;

/// A double as JavaScript writes it in JSON: whole numbers without a point, no infinities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JsonNumber(pub f64);

impl JsonNumber {
    /// Microseconds as milliseconds, with at most three decimals.
    #[must_use]
    pub fn ms_of_us(us: f64) -> Self {
        Self(us.round() / 1000.0)
    }

    /// Whole microseconds as milliseconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a duration of 2^53 microseconds is 285 years")]
    pub fn ms_of_whole_us(us: u64) -> Self {
        Self::ms_of_us(us as f64)
    }

    /// The mean of durations whose sum is in microseconds, in milliseconds; 0 of none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    pub fn mean_ms(sum_us: u64, count: u64) -> Self {
        Self::ms_of_us(sum_us as f64 / count.max(1) as f64)
    }

    /// A ratio with at most six decimals; 0 of nothing.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    pub fn ratio(part: u64, whole: u64) -> Self {
        Self::rounded(part as f64 / whole.max(1) as f64)
    }

    /// With at most six decimals.
    #[must_use]
    pub fn rounded(number: f64) -> Self {
        Self((number * 1e6).round() / 1e6)
    }
}

impl Serialize for JsonNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match whole(self.0) {
            Some(integer) => serializer.serialize_i64(integer),
            // serde_json writes infinities as null, like JSON.stringify.
            None => serializer.serialize_f64(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_ratios_have_few_decimals() {
        for (number, text) in [
            (JsonNumber::ms_of_us(187_000.0), "187"),
            (JsonNumber::ms_of_us(1_234.5), "1.235"),
            (JsonNumber::ms_of_us(0.4), "0"),
            (JsonNumber::ratio(1, 3), "0.333333"),
            (JsonNumber::ratio(2, 2), "1"),
            (JsonNumber::ratio(0, 0), "0"),
        ] {
            assert_eq!(serde_json::to_string(&number).unwrap(), text);
        }
    }

    #[test]
    fn numbers_look_as_javascript_writes_them() {
        for (number, text) in
            [(1.0, "1"), (-0.0, "0"), (0.5, "0.5"), (1_795_000_000_000.0, "1795000000000"), (f64::INFINITY, "null")]
        {
            assert_eq!(serde_json::to_string(&JsonNumber(number)).unwrap(), text);
        }
    }
}
