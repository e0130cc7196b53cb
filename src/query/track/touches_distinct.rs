//! Which touches are real ones, and which only repeat an earlier one (datalyr.md 7.5, and the traps of 4.4).
//!
//! Browsers repeat what brought them with every event, for as long as they remember it: with a new time of capture while
//! the page's address still says it, later with the old one. So one touch may be told
//!
//! * by several events of a session, under the anonymous id and then under the user: these are one;
//! * in a later session: captured before that session began, or no later than the earlier one's last capture. It is a
//!   memory, and is dropped. If nobody told the original, the memory stands in for it, at its time.
//!
//! A session that begins with a memory and meets the same campaign again has the touch at its last capture.

use std::cmp::Ordering;

use super::touches::Touch;

/// How much earlier than its session a touch may be captured, and how much later than the original a repetition, in
/// milliseconds: clocks are read one after the other, and some SDKs change the session's id within a visit.
const GRACE_MS: i64 = 60_000;

/// The real touches among those that were told, oldest first. The order they come in does not matter.
#[must_use]
pub fn distinct(told: Vec<Touch>) -> Vec<Touch> {
    let mut touches = Vec::with_capacity(told.len());
    let mut rows = one_a_session(told);
    rows.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint).then_with(|| in_order(a, b)));
    // Of one fingerprint: the latest capture so far.
    let mut known: Option<(i64, i64)> = None;
    for row in rows {
        let last_ms = known.filter(|(fingerprint, _)| *fingerprint == row.fingerprint).map(|(_, last_ms)| last_ms);
        known = Some((row.fingerprint, row.last_captured_ms.max(last_ms.unwrap_or(i64::MIN))));
        take(row, last_ms, &mut touches);
    }
    touches.sort_by(in_order);
    touches
}

/// Adds what is real of a row; `last_ms` is the latest capture of the same campaign in rows before.
fn take(mut row: Touch, last_ms: Option<i64>, touches: &mut Vec<Touch>) {
    let session_ms = row.session_started_ms.saturating_sub(GRACE_MS);
    row.is_of_session = row.time_ms >= session_ms;
    let is_repetition = |time_ms: i64| last_ms.is_some_and(|last_ms| time_ms <= last_ms.saturating_add(GRACE_MS));
    if row.is_of_session {
        if !is_repetition(row.time_ms) {
            touches.push(row);
        }
        return;
    }
    let again_ms = row.last_captured_ms;
    let is_met_again = again_ms >= session_ms && !is_repetition(again_ms);
    let again = is_met_again.then(|| Touch { time_ms: again_ms, is_of_session: true, ..row.clone() });
    if last_ms.is_none() {
        touches.push(row);
    }
    touches.extend(again);
}

/// Takes together what several subjects told of one campaign in one session.
fn one_a_session(mut told: Vec<Touch>) -> Vec<Touch> {
    let group = |touch: &Touch| (touch.session_key, touch.fingerprint);
    told.sort_by(|a, b| group(a).cmp(&group(b)).then_with(|| in_order(a, b)));
    told.dedup_by(|later, first| {
        let is_same = group(later) == group(first);
        if is_same {
            first.first_ms = first.first_ms.min(later.first_ms);
            first.session_started_ms = first.session_started_ms.min(later.session_started_ms);
            first.last_captured_ms = first.last_captured_ms.max(later.last_captured_ms);
            first.anonymous = first.anonymous.or(later.anonymous);
        }
        is_same
    });
    told
}

/// By time; what decides between equal ones does not depend on the order of arrival.
fn in_order(a: &Touch, b: &Touch) -> Ordering {
    let times = |touch: &Touch| (touch.time_ms, touch.first_ms, touch.fingerprint);
    times(a)
        .cmp(&times(b))
        .then_with(|| a.session_id.cmp(&b.session_id))
        .then_with(|| a.landing_page.cmp(&b.landing_page))
        .then_with(|| a.detail.cmp(&b.detail))
        .then_with(|| a.session_key.cmp(&b.session_key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::track::touches::sample;

    /// Times, and whether met in its session, of what is left.
    fn left(told: Vec<Touch>) -> Vec<(i64, i64, bool)> {
        distinct(told).into_iter().map(|touch| (touch.time_ms, touch.session_key, touch.is_of_session)).collect()
    }

    /// What a session tells of a campaign: number of both, start of the session, first and last capture; in minutes.
    fn told(session: i64, campaign: i64, started: i64, captured: i64, last: i64) -> Touch {
        let minutes = |number: i64| number * 60_000;
        Touch {
            session_started_ms: minutes(started),
            first_ms: minutes(started.max(captured)),
            last_captured_ms: minutes(last),
            ..sample(session, campaign, minutes(captured))
        }
    }

    #[test]
    fn a_session_tells_a_touch_once_whoever_its_subjects_are() {
        let landing = told(1, 7, 100, 100, 103);
        let after_identify = Touch { landing_page: None, ..told(1, 7, 100, 104, 110) };
        let both = distinct(vec![after_identify, landing.clone()]);
        assert_eq!(both, vec![Touch { last_captured_ms: 110 * 60_000, ..landing }]);
    }

    #[test]
    fn a_later_session_that_remembers_changes_nothing() {
        let landing = told(1, 7, 100, 100, 103);
        for memory in [
            // The capture of the last event of the first session; of the first; one whose event was lost.
            told(2, 7, 900, 103, 103),
            told(2, 7, 900, 100, 100),
            told(2, 7, 900, 108, 108),
            // The session's id was changed within the visit.
            told(2, 7, 103, 103, 140),
        ] {
            assert_eq!(left(vec![memory, landing.clone()]), [(6_000_000, 1, true)]);
        }
    }

    #[test]
    fn the_same_campaign_met_again_is_a_touch_of_its_own() {
        let first = told(1, 7, 100, 100, 103);
        let again = told(2, 7, 900, 900, 905);
        assert_eq!(left(vec![again, first.clone()]), [(6_000_000, 1, true), (54_000_000, 2, true)]);
        // The session began with a memory.
        let later = told(2, 7, 900, 103, 930);
        let memory = told(3, 7, 2_000, 930, 930);
        assert_eq!(left(vec![memory, later, first]), [(6_000_000, 1, true), (55_800_000, 2, true)]);
    }

    #[test]
    fn another_campaign_is_no_memory_of_it() {
        let touches = vec![told(1, 7, 100, 100, 103), told(1, 8, 100, 102, 103), told(2, 8, 900, 102, 102)];
        assert_eq!(left(touches), [(6_000_000, 1, true), (6_120_000, 1, true)]);
    }

    #[test]
    fn a_memory_stands_in_for_what_nobody_told() {
        let memory = told(2, 7, 900, 100, 100);
        let again = told(3, 7, 1_900, 100, 100);
        assert_eq!(left(vec![again.clone(), memory.clone()]), [(6_000_000, 2, false)]);
        let landing = told(1, 7, 100, 100, 100);
        assert_eq!(left(vec![again, memory, landing]), [(6_000_000, 1, true)]);
    }

    #[test]
    fn at_the_same_moment_all_sessions_count_for_another_campaign_only() {
        assert_eq!(left(vec![told(2, 7, 100, 100, 100), told(1, 7, 100, 100, 100)]).len(), 1);
        assert_eq!(left(vec![told(2, 8, 100, 100, 100), told(1, 7, 100, 100, 100)]).len(), 2);
    }

    fn any_told() -> impl Strategy<Value = Touch> {
        (1_i64..5, 1_i64..4, 0_i64..4, 0_i64..400, 0_i64..200, 0_u8..3).prop_map(
            |(session, campaign, subject, captured, length, memory)| {
                let started = session * 80;
                let captured = if memory == 0 { captured.min(started) } else { captured.max(started) };
                Touch { anonymous: Some(subject), ..told(session, campaign, started, captured, captured + length) }
            },
        )
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(
            (told, shuffled) in prop::collection::vec(any_told(), 0..12)
                .prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
        ) {
            let known: Vec<_> = distinct(told).into_iter().map(|t| Touch { anonymous: None, ..t }).collect();
            let other: Vec<_> = distinct(shuffled).into_iter().map(|t| Touch { anonymous: None, ..t }).collect();
            prop_assert_eq!(known, other);
        }

        #[test]
        fn what_is_told_twice_adds_nothing_and_every_campaign_stays(told in prop::collection::vec(any_told(), 0..12)) {
            let once = distinct(told.clone());
            let twice = distinct(told.iter().chain(&told).cloned().collect());
            prop_assert_eq!(&once, &twice);
            for touch in &told {
                prop_assert!(once.iter().any(|left| left.fingerprint == touch.fingerprint));
            }
            // A campaign is met in a session at most once, beside a memory that stands in for its original.
            for (n, a) in once.iter().enumerate() {
                prop_assert!(!once[..n].iter().any(|b| b.fingerprint == a.fingerprint
                    && b.session_key == a.session_key && b.is_of_session == a.is_of_session));
            }
        }
    }
}
