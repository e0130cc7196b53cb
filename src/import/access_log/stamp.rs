//! Times in logs.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// From which on a number of seconds is one of milliseconds, microseconds, nanoseconds: each is after the year 2286 in the
/// unit before.
const SECONDS_BELOW: f64 = 1e10;

/// A time as Common Log Format writes it, `10/Oct/2000:13:55:36 -0700`, or as RFC 3339 does; in ms since the epoch.
#[must_use]
pub fn common(text: &str) -> Option<i64> {
    if text.as_bytes().get(2) != Some(&b'/') {
        return rfc_3339(text);
    }
    let (date, offset) = text.split_once(' ')?;
    let mut parts = date.split(['/', ':']);
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|name| *name == month)?;
    let year = parts.next()?.parse().ok()?;
    let mut number = || parts.next()?.parse::<i8>().ok();
    let (hour, minute, second) = (number()?, number()?, number()?);
    // A leap second is the one before it.
    let local = DateTime::new(year, i8::try_from(month + 1).ok()?, day, hour, minute, second.min(59), 0).ok()?;
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let seconds =
        sign * (hours.parse::<u8>().map(i32::from).ok()? * 3600 + minutes.parse::<u8>().map(i32::from).ok()? * 60);
    Some(Offset::from_seconds(seconds).ok()?.to_timestamp(local).ok()?.as_millisecond())
}

/// A time as RFC 3339 writes it, in ms since the epoch.
#[must_use]
pub fn rfc_3339(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// A time as a number since the epoch: seconds, or, where that would be absurd, a thousandth of them, and so on; in ms.
#[must_use]
pub fn epoch(number: f64) -> Option<i64> {
    let scale = [1e3, 1.0, 1e-3, 1e-6].into_iter().zip([1.0, 1e3, 1e6, 1e9]);
    let ms =
        scale.into_iter().find(|(_, unit)| number.abs() < SECONDS_BELOW * unit).map(|(factor, _)| number * factor)?;
    #[expect(clippy::cast_possible_truncation, reason = "below 1e13")]
    Some(ms.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_logs_are_read() {
        assert_eq!(common("10/Oct/2000:13:55:36 -0700"), Some(971_211_336_000));
        assert_eq!(common("2000-10-10T13:55:36-07:00"), Some(971_211_336_000));
        assert_eq!(common("29/Feb/2028:23:59:60 +0000"), rfc_3339("2028-02-29T23:59:59Z"));
        for text in [
            "",
            "10/Oct/2000:13:55:36",
            "31/Feb/2000:00:00:00 +0000",
            "10/Okt/2000:13:55:36 +0000",
            "10/Oct/2000:1:5:6 *0000",
        ] {
            assert_eq!(common(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_in_the_unit_in_which_it_makes_sense() {
        for number in [1_646_861_401.524, 1_646_861_401_524.0, 1_646_861_401_524_000.0, 1_646_861_401_524_000_000.0] {
            assert_eq!(epoch(number), Some(1_646_861_401_524), "{number}");
        }
        assert_eq!((epoch(f64::NAN), epoch(1e30)), (None, None));
    }
}
