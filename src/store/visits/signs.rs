//! From the signs of life of a session to its visits.

use std::ops::Range;

use super::marks::MAX_MARKS;
use crate::domain::visit::{IDLE_MS, MAX_VISIT_MS, Mark, MarkKind};

/// Something that happened in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    pub at_ms: i64,
    pub what: What,
    /// Row id of the user who was identified.
    pub user: Option<i64>,
    /// Where to look for more, as its reader numbers it.
    pub more: usize,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A page (dictionary id of its path) was viewed.
    View(i64),
    /// An event with a name (dictionary id).
    Event(i64),
    /// Somebody was there, on a page if it is told.
    Life(Option<i64>),
}

/// What a visit's signs come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    pub marks: Vec<Mark>,
    pub view_count: u64,
    pub event_count: u64,
    /// Dictionary ids of the paths of the first and the last page view; 0 without any.
    pub entry: i64,
    pub exit: i64,
    /// Which sign was the first page view.
    pub first_view: Option<usize>,
}

/// Which signs make a visit each. They are in the order of time.
#[must_use]
pub fn split(signs: &[Sign]) -> Vec<Range<usize>> {
    let mut visits = Vec::new();
    let mut first = 0;
    for at in 1..=signs.len() {
        let is_over = signs.get(at).is_none_or(|sign| {
            sign.at_ms.saturating_sub(signs[at - 1].at_ms) >= IDLE_MS
                || sign.at_ms.saturating_sub(signs[first].at_ms) > MAX_VISIT_MS
        });
        if is_over {
            visits.push(first..at);
            first = at;
        }
    }
    visits.retain(|visit| !visit.is_empty() && visit.end <= signs.len());
    visits
}

/// Adds up the signs of one visit.
///
/// Where no page view is among them, each change of the page they tell is one: an SDK may be set not to tell of views, and
/// whoever comes back to an open page after half an hour looks at it again.
#[must_use]
pub fn sum(signs: &[Sign]) -> Sum {
    let has_views = signs.iter().any(|sign| matches!(sign.what, What::View(_)));
    let mut sum = Sum::default();
    let mut page = None;
    let Some(first) = signs.first() else { return sum };
    for (at, sign) in signs.iter().enumerate() {
        let view = match sign.what {
            What::View(path) => Some(path),
            What::Life(told) if !has_views && told.is_some() && told != page => told,
            _ => None,
        };
        page = view.or(page);
        let offset_ms = sign.at_ms - first.at_ms;
        if let Some(path) = view {
            if sum.view_count == 0 {
                (sum.entry, sum.first_view) = (path, Some(at));
            }
            sum.exit = path;
            sum.view_count += 1;
            sum.mark(Mark { offset_ms, kind: MarkKind::PageView, text: path });
        }
        if let What::Event(name) = sign.what {
            sum.event_count += 1;
            sum.mark(Mark { offset_ms, kind: MarkKind::Event, text: name });
        }
    }
    sum
}

impl Sum {
    fn mark(&mut self, mark: Mark) {
        if self.marks.len() < MAX_MARKS {
            self.marks.push(mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn sign(minute: i64, what: What) -> Sign {
        Sign { at_ms: 1_000 + minute * MINUTE_MS, what, user: None, more: 0 }
    }

    #[test]
    fn half_an_hour_of_silence_or_a_day_ends_a_visit() {
        let at = |minutes: &[i64]| {
            let signs: Vec<Sign> = minutes.iter().map(|minute| sign(*minute, What::Life(None))).collect();
            split(&signs)
        };
        assert!(at(&[]).is_empty());
        let one = |end: usize| std::iter::once(0..end).collect::<Vec<_>>();
        assert_eq!(at(&[0]), one(1));
        assert_eq!(at(&[0, 29, 58]), one(3));
        assert_eq!(at(&[0, 30, 45]), [0..1, 1..3]);
        let restless: Vec<i64> = (0..=25 * 4).map(|quarter| quarter * 15).collect();
        assert_eq!(at(&restless), [0..97, 97..101], "24 hours, both ends included");
    }

    #[test]
    fn views_and_events_are_counted_and_marked() {
        let signs = [
            sign(0, What::Life(Some(9))),
            sign(1, What::View(7)),
            sign(2, What::Event(5)),
            sign(3, What::View(8)),
            sign(4, What::Life(Some(9))),
        ];
        let sum = sum(&signs);
        assert_eq!((sum.view_count, sum.event_count, sum.entry, sum.exit, sum.first_view), (2, 1, 7, 8, Some(1)));
        let marked: Vec<(i64, i64)> = sum.marks.iter().map(|mark| (mark.offset_ms / MINUTE_MS, mark.text)).collect();
        assert_eq!(marked, [(1, 7), (2, 5), (3, 8)]);
    }

    #[test]
    fn without_page_views_changes_of_the_page_are_views() {
        let signs = [
            sign(0, What::Life(None)),
            sign(0, What::Life(Some(7))),
            sign(1, What::Life(Some(7))),
            sign(2, What::Event(5)),
            sign(3, What::Life(Some(8))),
            sign(4, What::Life(Some(7))),
        ];
        let sum = sum(&signs);
        assert_eq!((sum.view_count, sum.event_count, sum.entry, sum.exit), (3, 1, 7, 7));
    }

    #[test]
    fn marks_beyond_the_bound_are_only_counted() {
        let signs: Vec<Sign> = (0..3_000).map(|path| sign(0, What::View(path))).collect();
        let sum = sum(&signs);
        assert_eq!((sum.view_count, sum.marks.len(), sum.exit), (3_000, MAX_MARKS, 2_999));
    }
}
