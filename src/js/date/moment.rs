//! What has been read of a date text so far.

use jiff::tz::TimeZone;

use super::calendar::{CalendarDate, local_to_epoch_ms, to_time_value};
use super::clock_time::ClockTime;
use super::offset::Offset;

/// Day, clock time and zone of a date text, filled while reading.
#[derive(Debug, Default)]
pub(super) struct Moment {
    pub(super) date: CalendarDate,
    pub(super) time: ClockTime,
    pub(super) offset: Offset,
}

impl Moment {
    /// The instant in milliseconds since 1970, unless a part is out of its range.
    pub(super) fn to_epoch_ms(&self, local: &TimeZone) -> Option<f64> {
        let civil_ms = self.date.to_epoch_ms()? + self.time.to_ms()?;
        let epoch_ms = match self.offset.to_ms()? {
            Some(offset_ms) => civil_ms - offset_ms,
            None => local_to_epoch_ms(civil_ms, local)?,
        };
        to_time_value(epoch_ms)
    }
}
