//! From when to when: times, or days of the project's zone.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::period::{Interval, Period};

/// Which end of a range a text stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    From,
    /// A day counts whole.
    To,
}

/// The range that two texts mean: dates, times with their offset (RFC 3339), or milliseconds since the epoch. The end is
/// exclusive, but for a date, whose day is in it. The error is the name of the text that is none of these.
pub fn read(from: Option<&str>, to: Option<&str>, zone: &TimeZone) -> Result<Interval, &'static str> {
    let from_ms = from.map_or(Some(i64::MIN), |text| moment(text, zone, End::From)).ok_or("from")?;
    let to_ms = to.map_or(Some(i64::MAX), |text| moment(text, zone, End::To)).ok_or("to")?;
    if from_ms > to_ms { Err("from") } else { Ok(Interval { from_ms, to_ms }) }
}

fn moment(text: &str, zone: &TimeZone, end: End) -> Option<i64> {
    if let Ok(ms) = text.parse() {
        return Some(ms);
    }
    if text.len() > 10 {
        return text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
    }
    let day: Date = text.parse().ok()?;
    let interval = Period::Days { first: day, last: day }.interval(0, zone, 0);
    Some(if end == End::From { interval.from_ms } else { interval.to_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_zone_and_whole() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let day = read(Some("2026-03-29"), Some("2026-03-29"), &berlin).unwrap();
        assert_eq!(day.to_ms - day.from_ms, 23 * 3_600_000, "the clocks went forward");
        let exact = read(Some("2026-03-29T00:00:00+01:00"), Some("1795168800000"), &berlin).unwrap();
        assert_eq!(exact, Interval { from_ms: day.from_ms, to_ms: 1_795_168_800_000 });
        assert_eq!(read(None, None, &berlin), Ok(Interval { from_ms: i64::MIN, to_ms: i64::MAX }));
    }

    #[test]
    fn what_is_no_time_is_named() {
        let utc = TimeZone::UTC;
        assert_eq!(read(Some("yesterday"), None, &utc), Err("from"));
        assert_eq!(read(None, Some("2026-13-01"), &utc), Err("to"));
        assert_eq!(read(Some("2026-01-02"), Some("2026-01-01T00:00:00Z"), &utc), Err("from"));
    }
}
