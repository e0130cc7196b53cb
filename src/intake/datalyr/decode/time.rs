//! Timestamps in every form that SDKs and other clients use (datalyr.md 7.2).
//!
//! ```text
//! "2026-06-03T10:00:00.000Z"  +02:00  +0000  none is UTC      "2026-06-03"      "+275760-09-13T00:00:00.000Z"
//! 1751373296  1751373296.5  1751373296000  and the same as texts: below 10^12 seconds, from there on milliseconds
//! ```

use serde_json::value::RawValue;

use crate::intake::datalyr::fields::string;

/// From here on a number counts milliseconds, below it seconds.
const LEAST_MS: f64 = 1e12;

const MS_PER_MINUTE: i64 = 60_000;
const MS_PER_DAY: i64 = 86_400_000;

/// The instant that a timestamp names, in milliseconds since the Unix epoch; nothing if it names none.
#[must_use]
pub fn instant_ms(value: &RawValue) -> Option<i64> {
    let json = value.get();
    if !json.starts_with('"') {
        return number_ms(json);
    }
    let text = string(value)?;
    let text = text.trim();
    iso_ms(text).or_else(|| number_ms(text))
}

/// A count of seconds or milliseconds.
fn number_ms(text: &str) -> Option<i64> {
    let is_decimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let number: f64 = text.parse().ok().filter(|number: &f64| is_decimal && number.is_finite())?;
    let ms = if number.abs() < LEAST_MS { number * 1000.0 } else { number };
    #[expect(clippy::cast_possible_truncation, reason = "what is beyond any time becomes the last of all times")]
    Some(ms.floor() as i64)
}

/// A date of ISO 8601, with or without a clock time; nothing if it is none or there is no such day.
fn iso_ms(text: &str) -> Option<i64> {
    let mut reader = Reader(text.as_bytes());
    let year = reader.year()?;
    reader.expect(b"-")?;
    let month = reader.number(2)?;
    reader.expect(b"-")?;
    let day = reader.number(2)?;
    let date_ms = days(year, month, day)? * MS_PER_DAY;
    if reader.0.is_empty() {
        return Some(date_ms);
    }
    reader.expect(b"Tt ")?;
    let clock_ms = reader.clock_ms()?;
    let offset_ms = reader.offset_ms()?;
    reader.0.is_empty().then_some(date_ms + clock_ms - offset_ms)
}

/// What is left of a text.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// Takes a byte if it is one of these.
    fn take(&mut self, accepted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first().filter(|(first, _)| accepted.contains(first))?;
        self.0 = rest;
        Some(*first)
    }

    fn expect(&mut self, accepted: &[u8]) -> Option<()> {
        self.take(accepted).map(|_| ())
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        let number = number
            .iter()
            .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))?;
        self.0 = rest;
        Some(number)
    }

    /// Four digits, or a sign and six.
    fn year(&mut self) -> Option<i64> {
        match self.take(b"+-") {
            None => self.number(4),
            Some(b'-') => self.number(6).map(|year| -year),
            Some(_) => self.number(6),
        }
    }

    /// Hours, minutes, and seconds with any number of decimals if they are there.
    fn clock_ms(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        self.expect(b":")?;
        let minute = self.number(2)?;
        let second = if self.take(b":").is_some() { self.number(2)? } else { 0 };
        let fraction_ms = if self.take(b".,").is_some() { self.fraction_ms()? } else { 0 };
        let is_in_range = hour < 24 && minute < 60 && second <= 60;
        let is_day_end = (hour, minute, second, fraction_ms) == (24, 0, 0, 0);
        (is_in_range || is_day_end).then_some(((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms)
    }

    /// Decimals of a second; those beyond the third fall.
    fn fraction_ms(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (decimals, rest) = self.0.split_at_checked(count).filter(|_| count > 0)?;
        self.0 = rest;
        let places = decimals.iter().copied().chain([b'0'; 3]).take(3);
        Some(places.fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0')))
    }

    /// `Z`, `+hh:mm`, `+hhmm`, `+hh`, or nothing, which is UTC too.
    fn offset_ms(&mut self) -> Option<i64> {
        if self.0.is_empty() || self.take(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.take(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.number(2)?;
        let has_minutes = self.take(b":").is_some() || !self.0.is_empty();
        let minutes = if has_minutes { self.number(2)? } else { 0 };
        (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * MS_PER_MINUTE)
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; nothing if its month does not have it.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap_year),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years are counted from March, so that the leap day is the last of its year.
    let march_year = if month > 2 { year } else { year - 1 };
    let year_in_cycle = march_year.rem_euclid(400);
    let day_in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_in_cycle = year_in_cycle * 365 + year_in_cycle / 4 - year_in_cycle / 100 + day_in_year;
    Some(march_year.div_euclid(400) * 146_097 + day_in_cycle - 719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(json: &str) -> Option<i64> {
        instant_ms(&RawValue::from_string(json.to_owned()).unwrap())
    }

    #[test]
    fn dates_of_iso_8601_are_read() {
        const TEN: i64 = 1_780_480_800_000; // 2026-06-03T10:00:00Z
        for (text, expected) in [
            ("2026-06-03T10:00:00.000Z", TEN),
            ("2026-06-03T10:00:00.000+0000", TEN),
            ("2026-06-03T12:30:00+02:30", TEN),
            ("2026-06-03T12:30:00+0230", TEN),
            ("2026-06-03T07:00:00-03", TEN),
            ("2026-06-04T00:00:00+14:00", TEN),
            ("2026-06-03T10:00:00", TEN),
            ("2026-06-03T10:00", TEN),
            ("2026-06-03 10:00:00Z", TEN),
            ("2026-06-03t10:00:00z", TEN),
            (" 2026-06-03T10:00:00Z\\n", TEN),
            ("2026-06-03T10:00:00.5Z", TEN + 500),
            ("2026-06-03T10:00:00,1239Z", TEN + 123),
            ("2026-06-03T10:00:00.123456789123Z", TEN + 123),
            ("2026-06-03T10:00:60Z", TEN + 60_000),
            ("+002026-06-03T10:00:00Z", TEN),
            ("2026-06-03", TEN - 36_000_000),
            ("2026-06-02T24:00:00Z", TEN - 36_000_000),
            ("1970-01-01T00:00:00.000Z", 0),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29", 951_782_400_000),
            ("2099-01-01T00:00:00.000Z", 4_070_908_800_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("+275760-09-13T00:00:00.000Z", 8_640_000_000_000_000),
            ("-271821-04-20T00:00:00.000Z", -8_640_000_000_000_000),
        ] {
            assert_eq!(ms(&format!("\"{text}\"")), Some(expected), "{text}");
        }
    }

    #[test]
    fn numbers_are_seconds_or_milliseconds_also_as_texts() {
        for (number, expected) in [
            ("1751373296", 1_751_373_296_000),
            ("1751373296.5", 1_751_373_296_500),
            ("1.751373296e9", 1_751_373_296_000),
            ("1751373296000", 1_751_373_296_000),
            ("1751373296000.7", 1_751_373_296_000),
            ("1000000000000", 1_000_000_000_000),
            ("999999999999", 999_999_999_999_000),
            ("0", 0),
            ("-1", -1000),
            ("8640000000000001", 8_640_000_000_000_001),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("1e308", i64::MAX),
        ] {
            assert_eq!(ms(number), Some(expected), "{number}");
            assert_eq!(ms(&format!("\" {number} \"")), Some(expected), "{number} as a text");
        }
    }

    #[test]
    fn all_else_is_no_time() {
        for json in [
            "null",
            "true",
            "{}",
            "[]",
            "[1751373296]",
            "1e400",
            r#""""#,
            r#""   ""#,
            r#""not a date""#,
            r#""NaN""#,
            r#""inf""#,
            r#""1e400""#,
            r#""0x10""#,
            r#""2026""#,
            r#""-""#,
            r#""2026-02-30T00:00:00Z""#,
            r#""2025-02-29""#,
            r#""1900-02-29""#,
            r#""2026-13-01T00:00:00Z""#,
            r#""2026-00-01""#,
            r#""2026-01-00""#,
            r#""2026-04-31""#,
            r#""2026-11-20T10:00:00+99:99""#,
            r#""2026-11-20T10:00:00+24:00""#,
            r#""2026-11-20T10:00:00+1""#,
            r#""2026-11-20T10:00:00.Z""#,
            r#""2026-11-20T25:00:00Z""#,
            r#""2026-11-20T24:00:01Z""#,
            r#""2026-11-20T10:60:00Z""#,
            r#""2026-11-20T""#,
            r#""2026-11-20T10""#,
            r#""2026-11-20T10:00:00Zx""#,
            r#""-0001-01-01T00:00:00Z""#,
            r#""٢٠٢٦-١١-٢٠""#,
            r#""é026-01-01""#,
            r#""Thu, 20 Nov 2026 10:00:00 +0000 ((((""#,
        ] {
            // "2026" is a number, and 2026 seconds are an instant, though none that is believed.
            let expected = (json == r#""2026""#).then_some(2_026_000);
            assert_eq!(ms(json), expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_reads_back(instant in -62_135_596_800_000_i64..253_402_300_799_999) {
            let text = jiff::Timestamp::from_millisecond(instant).unwrap();
            prop_assert_eq!(ms(&format!("\"{text:.3}\"")), Some(instant));
        }

        #[test]
        fn no_text_is_too_odd(text in "[-+0-9TZ:., e]{0,30}|\\PC{0,20}") {
            let _ = ms(&serde_json::to_string(&text).unwrap());
        }
    }
}
