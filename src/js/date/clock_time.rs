//! The clock time of a date text.

use super::token::Number;

/// Hour, minute, second and millisecond, in the order in which they are read.
#[derive(Debug, Default)]
pub(super) struct ClockTime {
    parts: [u32; 4],
    read: usize,
    /// Hours that AM or PM add.
    half_day_hours: Option<u32>,
}

impl ClockTime {
    /// Takes the next part; refuses a fifth.
    pub(super) fn add(&mut self, part: u32) -> Option<()> {
        *self.parts.get_mut(self.read)? = part;
        self.read += 1;
        Some(())
    }

    /// Takes the last part, and lets a fifth fall as V8 does; the rest is zero.
    pub(super) fn add_last(&mut self, part: u32) {
        let _ = self.add(part);
        self.read = self.parts.len();
    }

    pub(super) const fn set_half_day(&mut self, hours: u32) {
        self.half_day_hours = Some(hours);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.read == 0
    }

    /// Tells whether a number can be the part that comes next; an hour never is expected.
    pub(super) const fn expects(&self, number: u32) -> bool {
        match self.read {
            1 | 2 => number < 60,
            3 => number < 1_000,
            _ => false,
        }
    }

    /// Milliseconds from midnight; 24:00 is the end of the day, any other hour from 24 on is refused.
    pub(super) fn to_ms(&self) -> Option<i64> {
        let [hour, minute, second, millisecond] = self.parts;
        let hour = match self.half_day_hours {
            Some(_) if hour > 12 => return None,
            Some(half_day_hours) => hour % 12 + half_day_hours,
            None => hour,
        };
        let in_range = hour < 24 && minute < 60 && second < 60 && millisecond < 1_000;
        let is_day_end = [hour, minute, second, millisecond] == [24, 0, 0, 0];
        (in_range || is_day_end).then(|| {
            ((i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second)) * 1_000 + i64::from(millisecond)
        })
    }
}

/// Reads the digits behind a second as milliseconds: `.5` is 500, and `.789123` is cut to 789.
///
/// Digits beyond the ninth only count as far as V8 counts them, so `.0001234567891` is 123 and not 0.
pub(super) fn milliseconds(fraction: Number) -> u32 {
    match fraction.digits {
        1 => fraction.value * 100,
        2 => fraction.value * 10,
        digits => (3..digits.min(9)).fold(fraction.value, |value, _| value / 10),
    }
}
