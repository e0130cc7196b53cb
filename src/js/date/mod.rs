//! Dates as JavaScript reads them.
//!
//! `Date.parse` tries the ISO form of ECMA-262 first. Where that does not fit, V8 falls back to a loose reading in which
//! numbers, month names, clock times and zones come in almost any order; people do put `15 Jun 2020` into a time
//! filter (heat-collector.md 5). Both are followed here rule by rule, as observed on Node 20.

mod calendar;
mod clock_time;
mod iso;
mod loose;
mod moment;
mod offset;
mod token;

use jiff::tz::TimeZone;

use moment::Moment;
use token::Tokens;

/// Reads a date text like `Date.parse`: milliseconds since 1970 in UTC, or nothing where JavaScript says `NaN`.
///
/// Date-only ISO texts are UTC; ISO texts with a time but no zone, and every loose form, are in `local` time.
#[must_use]
pub fn parse(text: &str, local: &TimeZone) -> Option<f64> {
    let mut tokens = Tokens::new(text);
    let mut moment = Moment::default();
    match iso::read(&mut tokens, &mut moment) {
        iso::Outcome::Read => {}
        iso::Outcome::Refused => return None,
        iso::Outcome::Other(first) => loose::read(first, &mut tokens, &mut moment)?,
    }
    moment.to_epoch_ms(local)
}

#[cfg(test)]
mod tests;
