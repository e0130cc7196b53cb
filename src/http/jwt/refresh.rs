//! When the issuer is asked for its keys: pure bookkeeping, no I/O and no clock.

use std::sync::Arc;
use std::time::Duration;

use super::fetch_error::FetchError;
use super::rules::JwtRules;

/// A step back of the wall clock up to this many seconds counts as no time at all; a larger one
/// makes everything old, so that keys fetched "in the future" do not live on for ever.
const TOLERATED_STEP_BACK_S: i64 = 60;

/// The times that rule the refreshing.
#[derive(Debug, Clone, Copy)]
pub(super) struct RefreshTimes {
    cache: Duration,
    refetch_cooldown: Duration,
    retry_after: Duration,
    keep_on_failure: Duration,
}

impl RefreshTimes {
    pub(super) fn new(rules: &JwtRules) -> Self {
        Self {
            cache: rules.cache,
            refetch_cooldown: rules.refetch_cooldown,
            retry_after: rules.retry_after,
            keep_on_failure: rules.keep_on_failure,
        }
    }

    /// Age from which a refresh is begun ahead of need, so that a busy site never waits for one.
    fn refresh_ahead(&self) -> Duration {
        self.cache * 4 / 5
    }
}

/// How the keys are, for those who look after the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyState {
    /// How long ago they were fetched; none before the first time.
    pub age: Option<Duration>,
    /// Code of why the last attempt to fetch them failed, if it did.
    pub failure: Option<&'static str>,
}

/// What to do for a token that needs keys now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan<K> {
    /// Use these keys; if told so, begin a fetch that nobody waits for.
    Use { keys: Arc<K>, refresh: bool },
    /// Begin or join a fetch and wait for it.
    Wait,
    /// There are no keys, and the last attempt to get some failed a moment ago.
    Unavailable,
}

/// The keys at hand and the memory of attempts to get newer ones.
///
/// Generic in the keys only so that the bookkeeping can be tested without any.
#[derive(Debug)]
pub(super) struct Refresh<K> {
    held: Option<Held<K>>,
    failure: Option<Failure>,
    unknown_kid_at_s: Option<i64>,
}

#[derive(Debug)]
struct Held<K> {
    keys: Arc<K>,
    fetched_at_s: i64,
}

#[derive(Debug)]
struct Failure {
    error: FetchError,
    at_s: i64,
}

impl<K> Refresh<K> {
    /// Nothing known, nothing tried.
    pub(super) fn new() -> Self {
        Self { held: None, failure: None, unknown_kid_at_s: None }
    }

    pub(super) fn key_state(&self, now_s: i64) -> KeyState {
        KeyState {
            age: self.held.as_ref().map(|held| age(held.fetched_at_s, now_s)),
            failure: self.failure.as_ref().map(|failure| failure.error.code()),
        }
    }

    /// What to do at `now_s`.
    ///
    /// Keys past their time are used on while fetches fail, without anybody waiting: a slow or dead
    /// issuer delays at most the requests of its first failure.
    pub(super) fn plan(&self, times: &RefreshTimes, now_s: i64) -> Plan<K> {
        let may_ask = self.may_ask(times, now_s);
        match self.keys_with_age(times, now_s) {
            Some((keys, age)) if age < times.refresh_ahead() => Plan::Use { keys, refresh: false },
            Some((keys, age)) if age < times.cache || self.failure.is_some() => Plan::Use { keys, refresh: may_ask },
            Some(_) => Plan::Wait,
            None if may_ask => Plan::Wait,
            None => Plan::Unavailable,
        }
    }

    /// The keys that may be used at `now_s`, however stale.
    pub(super) fn keys(&self, times: &RefreshTimes, now_s: i64) -> Option<Arc<K>> {
        self.keys_with_age(times, now_s).map(|(keys, _)| keys)
    }

    /// Spends the ration of fetches for unknown `kid`s, if there is one left.
    ///
    /// Anybody can send a token with an unknown `kid`; without the ration each would be a request
    /// to the issuer.
    pub(super) fn take_unknown_kid_ration(&mut self, times: &RefreshTimes, now_s: i64) -> bool {
        let rested = self.unknown_kid_at_s.is_none_or(|at_s| age(at_s, now_s) >= times.refetch_cooldown);
        let granted = rested && self.may_ask(times, now_s);
        if granted {
            self.unknown_kid_at_s = Some(now_s);
        }
        granted
    }

    /// Takes in the keys of a fetch that began at `began_s`; gives the failure that this ends.
    pub(super) fn succeeded(&mut self, keys: K, began_s: i64) -> Option<FetchError> {
        self.held = Some(Held { keys: Arc::new(keys), fetched_at_s: began_s });
        self.failure.take().map(|failure| failure.error)
    }

    /// Takes in a failure that happened at `at_s`; says whether it is news.
    ///
    /// Old keys stay, except when the issuer said in a readable document that none is in force:
    /// that is how keys are withdrawn.
    pub(super) fn failed(&mut self, error: FetchError, at_s: i64) -> bool {
        if error == FetchError::NoUsableKey {
            self.held = None;
        }
        let before = self.failure.replace(Failure { error, at_s });
        before.is_none_or(|before| before.error != error)
    }

    fn may_ask(&self, times: &RefreshTimes, now_s: i64) -> bool {
        self.failure.as_ref().is_none_or(|failure| age(failure.at_s, now_s) >= times.retry_after)
    }

    fn keys_with_age(&self, times: &RefreshTimes, now_s: i64) -> Option<(Arc<K>, Duration)> {
        let held = self.held.as_ref()?;
        let age = age(held.fetched_at_s, now_s);
        (age < times.keep_on_failure.max(times.cache)).then(|| (Arc::clone(&held.keys), age))
    }
}

/// How long ago `at_s` was.
fn age(at_s: i64, now_s: i64) -> Duration {
    let elapsed_s = now_s.saturating_sub(at_s);
    if elapsed_s < -TOLERATED_STEP_BACK_S {
        return Duration::MAX;
    }
    Duration::from_secs(u64::try_from(elapsed_s).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times() -> RefreshTimes {
        let rules = JwtRules::new("https://idp.test/".into(), "i".into(), "a".into());
        RefreshTimes::new(&rules)
    }

    fn uses(keys: &'static str, refresh: bool) -> Plan<&'static str> {
        Plan::Use { keys: Arc::new(keys), refresh }
    }

    #[test]
    fn keys_go_from_fresh_to_refreshed_ahead_to_waited_for() {
        let mut state = Refresh::new();
        assert_eq!(state.plan(&times(), 1000), Plan::Wait);
        state.succeeded("keys", 1000);
        assert_eq!(state.plan(&times(), 1479), uses("keys", false));
        assert_eq!(state.plan(&times(), 1480), uses("keys", true));
        assert_eq!(state.plan(&times(), 1600), Plan::Wait);
    }

    #[test]
    fn while_fetches_fail_old_keys_serve_for_a_day_and_nobody_waits() {
        let mut state = Refresh::new();
        state.succeeded("keys", 0);
        state.failed(FetchError::Connect, 600);
        assert_eq!(state.plan(&times(), 604), uses("keys", false));
        assert_eq!(state.plan(&times(), 605), uses("keys", true));
        let a_day = 24 * 3600;
        assert_eq!(state.plan(&times(), a_day - 1), uses("keys", true));
        assert_eq!(state.plan(&times(), a_day), Plan::Wait);
        state.failed(FetchError::Connect, a_day);
        assert_eq!(state.plan(&times(), a_day), Plan::Unavailable);
    }

    #[test]
    fn without_keys_a_failure_is_remembered_for_a_moment() {
        let mut state = Refresh::<()>::new();
        state.failed(FetchError::TimedOut, 100);
        assert_eq!(state.plan(&times(), 104), Plan::Unavailable);
        assert_eq!(state.plan(&times(), 105), Plan::Wait);
    }

    #[test]
    fn a_failure_is_news_once() {
        let mut state = Refresh::new();
        assert!(state.failed(FetchError::NotJwks, 1));
        assert!(!state.failed(FetchError::NotJwks, 2));
        assert!(state.failed(FetchError::Connect, 3));
        assert_eq!(state.succeeded((), 4), Some(FetchError::Connect));
        assert_eq!(state.succeeded((), 5), None);
    }

    #[test]
    fn an_issuer_that_lists_no_key_has_withdrawn_the_old_ones() {
        let mut state = Refresh::new();
        state.succeeded("keys", 0);
        state.failed(FetchError::NotJwks, 10);
        assert!(state.keys(&times(), 10).is_some());
        state.failed(FetchError::NoUsableKey, 20);
        assert_eq!(state.keys(&times(), 20), None);
    }

    #[test]
    fn unknown_kids_are_rationed() {
        let mut state = Refresh::new();
        state.succeeded((), 0);
        assert!(state.take_unknown_kid_ration(&times(), 10));
        assert!(!state.take_unknown_kid_ration(&times(), 69));
        assert!(state.take_unknown_kid_ration(&times(), 70));
        state.failed(FetchError::Connect, 130);
        assert!(!state.take_unknown_kid_ration(&times(), 131));
        assert!(state.take_unknown_kid_ration(&times(), 135));
    }

    #[test]
    fn a_clock_that_was_far_ahead_does_not_keep_keys_alive() {
        let mut state = Refresh::new();
        state.succeeded("keys", 1_000_000);
        assert_eq!(state.plan(&times(), 999_950), uses("keys", false));
        assert_eq!(state.plan(&times(), 500_000), Plan::Wait);
    }
}
