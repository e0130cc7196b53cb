//! The range of time that somebody asks about.

use super::buckets::{Grain, TimeSpan};

/// Bounds as they were given, both inclusive, and the whole buckets that hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub span: TimeSpan,
    has_from: bool,
    has_to: bool,
}

impl Range {
    /// The whole minutes from `from_ms` to `to_ms`, in milliseconds since the epoch; nothing if they are in the wrong
    /// order. Without a bound, all time.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "what is out of range is the end of the range")]
    pub fn new(from_ms: Option<f64>, to_ms: Option<f64>) -> Option<Self> {
        let first = from_ms.map_or(TimeSpan::ALL.from_ms(), |ms| ms.floor() as i64);
        let last = to_ms.map_or(TimeSpan::ALL.to_ms() - 1, |ms| ms.floor() as i64);
        let is_ordered = from_ms.zip(to_ms).is_none_or(|(from, to)| from <= to);
        let span = TimeSpan::new(first, last.saturating_add(1));
        is_ordered.then_some(Self { span, has_from: from_ms.is_some(), has_to: to_ms.is_some() })
    }

    /// The whole hours that hold the range.
    #[must_use]
    pub fn hours(self) -> Self {
        Self { span: self.span.outward(Grain::Hour), ..self }
    }

    /// The first millisecond, if the range has a beginning.
    #[must_use]
    pub fn from_ms(self) -> Option<i64> {
        self.has_from.then(|| self.span.from_ms())
    }

    /// The last millisecond, if the range has an end.
    #[must_use]
    pub fn to_ms(self) -> Option<i64> {
        self.has_to.then(|| self.span.to_ms().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: f64 = 60_000.0;

    fn bounds(from: Option<f64>, to: Option<f64>) -> Option<(Option<i64>, Option<i64>)> {
        Range::new(from, to).map(|range| (range.from_ms(), range.to_ms()))
    }

    #[test]
    fn a_range_is_made_of_the_minutes_that_hold_its_bounds() {
        assert_eq!(bounds(Some(MINUTE), Some(MINUTE)), Some((Some(60_000), Some(119_999))));
        assert_eq!(bounds(Some(MINUTE - 0.5), Some(MINUTE * 2.0 - 1.0)), Some((Some(0), Some(119_999))));
        assert_eq!(bounds(Some(MINUTE), None), Some((Some(60_000), None)));
        assert_eq!(bounds(None, Some(0.0)), Some((None, Some(59_999))));
        assert_eq!(bounds(Some(2.0), Some(1.0)), None);
        let again = bounds(Some(60_000.0), Some(119_999.0));
        assert_eq!(again, bounds(Some(MINUTE), Some(MINUTE)), "what is told can be asked again");
    }

    #[test]
    fn without_bounds_it_is_all_time() {
        assert_eq!(Range::new(None, None).map(|range| range.span), Some(TimeSpan::ALL));
        let range = Range::new(Some(-1e300), Some(1e300)).unwrap();
        assert_eq!((range.span, range.from_ms()), (TimeSpan::ALL, Some(0)));
    }

    #[test]
    fn hours_hold_the_minutes() {
        let range = Range::new(Some(3_600_000.0 + MINUTE), Some(3_600_000.0 + MINUTE)).unwrap().hours();
        assert_eq!((range.from_ms(), range.to_ms()), (Some(3_600_000), Some(7_199_999)));
    }
}
