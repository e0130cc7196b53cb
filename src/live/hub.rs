//! One task that watches what is committed, as long as somebody watches it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::event::Audience;
use super::stop::{Stop, Stopper};
use super::topic::{Topic, Watch};
use crate::http::live_figures::LiveFigures;
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
    figures: Arc<LiveFigures>,
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
    pub fn new(feed: Feed, figures: Arc<LiveFigures>) -> Self {
        Self(Arc::new(Shared {
            feed,
            runtime: Handle::current(),
            topics: Mutex::default(),
            stopper: Stopper::default(),
            figures,
        }))
    }

    /// Watches for `audience`: everything whose commit is answered after this call, perhaps what was answered just
    /// before, and nothing twice.
    #[must_use]
    pub fn watch(&self, audience: Audience) -> Watch {
        let mut topics = self.0.topics();
        let known = topics.list.iter().filter_map(Weak::upgrade).find(|topic| topic.audience == audience);
        let topic = known.unwrap_or_else(|| {
            let topic = Arc::new(Topic::new(audience));
            topics.list.push(Arc::downgrade(&topic));
            topic
        });
        let watch = topic.watch().counted(self.0.figures.view());
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::{Overrides, Surroundings, load_from};
    use crate::domain::clock::SystemClock;
    use crate::domain::id::ProjectId;
    use crate::domain::traffic::{Protocol, TrafficBatch, TrafficRecord};
    use crate::domain::{Batch, Receipt};
    use crate::live::event::Form;
    use crate::live::topic::Room;
    use crate::store::Store;

    const ALL: Room = Room { events: 1_000, bytes: 1_000_000, looked_at: 1_000 };

    fn store(directory: &tempfile::TempDir) -> Store {
        let data = directory.path().join("hearth.db").display().to_string();
        let overrides =
            Overrides { data: Some(data), set: vec!["storage.readers=1".to_owned()], ..Overrides::default() };
        let config = load_from(&overrides, &Surroundings::default()).map_err(|wrong| wrong.to_string()).unwrap().config;
        Store::open(&config.storage, Arc::new(SystemClock)).unwrap()
    }

    fn request(project: i64, path: &str) -> TrafficRecord {
        TrafficRecord {
            id: 0,
            project: ProjectId(project),
            ended_at_ms: 1_795_168_800_000,
            created_at_ms: 0,
            duration_us: 1_000,
            first_byte_us: None,
            upstream_us: None,
            method: "GET".into(),
            route: path.into(),
            host: "app.test".into(),
            original_url: path.into(),
            status: 200,
            is_slow: false,
            failure: None,
            protocol: Protocol::Http11,
            bytes_in: 0,
            bytes_out: 0,
            user: None,
            session_id: None,
            country: crate::domain::country::Country::UNKNOWN,
            ip: None,
            user_agent: None,
            referrer: None,
            trace_id: None,
        }
    }

    async fn submit(store: &Store, records: Vec<TrafficRecord>) -> Receipt {
        store.submit(Batch::Traffic(TrafficBatch { records })).await.unwrap()
    }

    /// Takes events until `last` has come; returns their paths.
    async fn paths_until(watch: &mut Watch, last: &str) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        while paths.last().is_none_or(|path| path != last) {
            tokio::time::timeout(Duration::from_secs(20), watch.ready()).await.unwrap();
            assert_eq!(
                watch.take(ALL, |_| true, |event| paths.extend(event.facts.place.as_deref().map(str::to_owned))),
                0
            );
        }
        paths
    }

    fn of(project: i64, form: Form) -> Audience {
        Audience { project: Some(ProjectId(project)), form }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn each_watcher_hears_what_is_committed_after_it_came() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let hub = Hub::new(store.feed().clone(), Arc::default());
        let mut feed = store.feed().watch();
        submit(&store, vec![request(1, "/before")]).await;
        // The sender is answered first.
        feed.recv().await.unwrap();

        let mut first = hub.watch(of(1, Form::Own));
        for n in 0..100 {
            submit(&store, vec![request(1, &format!("/{n}")), request(2, "/foreign")]).await;
        }
        let mut second = hub.watch(of(1, Form::SocketIo));
        submit(&store, vec![request(1, "/last")]).await;

        let expected: Vec<_> = (0..100).map(|n| format!("/{n}")).chain(["/last".to_owned()]).collect();
        assert_eq!(paths_until(&mut first, "/last").await, expected);
        assert!(paths_until(&mut second, "/last").await.len() <= 101);
        store.close().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn nothing_is_done_while_nobody_watches() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let hub = Hub::new(store.feed().clone(), Arc::default());
        assert!(!hub.0.topics().is_fed);
        for round in 0..3 {
            let mut watch = hub.watch(of(1, Form::Own));
            assert!(hub.0.topics().is_fed);
            submit(&store, vec![request(1, "/x")]).await;
            assert_eq!(paths_until(&mut watch, "/x").await, ["/x"], "round {round}");
            drop(watch);
            submit(&store, vec![request(1, "/unwatched")]).await;
            let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
            while hub.0.topics().is_fed {
                assert!(tokio::time::Instant::now() < deadline, "the task goes on for nobody");
                tokio::task::yield_now().await;
            }
            assert!(hub.0.topics().list.is_empty());
        }
        store.close().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn watchers_of_the_same_share_a_topic() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let hub = Hub::new(store.feed().clone(), Arc::default());
        let watches =
            [of(1, Form::Own), of(1, Form::Own), of(2, Form::Own), of(1, Form::SocketIo)].map(|who| hub.watch(who));
        assert_eq!(hub.0.topics().list.len(), 3);
        assert!(!hub.stop_word().is_said());
        hub.stop();
        let mut stop = hub.stop_word();
        stop.said().await;
        drop(watches);
        store.close().await.unwrap();
    }
}
