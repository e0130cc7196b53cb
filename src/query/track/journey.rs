//! A person's way to a moment: what brought it, within a window of time (datalyr.md 7.5).

use std::collections::HashSet;

use super::touches::Touch;

/// Touchpoints that a journey shows.
pub const SHOWN_TOUCHPOINTS: usize = 30;

/// What brought a person until a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        let is_first = |touch: &Touch| !touch.is_of_session || sessions.insert(touch.session_key);
        let mut is_first = is_first;
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
