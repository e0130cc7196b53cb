//! The zone of a date text.

/// Distance from UTC as far as it has been read; empty means local time.
#[derive(Debug, Default)]
pub(super) struct Offset {
    is_negative: Option<bool>,
    hours: Option<u32>,
    minutes: Option<u32>,
}

impl Offset {
    /// Whole hours from UTC, as zone names give them.
    pub(super) const fn set(&mut self, hours: i64) {
        self.is_negative = Some(hours < 0);
        #[expect(clippy::cast_possible_truncation, reason = "zone names lie within a day")]
        {
            self.hours = Some(hours.unsigned_abs() as u32);
        }
        self.minutes = Some(0);
    }

    /// A sign, which leaves hours and minutes of an earlier zone name in place.
    pub(super) const fn set_sign(&mut self, sign: char) {
        self.is_negative = Some(sign == '-');
    }

    /// The digits behind a sign; no minutes yet if a colon and the minutes follow.
    pub(super) const fn set_clock(&mut self, hours: u32, minutes: Option<u32>) {
        self.hours = Some(hours);
        self.minutes = minutes;
    }

    pub(super) const fn set_minutes(&mut self, minutes: u32) {
        self.minutes = Some(minutes);
    }

    /// Tells whether hours have been read and `number` can be the minutes.
    pub(super) const fn expects(&self, number: u32) -> bool {
        self.hours.is_some() && self.minutes.is_none() && number < 60
    }

    /// Tells whether the zone is known to be UTC itself, which a signed number may still correct (`GMT+2`).
    pub(super) fn is_utc(&self) -> bool {
        self.hours == Some(0) && self.minutes == Some(0)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.hours.is_none()
    }

    /// Milliseconds ahead of UTC, or an inner nothing for local time; an outer nothing if absurdly large.
    #[expect(clippy::option_option, reason = "absent and out of range are two answers")]
    pub(super) fn to_ms(&self) -> Option<Option<i64>> {
        let Some(is_negative) = self.is_negative else {
            return Some(None);
        };
        let seconds = i64::from(self.hours.unwrap_or(0)) * 3_600 + i64::from(self.minutes.unwrap_or(0)) * 60;
        if seconds > i64::from(i32::MAX) {
            return None;
        }
        Some(Some(if is_negative { -seconds * 1_000 } else { seconds * 1_000 }))
    }
}
