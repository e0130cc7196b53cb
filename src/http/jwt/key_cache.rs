//! The issuer's keys, shared by all workers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::fetch::JwksFetcher;
use super::key_set::KeySet;
use super::refresh::{KeyState, Plan, Refresh, RefreshTimes};
use super::rules::JwtRules;

/// How much longer than the fetch its waiters wait, so that they see the outcome of one that uses
/// all its time.
const GRACE: Duration = Duration::from_millis(100);

/// Keeps the keys and sees to it that at most one fetch runs at a time.
///
/// A fetch runs in a task of its own, on the runtime of whoever needed it first, so that a client
/// who hangs up does not take it along. Others wait for the end of that task, but not much longer
/// than a fetch may take: if its runtime is stuck or stops, the next token begins another.
pub(super) struct KeyCache {
    fetcher: JwksFetcher,
    fetch_timeout: Duration,
    times: RefreshTimes,
    state: Mutex<State>,
}

struct State {
    refresh: Refresh<KeySet>,
    running: Option<Running>,
}

/// A fetch in progress, for those who wait for it.
#[derive(Clone)]
struct Running {
    /// The sender belongs to the task and sends nothing: its being dropped is the signal.
    ended: watch::Receiver<()>,
    /// When to stop waiting.
    give_up: Instant,
}

/// Keys to judge a token with.
pub(super) struct CurrentKeys {
    pub keys: Arc<KeySet>,
    /// Whether the token waited for them, so that asking once more would be pointless.
    pub just_fetched: bool,
}

impl KeyCache {
    pub(super) fn new(rules: &JwtRules, fetcher: JwksFetcher) -> Arc<Self> {
        Arc::new(Self {
            fetcher,
            fetch_timeout: rules.fetch_timeout,
            times: RefreshTimes::new(rules),
            state: Mutex::new(State { refresh: Refresh::new(), running: None }),
        })
    }

    /// The keys to use at `now_s`, fetched if need be; none if the issuer cannot be asked.
    pub(super) async fn current(self: &Arc<Self>, now_s: i64) -> Option<CurrentKeys> {
        let running = {
            let mut state = self.state();
            match state.refresh.plan(&self.times, now_s) {
                Plan::Use { keys, refresh } => {
                    if refresh {
                        self.fetch_or_join(&mut state, now_s);
                    }
                    return Some(CurrentKeys { keys, just_fetched: false });
                }
                Plan::Wait => self.fetch_or_join(&mut state, now_s),
                Plan::Unavailable => return None,
            }
        };
        running.end().await;
        let keys = self.state().refresh.keys(&self.times, now_s)?;
        Some(CurrentKeys { keys, just_fetched: true })
    }

    /// The keys to use at `now_s` without waiting for any: where [`Self::current`] would wait, a fetch is begun and
    /// older keys, if there are any, do for the time being.
    pub(super) fn at_hand(self: &Arc<Self>, now_s: i64) -> Option<Arc<KeySet>> {
        let mut state = self.state();
        match state.refresh.plan(&self.times, now_s) {
            Plan::Use { keys, refresh } => {
                if refresh {
                    self.fetch_or_join(&mut state, now_s);
                }
                Some(keys)
            }
            Plan::Wait => {
                self.fetch_or_join(&mut state, now_s);
                state.refresh.keys(&self.times, now_s)
            }
            Plan::Unavailable => None,
        }
    }

    pub(super) fn key_state(&self, now_s: i64) -> KeyState {
        self.state().refresh.key_state(now_s)
    }

    /// Begins a fetch because a token names a `kid` that is not at hand, at most once per cooldown.
    pub(super) fn ask_for_newer(self: &Arc<Self>, now_s: i64) {
        let mut state = self.state();
        if state.running().is_none() && state.refresh.take_unknown_kid_ration(&self.times, now_s) {
            self.fetch_or_join(&mut state, now_s);
        }
    }

    /// Newer keys than `known`, which lack the `kid` of a token; the same if the issuer is not to be
    /// asked or does not answer, and none if it has withdrawn them.
    ///
    /// The issuer is asked at most once per cooldown, however many such tokens come.
    pub(super) async fn newer_than(self: &Arc<Self>, known: Arc<KeySet>, now_s: i64) -> Option<Arc<KeySet>> {
        let running = {
            let mut state = self.state();
            match state.refresh.keys(&self.times, now_s) {
                Some(keys) if !Arc::ptr_eq(&keys, &known) => return Some(keys),
                _ if state.running().is_some() || state.refresh.take_unknown_kid_ration(&self.times, now_s) => {
                    self.fetch_or_join(&mut state, now_s)
                }
                _ => return Some(known),
            }
        };
        running.end().await;
        self.state().refresh.keys(&self.times, now_s)
    }

    /// The running fetch, begun if there is none.
    fn fetch_or_join(self: &Arc<Self>, state: &mut State, now_s: i64) -> Running {
        if let Some(running) = state.running() {
            return running.clone();
        }
        let (ending, ended) = watch::channel(());
        let running = Running { ended, give_up: Instant::now() + self.fetch_timeout + GRACE };
        state.running = Some(running.clone());
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            cache.fetch(now_s).await;
            drop(ending);
        });
        running
    }

    /// Fetches once and takes in what came of it.
    async fn fetch(&self, began_s: i64) {
        let began = Instant::now();
        let outcome = self.fetcher.fetch().await;
        let mut state = self.state();
        match outcome {
            Ok(keys) => {
                if state.refresh.succeeded(keys, began_s).is_some() {
                    tracing::info!("the JWKS can be fetched again");
                }
            }
            Err(error) => {
                let took_s = i64::try_from(began.elapsed().as_secs()).unwrap_or(0);
                let is_news = state.refresh.failed(error, began_s.saturating_add(took_s));
                let has_keys = state.refresh.keys(&self.times, began_s).is_some();
                if is_news {
                    tracing::warn!(code = error.code(), has_keys, "the JWKS cannot be fetched: {error}");
                }
            }
        }
    }

    /// The state. A panic elsewhere cannot leave it half written, so poison is ignored.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The fetch that is under way and may still be waited for.
    fn running(&self) -> Option<&Running> {
        let lives = |running: &&Running| running.ended.has_changed().is_ok() && Instant::now() < running.give_up;
        self.running.as_ref().filter(lives)
    }
}

impl Running {
    /// Waits until the fetch has ended, one way or the other, or is past its time.
    async fn end(mut self) {
        // Both outcomes mean the same: the state says what there is.
        let _ = tokio::time::timeout_at(self.give_up, self.ended.changed()).await;
    }
}
