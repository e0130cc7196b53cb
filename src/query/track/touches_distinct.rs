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
