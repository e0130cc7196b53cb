//! `from` and `to`.

use jiff::tz::TimeZone;

use super::reader::Reader;
use super::refusal::QueryRefusal;
use crate::js::{date, number, whitespace};

/// `from` and `to` before they are read as times, which only happens when all else is right.
pub(super) struct TimeTexts {
    from: Option<String>,
    to: Option<String>,
}

impl TimeTexts {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { from: reader.text("from"), to: reader.text("to") }
    }

    pub(super) fn parse(&self, local: &TimeZone) -> Result<(Option<f64>, Option<f64>), QueryRefusal> {
        let read = |text: &Option<String>, refusal| match text {
            None => Ok(None),
            Some(text) => parse_time(text, local).map(Some).ok_or(refusal),
        };
        Ok((read(&self.from, QueryRefusal::InvalidFrom)?, read(&self.to, QueryRefusal::InvalidTo)?))
    }

    /// Reads both and refuses a reversed range, if both are there.
    pub(super) fn parse_in_order(&self, local: &TimeZone) -> Result<(Option<f64>, Option<f64>), QueryRefusal> {
        let (from_ms, to_ms) = self.parse(local)?;
        if let (Some(from_ms), Some(to_ms)) = (from_ms, to_ms) {
            refuse_reversed(from_ms, to_ms)?;
        }
        Ok((from_ms, to_ms))
    }
}

/// Refuses a range that ends before it begins.
pub(super) fn refuse_reversed(from_ms: f64, to_ms: f64) -> Result<(), QueryRefusal> {
    if from_ms > to_ms { Err(QueryRefusal::InvalidTimeRange) } else { Ok(()) }
}

/// Reads a time: a number if the text is one and not blank, else a date; epoch milliseconds.
fn parse_time(text: &str, local: &TimeZone) -> Option<f64> {
    let as_number = number::to_number(text);
    let is_number = !as_number.is_nan() && !whitespace::trim(text).is_empty();
    if is_number { Some(as_number) } else { date::parse(text, local) }
}
