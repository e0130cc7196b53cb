//! Millionths in answers: amounts of money, and parts of conversions.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Millionths of something; written as a decimal number, exactly and as short as possible: 49.99, 5, -0.000001.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Millionths(pub i128);

impl Millionths {
    const ONE: u128 = 1_000_000;
}

impl fmt::Display for Millionths {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        if self.0 < 0 {
            out.write_str("-")?;
        }
        write!(out, "{}", size / Self::ONE)?;
        match size % Self::ONE {
            0 => Ok(()),
            part => out.write_str(format!(".{part:06}").trim_end_matches('0')),
        }
    }
}

impl Serialize for Millionths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // JSON's numbers have no limit; a double would not hold the last digits of large amounts.
        RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_are_written_exactly_and_short() {
        for (number, text) in [
            (0, "0"),
            (49_990_000, "49.99"),
            (5_000_000, "5"),
            (-5_000_000, "-5"),
            (-1, "-0.000001"),
            (300_000, "0.3"),
            (9_223_372_036_854_775_807, "9223372036854.775807"),
        ] {
            assert_eq!(serde_json::to_string(&Millionths(number)).unwrap(), text);
        }
    }
}
