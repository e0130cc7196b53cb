//! A person's way to a moment: what brought it, within a window of time (datalyr.md 7.5).

use std::collections::HashSet;

use super::touches::Touch;

/// Touchpoints that a journey shows.
pub const SHOWN_TOUCHPOINTS: usize = 30;

/// What brought a person until a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journey<'t> {
    /// All touches of the window, oldest first.
    pub touches: &'t [Touch],
    /// Of these the first of each session, oldest first, by their place in `touches`. A touch that is older than the session
    /// that told it counts as a session of its own.
    pub touchpoints: Vec<usize>,
}

impl<'t> Journey<'t> {
    /// The journey of the person with these touches, which must be in order: from `window_ms` before `at_ms` until then,
    /// both inclusive.
    #[must_use]
    pub fn until(touches: &'t [Touch], at_ms: i64, window_ms: i64) -> Self {
        let from_ms = at_ms.saturating_sub(window_ms);
        let end = touches.partition_point(|touch| touch.time_ms <= at_ms);
        let start = touches[..end].partition_point(|touch| touch.time_ms < from_ms);
        let touches = &touches[start..end];
        let mut sessions = HashSet::new();
        let mut is_first = |touch: &Touch| !touch.is_of_session || sessions.insert(touch.session_key);
        let touchpoints = (0..touches.len()).filter(|&place| is_first(&touches[place])).collect();
        Self { touches, touchpoints }
    }

    #[must_use]
    pub fn first(&self) -> Option<&'t Touch> {
        self.touches.first()
    }

    #[must_use]
    pub fn last(&self) -> Option<&'t Touch> {
        self.touches.last()
    }

    /// The link tag that was said last until the touch at this place: other touches keep it.
    #[must_use]
    pub fn lyr_at(&self, place: usize) -> Option<&'t str> {
        let until = self.touches.get(..=place)?;
        until.iter().rev().find_map(|touch| touch.lyr.as_deref())
    }

    /// The link tag that was said last.
    #[must_use]
    pub fn lyr(&self) -> Option<&'t str> {
        self.touches.len().checked_sub(1).and_then(|place| self.lyr_at(place))
    }

    /// The latest touch that was met in a session.
    #[must_use]
    pub fn last_of_session(&self, session_key: i64) -> Option<usize> {
        self.touches.iter().rposition(|touch| touch.is_of_session && touch.session_key == session_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::track::touches::sample;

    fn tagged(touch: Touch, lyr: &str) -> Touch {
        Touch { lyr: Some(lyr.into()), ..touch }
    }

    #[test]
    fn a_window_holds_both_of_its_ends() {
        let touches: Vec<_> = [100, 200, 300].into_iter().map(|time_ms| sample(time_ms, 1, time_ms)).collect();
        let times = |at_ms, window_ms| {
            let journey = Journey::until(&touches, at_ms, window_ms);
            journey.touches.iter().map(|touch| touch.time_ms).collect::<Vec<_>>()
        };
        assert_eq!(times(300, 100), [200, 300]);
        assert_eq!(times(299, 100), [200]);
        assert_eq!(times(1_000, i64::MAX), [100, 200, 300]);
        assert_eq!(times(i64::MIN, i64::MAX), [0; 0]);
        assert_eq!(times(1_000, 100), [0; 0]);
    }

    #[test]
    fn a_session_has_one_touchpoint_and_a_memory_stands_alone() {
        let memory = Touch { is_of_session: false, ..sample(2, 8, 50) };
        let touches = [memory, sample(1, 1, 100), sample(1, 2, 150), sample(2, 3, 200), sample(1, 4, 300)];
        let journey = Journey::until(&touches, 1_000, 1_000);
        assert_eq!(journey.touchpoints, [0, 1, 3]);
        assert_eq!(journey.first().map(|touch| touch.fingerprint), Some(8));
        assert_eq!(journey.last().map(|touch| touch.fingerprint), Some(4));
        assert_eq!((journey.last_of_session(1), journey.last_of_session(2)), (Some(4), Some(3)));
        assert_eq!(
            (Journey::until(&touches, 1_000, 800).last_of_session(2), journey.last_of_session(9)),
            (Some(0), None)
        );
    }

    #[test]
    fn the_link_tag_outlives_touches_without_one() {
        let touches =
            [sample(1, 1, 100), tagged(sample(2, 2, 200), "L1"), sample(3, 3, 300), tagged(sample(4, 4, 400), "L2")];
        let journey = Journey::until(&touches, 399, 1_000);
        assert_eq!((journey.lyr_at(0), journey.lyr_at(1), journey.lyr_at(2)), (None, Some("L1"), Some("L1")));
        assert_eq!((journey.lyr(), journey.lyr_at(3)), (Some("L1"), None));
        assert_eq!(Journey::until(&touches, 399, 150).lyr(), None);
        assert_eq!(Journey::until(&touches, 400, 400).lyr(), Some("L2"));
        assert_eq!(Journey::until(&[], 400, 400).lyr(), None);
    }
}
