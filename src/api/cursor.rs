//! Where a page ended, opaque to clients: a place in an order by time.

use std::fmt;

use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::query::heat_events::Position;

/// A place behind which the next page begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cursor(pub Position);

impl Cursor {
    /// The parameter `cursor`: where the last page ended.
    pub fn of(parameters: &Parameters) -> Result<Option<Self>, Problem> {
        let text = parameters.text("cursor").map_err(|_| Problem::InvalidCursor)?;
        text.map(|text| Self::parse(text).ok_or(Problem::InvalidCursor)).transpose()
    }

    /// Reads what [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (ts, seq) = text.strip_prefix('c')?.split_at_checked(16)?;
        let ts = f64::from_bits(u64::from_str_radix(ts, 16).ok()?);
        let seq = seq.strip_prefix('-')?.parse().ok()?;
        (!ts.is_nan()).then_some(Self(Position { ts, seq }))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "c{:016x}-{}", self.0.ts.to_bits(), self.0.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_is_one() {
        for ts in [0.0, -1.5, 1_795_000_000_000.25, f64::INFINITY] {
            let cursor = Cursor(Position { ts, seq: 42 });
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        for text in [
            "",
            "c",
            "eyJpZCI6MX0",
            "c0000000000000000",
            "c7ff8000000000000-1",
            "c000000000000000é-1",
            "c0000000000000000-x",
        ] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
