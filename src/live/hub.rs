//! One task that watches what is committed, as long as somebody watches it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::event::Audience;
use super::stop::{Stop, Stopper};
use super::topic::{Topic, Watch};
use crate::store::feed::{Committed, Feed};

/// Commits that are turned into texts in one go.
const MAX_ROUND: usize = 64;

/// Gives out watches and fills their topics; cheap to clone.
///
/// The first watcher starts the task; it ends at the first commit that nobody watches any more.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    feed: Feed,
    /// Where the task runs. Watchers live on the threads of the HTTP server, which may end before others'.
    runtime: Handle,
    topics: Mutex<Topics>,
    stopper: Stopper,
}

#[derive(Debug, Default)]
struct Topics {
    /// Held by their watchers.
    list: Vec<Weak<Topic>>,
    /// Whether the task runs.
    is_fed: bool,
}

/// What the feed brought in one round.
#[derive(Default)]
struct Round {
    commits: Vec<Arc<Committed>>,
    /// Commits that came faster than they were taken, wherever in the round.
    missed: u64,
}

impl Hub {
    /// Must be called inside the runtime that outlives the HTTP server.
    #[must_use]
    pub fn new(feed: Feed) -> Self {
        Self(Arc::new(Shared {
            feed,
            runtime: Handle::current(),
            topics: Mutex::default(),
            stopper: Stopper::default(),
        }))
    }

    /// Watches for `audience`: everything whose commit is answered after this call, and nothing twice.
    #[must_use]
    pub fn watch(&self, audience: Audience) -> Watch {
        let mut topics = self.0.topics();
        let known = topics.list.iter().filter_map(Weak::upgrade).find(|topic| topic.audience == audience);
        let topic = known.unwrap_or_else(|| {
            let topic = Arc::new(Topic::new(audience));
            topics.list.push(Arc::downgrade(&topic));
            topic
        });
        let watch = topic.watch();
        if !topics.is_fed {
            topics.is_fed = true;
            // Before this function returns, so that no commit is missed between here and the task's first look.
            let feed = self.0.feed.watch();
            self.0.runtime.spawn(fill(Arc::clone(&self.0), feed));
        }
        watch
    }

    /// Ends all watchers.
    pub fn stop(&self) {
        self.0.stopper.stop();
    }

    #[must_use]
    pub fn stop_word(&self) -> Stop {
        self.0.stopper.listen()
    }
}

impl Shared {
    /// A panic while the lock is held leaves a list that is still right.
    fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The topics somebody watches; if there is none, the task has ended.
    fn watched(&self) -> Vec<Arc<Topic>> {
        let mut topics = self.topics();
        topics.list.retain(|topic| topic.strong_count() > 0);
        let watched: Vec<_> = topics.list.iter().filter_map(Weak::upgrade).collect();
        topics.is_fed = !watched.is_empty();
        watched
    }
}

/// Fills the topics from the feed.
async fn fill(shared: Arc<Shared>, mut feed: broadcast::Receiver<Arc<Committed>>) {
    let mut stop = shared.stopper.listen();
    loop {
        let round = tokio::select! {
            round = next_round(&mut feed) => round,
            () = stop.said() => return,
        };
        let Some(round) = round else { return };
        let topics = shared.watched();
        if topics.is_empty() {
            return;
        }
        for topic in topics {
            let events = round.commits.iter().flat_map(|committed| topic.audience.hears(committed)).collect();
            topic.publish(round.missed, events);
        }
    }
}

/// Waits for a commit and takes those behind it, too. Nothing: the store has ended.
async fn next_round(feed: &mut broadcast::Receiver<Arc<Committed>>) -> Option<Round> {
    let mut round = Round::default();
    match feed.recv().await {
        Ok(committed) => round.commits.push(committed),
        Err(RecvError::Lagged(missed)) => round.missed += missed,
        Err(RecvError::Closed) => return None,
    }
    while round.commits.len() < MAX_ROUND && !feed.is_empty() {
        match feed.try_recv() {
            Ok(committed) => round.commits.push(committed),
            Err(TryRecvError::Lagged(missed)) => round.missed += missed,
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    Some(round)
}
