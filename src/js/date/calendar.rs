//! The day of a date text, and days and local times as milliseconds.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const MS_PER_DAY: i64 = 86_400_000;

/// Up to three numbers and a month name, in the order in which they are read.
#[derive(Debug, Default)]
pub(super) struct CalendarDate {
    numbers: [i64; 3],
    read: usize,
    named_month: Option<i64>,
    is_iso: bool,
}

impl CalendarDate {
    /// Takes the next number; refuses a fourth.
    pub(super) fn add(&mut self, number: i64) -> Option<()> {
        *self.numbers.get_mut(self.read)? = number;
        self.read += 1;
        Some(())
    }

    pub(super) fn set_named_month(&mut self, month: u32) {
        self.named_month = Some(i64::from(month));
    }

    /// Declares the numbers to be year, month, day, and the year to be meant as it stands.
    pub(super) const fn set_iso(&mut self) {
        self.is_iso = true;
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.read == 0
    }

    /// Milliseconds from 1970-01-01 to the start of the day; a day that its month does not have runs into the next.
    pub(super) fn to_epoch_ms(&self) -> Option<i64> {
        let (year, month, day) = self.year_month_day()?;
        if year.abs() > MAX_YEAR || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        Some((days_to_month_start(year, month) + day - 1) * MS_PER_DAY)
    }

    /// Decides which number is what: the first is the year if it can be no day, and missing ones are 1.
    fn year_month_day(&self) -> Option<(i64, i64, i64)> {
        if self.is_empty() {
            return None;
        }
        let [first, second, third] = {
            let mut numbers = self.numbers;
            numbers[self.read..].fill(1);
            numbers
        };
        if self.is_iso {
            return Some((first, second, third));
        }
        let first_is_day = (1..=31).contains(&first);
        let (year, month, day) = match (self.named_month, first_is_day) {
            (None, true) => (third, first, second),
            (None, false) => (first, second, third),
            (Some(month), true) => (second, month, first),
            (Some(month), false) => (first, month, second),
        };
        Some((full_year(year), month, day))
    }
}

/// Beyond the last year of JavaScript, 275760, by more than the largest offset; nearer years are judged as instants.
const MAX_YEAR: i64 = 300_000;

/// Two-digit years lie between 1950 and 2049.
const fn full_year(year: i64) -> i64 {
    match year {
        0..=49 => year + 2_000,
        50..=99 => year + 1_900,
        _ => year,
    }
}

const DAYS_PER_400_YEARS: i64 = 146_097;
const DAYS_FROM_MARCH_0000_TO_1970: i64 = 719_468;

/// Days from 1970-01-01 to the first of a month of the Gregorian calendar, which also holds before its invention.
///
/// Counts from March, so that the leap day is the last of its year.
const fn days_to_month_start(year: i64, month: i64) -> i64 {
    let march_year = if month > 2 { year } else { year - 1 };
    let months_from_march = (month + 9) % 12;
    let year_in_cycle = march_year.rem_euclid(400);
    let day_in_year = (153 * months_from_march + 2) / 5;
    let day_in_cycle = year_in_cycle * 365 + year_in_cycle / 4 - year_in_cycle / 100 + day_in_year;
    march_year.div_euclid(400) * DAYS_PER_400_YEARS + day_in_cycle - DAYS_FROM_MARCH_0000_TO_1970
}

/// Milliseconds of the years that the time zone library knows, −9999 to 9999, less one cycle at either end.
const ZONE_REACH_MS: i64 = 23 * DAYS_PER_400_YEARS * MS_PER_DAY;
const MS_PER_400_YEARS: i64 = DAYS_PER_400_YEARS * MS_PER_DAY;
const MS_TO_YEAR_ZERO: i64 = -719_528 * MS_PER_DAY;

/// Turns local time into UTC; a time that the clock skips or repeats is read with the offset before the change.
///
/// Years out of the library's reach take the rules of a year that many whole calendar cycles away.
pub(super) fn local_to_epoch_ms(local_ms: i64, zone: &TimeZone) -> Option<i64> {
    let from_year_zero_ms = local_ms.checked_sub(MS_TO_YEAR_ZERO)?;
    let excess_ms = (from_year_zero_ms.abs() - ZONE_REACH_MS).max(0);
    let cycles = (excess_ms + MS_PER_400_YEARS - 1) / MS_PER_400_YEARS;
    let shift_ms = cycles * MS_PER_400_YEARS * from_year_zero_ms.signum();
    let wall_clock = TimeZone::UTC.to_datetime(Timestamp::from_millisecond(local_ms - shift_ms).ok()?);
    let instant = zone.to_ambiguous_timestamp(wall_clock).compatible().ok()?;
    Some(instant.as_millisecond() + shift_ms)
}

/// The farthest instant from 1970 that JavaScript has.
const MAX_TIME_VALUE_MS: i64 = 8_640_000_000_000_000;

/// Makes a JavaScript time value, if the instant is in range.
pub(super) fn to_time_value(epoch_ms: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "the range ends below 2^53")]
    (epoch_ms.abs() <= MAX_TIME_VALUE_MS).then_some(epoch_ms as f64)
}
