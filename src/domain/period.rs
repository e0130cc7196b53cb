//! Periods of time as people name them: days, months and years of a zone, which are not all equally long.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// Most buckets that a series has; finer grains are not given.
pub const MAX_BUCKETS: usize = 1_000;

/// Milliseconds from one moment (inclusive) to another (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub from_ms: i64,
    pub to_ms: i64,
}

/// A period as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Today,
    Yesterday,
    /// The last 24 hours up to now.
    Hours24,
    Days7,
    Days28,
    Days90,
    /// This month up to today.
    Month,
    /// This month and the eleven before.
    Months12,
    /// From the first data to today.
    All,
    /// Whole days, both inclusive.
    Days {
        first: Date,
        last: Date,
    },
    /// A part of days, such as one that was drawn on a chart.
    Exact(Interval),
}

/// What lies beside a period to be compared with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The period before, equally long.
    Previous,
    /// A year (52 weeks) earlier, so that days of the week match.
    Year,
}

/// How long a bucket of a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    Minute,
    Hour,
    Day,
    /// From Monday.
    Week,
    Month,
}

impl Period {
    /// Those that have a name, in the order in which they are offered.
    pub const NAMED: [Self; 9] = [
        Self::Today,
        Self::Yesterday,
        Self::Hours24,
        Self::Days7,
        Self::Days28,
        Self::Days90,
        Self::Month,
        Self::Months12,
        Self::All,
    ];

    /// The word in URLs; none for those that are told by their bounds.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        Some(match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Hours24 => "24h",
            Self::Days7 => "7d",
            Self::Days28 => "28d",
            Self::Days90 => "90d",
            Self::Month => "month",
            Self::Months12 => "12mo",
            Self::All => "all",
            Self::Days { .. } | Self::Exact(_) => return None,
        })
    }

    /// The period a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|period| period.word() == Some(word))
    }

    /// From when to when, at a moment and in a zone. `first_ms` is when the data begin, for [`Period::All`].
    #[must_use]
    pub fn interval(self, now_ms: i64, zone: &TimeZone, first_ms: i64) -> Interval {
        let today = civil(now_ms, zone);
        let (first, last) = match self {
            Self::Today => (today, today),
            Self::Yesterday => (earlier(today, Span::new().days(1)), earlier(today, Span::new().days(1))),
            Self::Hours24 => return Interval { from_ms: now_ms - 24 * 3_600_000, to_ms: now_ms },
            Self::Days7 => (earlier(today, Span::new().days(6)), today),
            Self::Days28 => (earlier(today, Span::new().days(27)), today),
            Self::Days90 => (earlier(today, Span::new().days(89)), today),
            Self::Month => (today.first_of_month(), today),
            Self::Months12 => (earlier(today.first_of_month(), Span::new().months(11)), today),
            Self::All => (civil(first_ms.min(now_ms), zone), today),
            Self::Days { first, last } => (first, last),
            Self::Exact(interval) => return interval,
        };
        days(first, last, zone)
    }

    /// The same period before, or after; none for those that end now in any case.
    #[must_use]
    pub fn shifted(self, by: i64, now_ms: i64, zone: &TimeZone) -> Option<Self> {
        if matches!(self, Self::All | Self::Hours24 | Self::Exact(_)) {
            return None;
        }
        let interval = self.interval(now_ms, zone, now_ms);
        let (first, last) = (civil(interval.from_ms, zone), civil(interval.to_ms - 1, zone));
        let (first, last) = if matches!(self, Self::Month | Self::Months12) {
            let months = if self == Self::Month { 1 } else { 12 };
            let first = first.checked_add(Span::new().months(by * months)).ok()?;
            (first, first.checked_add(Span::new().months(months)).ok()?.yesterday().ok()?)
        } else {
            let length = i64::from((last - first).get_days()) + 1;
            let moved = |day: Date| day.checked_add(Span::new().days(by * length)).ok();
            (moved(first)?, moved(last)?)
        };
        let is_future = first > civil(now_ms, zone);
        (!is_future).then_some(Self::Days { first, last })
    }
}

impl Comparison {
    /// The word in URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Year => "year",
        }
    }

    /// The comparison a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Previous, Self::Year].into_iter().find(|comparison| comparison.word() == word)
    }

    /// What an interval is compared with: equally many days of the zone if it is made of whole days, else equally long.
    #[must_use]
    pub fn interval(self, interval: Interval, zone: &TimeZone) -> Interval {
        let (first, last) = (civil(interval.from_ms, zone), civil(interval.to_ms - 1, zone));
        let is_whole_days = days(first, last, zone) == interval;
        let shift = match self {
            Self::Year => 364,
            Self::Previous if is_whole_days => i64::from((last - first).get_days()) + 1,
            Self::Previous => {
                let length = interval.to_ms - interval.from_ms;
                return Interval { from_ms: interval.from_ms - length, to_ms: interval.from_ms };
            }
        };
        let moved = |ms: i64| {
            let moment = zoned(ms, zone);
            moment.checked_sub(Span::new().days(shift)).map_or(ms, |moment| moment.timestamp().as_millisecond())
        };
        if is_whole_days {
            let back = Span::new().days(shift);
            return days(earlier(first, back), earlier(last, back), zone);
        }
        Interval { from_ms: moved(interval.from_ms), to_ms: moved(interval.to_ms) }
    }
}

impl Grain {
    const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The word in URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The grain a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grain| grain.word() == word)
    }

    /// The grain that shows an interval best.
    #[must_use]
    pub fn fitting(interval: Interval) -> Self {
        const HOUR_MS: i64 = 3_600_000;
        match interval.to_ms.saturating_sub(interval.from_ms) {
            length if length <= 3 * HOUR_MS => Self::Minute,
            length if length <= 50 * HOUR_MS => Self::Hour,
            length if length <= 100 * 24 * HOUR_MS => Self::Day,
            length if length <= 400 * 24 * HOUR_MS => Self::Week,
            _ => Self::Month,
        }
    }

    /// The bounds of the buckets of an interval, the last one's end included: each begins where a minute, hour, day,
    /// week or month of the zone does, but the first, which begins with the interval. Nothing if they are more than
    /// [`MAX_BUCKETS`].
    #[must_use]
    pub fn bounds(self, interval: Interval, zone: &TimeZone) -> Option<Vec<i64>> {
        let mut bounds = vec![interval.from_ms];
        let mut at = interval.from_ms;
        while at < interval.to_ms {
            at = self.next(at, zone).min(interval.to_ms);
            bounds.push(at);
            if bounds.len() > MAX_BUCKETS + 1 {
                return None;
            }
        }
        Some(bounds)
    }

    /// The beginning of the bucket after the one that holds a moment.
    fn next(self, ms: i64, zone: &TimeZone) -> i64 {
        let at = zoned(ms, zone);
        let today = at.date();
        let day = match self {
            Self::Minute => return ms.div_euclid(60_000) * 60_000 + 60_000,
            Self::Hour => return next_hour(&at),
            Self::Day => today.tomorrow(),
            Self::Week => {
                let since_monday = i64::from(today.weekday().since(Weekday::Monday));
                today.checked_add(Span::new().days(7 - since_monday))
            }
            Self::Month => today.first_of_month().checked_add(Span::new().months(1)),
        };
        day.map_or(i64::MAX, |day| start_of(day, zone))
    }
}

/// The next moment at which the zone's clocks show a full hour, or jump. An hour that is shown twice is two buckets.
fn next_hour(at: &Zoned) -> i64 {
    let into_ms = i64::from(at.minute()) * 60_000 + i64::from(at.second()) * 1_000 + i64::from(at.millisecond());
    let next_ms = at.timestamp().as_millisecond() - into_ms + 3_600_000;
    let jump = at.time_zone().following(at.timestamp()).next().map(|jump| jump.timestamp().as_millisecond());
    jump.filter(|jump| *jump < next_ms).unwrap_or(next_ms)
}

/// Whole days of a zone, both inclusive.
fn days(first: Date, last: Date, zone: &TimeZone) -> Interval {
    let end = last.tomorrow().map_or(i64::MAX, |day| start_of(day, zone));
    Interval { from_ms: start_of(first, zone), to_ms: end.max(start_of(first, zone)) }
}

/// When a day begins: at midnight, or later where clocks jump over it.
fn start_of(day: Date, zone: &TimeZone) -> i64 {
    let midnight = day.to_datetime(Time::midnight());
    zone.to_zoned(midnight).map_or(i64::MAX, |moment| moment.timestamp().as_millisecond())
}

/// The day at a moment.
#[must_use]
pub fn civil(ms: i64, zone: &TimeZone) -> Date {
    zoned(ms, zone).date()
}

/// A moment in a zone; the nearest there is where jiff has none.
#[must_use]
pub fn zoned(ms: i64, zone: &TimeZone) -> Zoned {
    let nearest = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(ms).unwrap_or(nearest).to_zoned(zone.clone())
}

fn earlier(day: Date, by: Span) -> Date {
    day.checked_sub(by).unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn days_are_as_long_as_the_zone_makes_them() {
        let berlin = zone("Europe/Berlin");
        let spring = Period::Today.interval(ms("2026-03-29T10:00:00Z"), &berlin, 0);
        assert_eq!(spring, Interval { from_ms: ms("2026-03-28T23:00:00Z"), to_ms: ms("2026-03-29T22:00:00Z") });
        assert_eq!(Grain::Hour.bounds(spring, &berlin).unwrap().len(), 24, "23 hours");
        let autumn = Period::Today.interval(ms("2026-10-25T10:00:00Z"), &berlin, 0);
        assert_eq!(Grain::Hour.bounds(autumn, &berlin).unwrap().len(), 26, "25 hours");
    }

    #[test]
    fn half_hours_of_a_zone_are_buckets_of_their_own() {
        let lord_howe = zone("Australia/Lord_Howe");
        let day = Period::Today.interval(ms("2026-04-05T03:00:00Z"), &lord_howe, 0);
        let bounds = Grain::Hour.bounds(day, &lord_howe).unwrap();
        assert_eq!(day.to_ms - day.from_ms, 24 * 3_600_000 + 1_800_000);
        assert!(bounds.windows(2).all(|pair| pair[1] - pair[0] <= 3_600_000 && pair[1] > pair[0]), "{bounds:?}");
    }

    #[test]
    fn the_period_before_has_equally_many_days() {
        let berlin = zone("Europe/Berlin");
        let week = Period::Days7.interval(ms("2026-03-31T10:00:00Z"), &berlin, 0);
        let before = Comparison::Previous.interval(week, &berlin);
        assert_eq!(before.to_ms, week.from_ms);
        assert_eq!(before.to_ms - before.from_ms, 7 * 24 * 3_600_000);
        assert_eq!(week.to_ms - week.from_ms, 7 * 24 * 3_600_000 - 3_600_000, "the clocks went forward");
        let year = Comparison::Year.interval(week, &berlin);
        assert_eq!(civil(year.from_ms, &berlin).weekday(), civil(week.from_ms, &berlin).weekday());
    }

    #[test]
    fn months_and_weeks_are_those_of_the_calendar() {
        let utc = TimeZone::UTC;
        let now = ms("2026-11-21T14:00:00Z");
        let year = Period::Months12.interval(now, &utc, 0);
        assert_eq!(year.from_ms, ms("2025-12-01T00:00:00Z"));
        assert_eq!(Grain::Month.bounds(year, &utc).unwrap().len(), 13);
        let weeks = Grain::Week.bounds(Period::Days28.interval(now, &utc, 0), &utc).unwrap();
        assert!(weeks[1..weeks.len() - 1].iter().all(|at| civil(*at, &utc).weekday() == Weekday::Monday));
        assert_eq!(Grain::Minute.bounds(year, &utc), None);
    }

    #[test]
    fn periods_can_be_gone_through() {
        let utc = TimeZone::UTC;
        let now = ms("2026-11-21T14:00:00Z");
        let before = Period::Month.shifted(-1, now, &utc).unwrap();
        assert_eq!(before, Period::Days { first: Date::constant(2026, 10, 1), last: Date::constant(2026, 10, 31) });
        assert_eq!(Period::Today.shifted(1, now, &utc), None, "tomorrow has no data");
        assert_eq!(Period::All.shifted(-1, now, &utc), None);
    }
}
