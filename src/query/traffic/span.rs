//! Spans of time, and the buckets that make them up.

use std::ops::Range;

use crate::store::traffic::grain::Grain;

/// The end of the year 9999, in milliseconds since the epoch.
const END_OF_TIME_MS: i64 = 253_402_300_800_000;

/// Whole minutes from `from_ms` to before `to_ms`, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    from_ms: i64,
    to_ms: i64,
}

impl TimeSpan {
    /// All time from the epoch to the year 9999.
    pub const ALL: Self = Self { from_ms: 0, to_ms: END_OF_TIME_MS };

    /// The whole minutes that hold the times from `from_ms` to before `to_ms`; empty if that is not later.
    #[must_use]
    pub fn new(from_ms: i64, to_ms: i64) -> Self {
        Self { from_ms, to_ms }.outward(Grain::Minute)
    }

    /// The whole buckets of a grain that hold this span.
    #[must_use]
    pub fn outward(self, grain: Grain) -> Self {
        let ms = grain.ms();
        let from_ms = self.from_ms.clamp(0, END_OF_TIME_MS).div_euclid(ms) * ms;
        let to_ms = (self.to_ms.clamp(0, END_OF_TIME_MS) + ms - 1).div_euclid(ms) * ms;
        Self { from_ms, to_ms: if self.to_ms > self.from_ms { to_ms } else { from_ms } }
    }

    #[must_use]
    pub fn from_ms(self) -> i64 {
        self.from_ms
    }

    /// The first millisecond that is no part of the span.
    #[must_use]
    pub fn to_ms(self) -> i64 {
        self.to_ms
    }

    #[must_use]
    pub fn contains(self, at_ms: i64) -> bool {
        (self.from_ms..self.to_ms).contains(&at_ms)
    }
}

/// The fewest buckets that make up a span: minutes at its edges, hours next to them, days between.
#[must_use]
pub fn decompose(span: TimeSpan) -> Vec<(Grain, Range<i64>)> {
    let mut parts = Vec::with_capacity(5);
    split(span, &[Grain::Day, Grain::Hour, Grain::Minute], &mut parts);
    parts
}

/// Takes the whole buckets of the first grain out of the middle, and what is left at both ends with the next grains.
fn split(span: TimeSpan, grains: &[Grain], parts: &mut Vec<(Grain, Range<i64>)>) {
    let Some((&grain, finer)) = grains.split_first() else { return };
    if span.from_ms >= span.to_ms {
        return;
    }
    let first = grain.bucket(span.from_ms + grain.ms() - 1);
    let end = grain.bucket(span.to_ms);
    if first >= end {
        return split(span, finer, parts);
    }
    split(TimeSpan { from_ms: span.from_ms, to_ms: grain.start_ms(first) }, finer, parts);
    parts.push((grain, first..end));
    split(TimeSpan { from_ms: grain.start_ms(end), to_ms: span.to_ms }, finer, parts);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;

    #[test]
    fn a_span_takes_in_the_minutes_it_touches() {
        let span = TimeSpan::new(MINUTE + 1, 2 * MINUTE + 1);
        assert_eq!((span.from_ms(), span.to_ms()), (MINUTE, 3 * MINUTE));
        assert!(span.contains(MINUTE) && !span.contains(3 * MINUTE));
        assert_eq!(TimeSpan::new(MINUTE, 2 * MINUTE).to_ms(), 2 * MINUTE, "what is whole stays");
        let hours = span.outward(Grain::Hour);
        assert_eq!((hours.from_ms(), hours.to_ms()), (0, HOUR));
    }

    #[test]
    fn what_ends_before_it_begins_is_empty() {
        for (from, to) in [(5, 5), (MINUTE, 0), (i64::MAX, i64::MIN), (i64::MIN, -1)] {
            assert_eq!(decompose(TimeSpan::new(from, to)), [], "{from} {to}");
        }
        assert_eq!(TimeSpan::new(i64::MIN, i64::MAX), TimeSpan::ALL);
    }

    #[test]
    fn days_are_taken_whole_and_edges_in_hours_and_minutes() {
        let parts = decompose(TimeSpan::new(DAY - 2 * HOUR - 3 * MINUTE, 3 * DAY + HOUR + MINUTE));
        assert_eq!(
            parts,
            [
                (Grain::Minute, 24 * 60 - 123..24 * 60 - 120),
                (Grain::Hour, 22..24),
                (Grain::Day, 1..3),
                (Grain::Hour, 72..73),
                (Grain::Minute, 73 * 60..73 * 60 + 1),
            ]
        );
    }

    proptest! {
        #[test]
        fn the_parts_follow_each_other_and_are_the_span(from in 0..40 * DAY, length in 0..40 * DAY) {
            let span = TimeSpan::new(from, from + length);
            let parts = decompose(span);
            let mut at = span.from_ms();
            for (grain, buckets) in &parts {
                prop_assert_eq!(grain.start_ms(buckets.start), at);
                prop_assert!(buckets.start < buckets.end);
                at = grain.start_ms(buckets.end);
            }
            prop_assert_eq!(at, if parts.is_empty() { span.from_ms() } else { span.to_ms() });
            prop_assert!(parts.len() <= 5);
            prop_assert!(parts.iter().map(|(_, buckets)| buckets.end - buckets.start).sum::<i64>() <= 40 + 46 + 118);
        }
    }
}
