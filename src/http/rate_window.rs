//! How often somebody may do something: a fixed window of time for each, bounded in number.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The state of a sender's window after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub limit: u32,
    pub remaining: u32,
    /// End of the window in milliseconds since the epoch.
    pub ends_at_ms: i64,
    pub is_over: bool,
}

impl Standing {
    /// End of the window in whole seconds since the epoch, rounded up.
    #[must_use]
    pub fn reset_s(&self) -> i64 {
        seconds_up(self.ends_at_ms)
    }

    /// Seconds until the window ends, at least one.
    #[must_use]
    pub fn retry_after_s(&self, now_ms: i64) -> i64 {
        seconds_up(self.ends_at_ms - now_ms).max(1)
    }
}

/// Milliseconds as seconds, rounded up.
fn seconds_up(ms: i64) -> i64 {
    ms.saturating_add(999).div_euclid(1000)
}

/// Fixed windows of many senders, bounded in number.
#[derive(Debug)]
pub struct Windows<K> {
    state: Mutex<State<K>>,
}

#[derive(Debug)]
struct State<K> {
    limit: u32,
    length_ms: i64,
    max_tracked: usize,
    open: HashMap<K, Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    count: u32,
    ends_at_ms: i64,
}

impl<K: Eq + Hash + Clone> Windows<K> {
    #[must_use]
    pub fn new(limit: u32, length: Duration, max_tracked: usize) -> Self {
        let length_ms = milliseconds(length);
        Self { state: Mutex::new(State { limit, length_ms, max_tracked, open: HashMap::new() }) }
    }

    /// Goes on with other limits. Windows that are open stay so, but none longer than the new length.
    pub fn change(&self, limit: u32, length: Duration, max_tracked: usize) {
        let mut state = self.state();
        (state.limit, state.length_ms, state.max_tracked) = (limit, milliseconds(length), max_tracked);
        if state.open.len() > max_tracked {
            state.open.clear();
        }
    }

    /// Whether the sender's window is used up; counts nothing. Gives the end of that window.
    pub fn is_used_up(&self, sender: &K, now_ms: i64) -> Option<Standing> {
        let state = self.state();
        let window = state.open.get(sender).filter(|window| window.count >= state.limit)?;
        // A window of a clock that was set back since is none: see `count`.
        let is_current = (now_ms..=now_ms.saturating_add(state.length_ms)).contains(&window.ends_at_ms);
        let (limit, ends_at_ms) = (state.limit, window.ends_at_ms);
        is_current.then_some(Standing { limit, remaining: 0, ends_at_ms, is_over: true })
    }

    /// Counts a request. Refused ones count too; a new window opens when now is later than the end.
    pub fn count(&self, sender: K, now_ms: i64) -> Standing {
        let mut state = self.state();
        let window = state.current(sender, now_ms);
        window.count = window.count.saturating_add(1);
        let window = *window;
        state.standing(window, window.count > state.limit)
    }

    /// Counts something that is as large as `amount`, if there is room for it. What is refused counts nothing; what is
    /// larger than any window needs a whole one.
    pub fn take(&self, sender: K, amount: u32, now_ms: i64) -> Standing {
        let mut state = self.state();
        let limit = state.limit;
        let amount = amount.min(limit);
        let window = state.current(sender, now_ms);
        let is_over = window.count > limit - amount;
        if !is_over {
            window.count += amount;
        }
        let window = *window;
        state.standing(window, is_over)
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl<K: Eq + Hash + Clone> State<K> {
    /// The sender's window, which is opened if there is none.
    fn current(&mut self, sender: K, now_ms: i64) -> &mut Window {
        let open = &mut self.open;
        if open.len() >= self.max_tracked && !open.contains_key(&sender) {
            open.retain(|_, window| window.ends_at_ms >= now_ms);
            // Still full: somebody loses a window early rather than memory growing.
            if open.len() >= self.max_tracked
                && let Some(victim) = open.keys().next().cloned()
            {
                open.remove(&victim);
            }
        }
        let fresh = Window { count: 0, ends_at_ms: now_ms.saturating_add(self.length_ms) };
        let window = open.entry(sender).or_insert(fresh);
        // A clock that was set back must not keep a window open for ever.
        if now_ms > window.ends_at_ms || window.ends_at_ms > fresh.ends_at_ms {
            *window = fresh;
        }
        window
    }

    fn standing(&self, window: Window, is_over: bool) -> Standing {
        Standing {
            limit: self.limit,
            remaining: self.limit.saturating_sub(window.count),
            ends_at_ms: window.ends_at_ms,
            is_over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(limit: u32, max_tracked: usize) -> Windows<u32> {
        Windows::new(limit, Duration::from_secs(2), max_tracked)
    }

    #[test]
    fn the_window_opens_with_the_first_request_and_refused_ones_count() {
        let windows = windows(2, 10);
        let standings: Vec<_> = [1_000, 1_500, 2_000, 3_000].map(|now| windows.count(1, now)).to_vec();
        assert_eq!(standings.iter().map(|s| s.remaining).collect::<Vec<_>>(), [1, 0, 0, 0]);
        assert_eq!(standings.iter().map(|s| s.is_over).collect::<Vec<_>>(), [false, false, true, true]);
        assert!(standings.iter().all(|s| s.ends_at_ms == 3_000));
        assert_eq!(windows.count(1, 3_001).remaining, 1);
    }

    #[test]
    fn senders_do_not_disturb_each_other_and_their_number_is_bounded() {
        let windows = windows(1, 3);
        for sender in 0..100 {
            assert!(!windows.count(sender, 1_000).is_over);
        }
        assert!(windows.state().open.len() <= 3);
    }

    #[test]
    fn other_limits_count_at_once() {
        let windows = windows(1, 3);
        windows.count(1, 1_000);
        assert!(windows.count(1, 1_000).is_over);
        windows.change(5, Duration::from_secs(2), 3);
        let standing = windows.count(1, 1_000);
        assert_eq!((standing.limit, standing.remaining, standing.is_over), (5, 2, false));
        windows.change(5, Duration::from_millis(10), 3);
        assert_eq!(windows.count(1, 1_000).ends_at_ms, 1_010, "no window is longer than the length");
    }

    #[test]
    fn looking_at_a_window_counts_nothing() {
        let windows = windows(2, 10);
        windows.count(1, 1_000);
        assert_eq!(windows.is_used_up(&1, 1_000), None);
        windows.count(1, 1_000);
        assert_eq!(windows.is_used_up(&1, 3_000).map(|standing| standing.retry_after_s(1_000)), Some(2));
        assert_eq!(windows.is_used_up(&1, 3_001), None, "the window has ended");
        assert_eq!(windows.is_used_up(&1, 999), None, "the clock was set back");
        assert_eq!(windows.is_used_up(&2, 1_000), None, "somebody else");
    }

    #[test]
    fn a_clock_set_back_opens_a_new_window() {
        let windows = windows(1, 3);
        windows.count(1, 1_000_000);
        assert!(!windows.count(1, 1_000).is_over);
    }

    #[test]
    fn amounts_are_taken_whole_or_not_at_all() {
        let windows = windows(10, 3);
        let over = |amount, now_ms| windows.take(1, amount, now_ms).is_over;
        assert_eq!([over(6, 0), over(5, 0), over(4, 0), over(1, 0), over(0, 0)], [false, true, false, true, false]);
        assert_eq!(windows.is_used_up(&1, 0).map(|standing| standing.ends_at_ms), Some(2_000));
        assert_eq!([over(11, 2_001), over(1, 2_001)], [false, true], "it needs a whole window");
        assert_eq!([over(1, 4_002), over(11, 4_002), over(9, 4_002)], [false, true, false]);
    }

    #[test]
    fn seconds_are_rounded_up() {
        let standing = Standing { limit: 1, remaining: 0, ends_at_ms: 12_001, is_over: true };
        assert_eq!((standing.reset_s(), standing.retry_after_s(12_000), standing.retry_after_s(10_000)), (13, 1, 3));
    }
}
