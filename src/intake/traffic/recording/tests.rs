//! The whole way, from the workers to a store that does as the test wants.

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use tokio::sync::Semaphore;

use super::super::tests::{begin, end, headers, traffic};
use super::*;
use crate::domain::ManualClock;
use crate::domain::traffic::TrafficRecord;

/// Takes one batch for each permit, and refuses on demand.
#[derive(Clone)]
struct Store {
    batches: Arc<Mutex<Vec<Vec<TrafficRecord>>>>,
    permits: Arc<Semaphore>,
    /// Batches that have asked.
    asked: Arc<AtomicU64>,
    refuses: bool,
}

impl Store {
    fn new(permits: usize) -> Self {
        Self {
            batches: Arc::default(),
            permits: Arc::new(Semaphore::new(permits)),
            asked: Arc::default(),
            refuses: false,
        }
    }

    fn records(&self) -> Vec<TrafficRecord> {
        self.batches.lock().unwrap().concat()
    }
}

impl Sink for Store {
    fn store(&self, batch: TrafficBatch) -> impl Future<Output = Result<(), StoreError>> + Send + 'static {
        let store = self.clone();
        async move {
            store.asked.fetch_add(1, Ordering::SeqCst);
            store.permits.acquire().await.unwrap().forget();
            if store.refuses {
                return Err(StoreError::NoSpace);
            }
            store.batches.lock().unwrap().push(batch.records);
            Ok(())
        }
    }
}

struct Recorded {
    recorder: Recorder,
    recording: Recording,
    state: Arc<ProxyState>,
    store: Store,
}

fn start(store: Store, change: impl FnOnce(&mut Traffic)) -> Recorded {
    let mut config = traffic();
    change(&mut config);
    let state = Arc::new(ProxyState::default());
    let clock = Arc::new(ManualClock::at(1_795_000_000_000));
    let (recorder, recording) = Recording::start(&config, store.clone(), clock, Arc::clone(&state), []).unwrap();
    Recorded { recorder, recording, state, store }
}

impl Recorded {
    fn request(&self, target: &str) {
        begin(&self.recorder, "GET", target, &headers(&[("user-agent", "Mozilla")]), false).finish(end(200));
    }

    fn counts(&self) -> [u64; 4] {
        let ProxyState { recorded, ignored, dropped_queue_full, dropped_store, .. } = &*self.state;
        [recorded, ignored, dropped_queue_full, dropped_store].map(|count| count.load(Ordering::SeqCst))
    }

    /// Waits until `is_there`, looking again and again, at most for some seconds.
    async fn until(&self, is_there: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_there(self) {
            assert!(Instant::now() < deadline, "it does not come: {:?}", self.counts());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

const PLENTY: usize = 1 << 20;

#[tokio::test]
async fn what_was_noted_comes_into_the_store_in_few_batches() {
    let recorded = start(Store::new(PLENTY), |_| ());
    for number in 0..500 {
        recorded.request(&format!("/users/{number}"));
    }
    recorded.until(|recorded| recorded.counts()[0] == 500).await;
    let records = recorded.store.records();
    assert!(records.iter().all(|record| &*record.route == "/users/:id"));
    assert_eq!(&*records[7].original_url, "/users/7");
    assert!(recorded.store.batches.lock().unwrap().len() < 50);
    assert_eq!(recorded.counts(), [500, 0, 0, 0]);
}

#[tokio::test]
async fn stopping_stores_what_waits_and_later_notes_are_counted() {
    let recorded = start(Store::new(PLENTY), |_| ());
    for number in 0..20_000 {
        recorded.request(&format!("/{number}"));
    }
    let Recorded { recorder, recording, state, store } = recorded;
    recording.stop().await;
    assert_eq!(store.records().len(), 20_000);
    assert_eq!(state.recorded.load(Ordering::SeqCst), 20_000);
    begin(&recorder, "GET", "/", &headers(&[]), false).finish(end(200));
    assert_eq!(state.dropped_store.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn without_workers_the_thread_ends_by_itself() {
    let Recorded { recorder, recording, store, .. } = start(Store::new(PLENTY), |_| ());
    begin(&recorder, "GET", "/", &headers(&[]), false).finish(end(200));
    drop(recorder);
    recording.running.unwrap().ended.await.unwrap();
    assert_eq!(store.records().len(), 1);
}

#[tokio::test]
async fn a_store_that_hangs_delays_nobody_and_loses_only_what_is_too_much() {
    let recorded = start(Store::new(0), |config| config.queue_records = 100);
    for batch in 0..2 {
        recorded.request("/first");
        recorded.until(|recorded| recorded.store.asked.load(Ordering::SeqCst) == batch + 1).await;
    }
    let began = Instant::now();
    for _ in 0..10_000 {
        recorded.request("/more");
    }
    assert!(began.elapsed() < Duration::from_secs(5));
    recorded.until(|recorded| recorded.counts()[2] > 0).await;
    assert_eq!(recorded.store.asked.load(Ordering::SeqCst), 2, "no more than two batches are on their way");
    assert!(recorded.recorder.0.channel.as_ref().unwrap().sender.capacity() == 0);

    recorded.store.permits.add_permits(PLENTY);
    let Recorded { recording, state, store, recorder } = recorded;
    recording.stop().await;
    let dropped = state.dropped_queue_full.load(Ordering::SeqCst);
    assert_eq!(store.records().len() as u64 + dropped, 10_002);
    // The queue, and one batch that was taken from it and could not be handed over.
    assert!(store.records().len() <= 2 + 100 + MAX_BATCH);
    assert_eq!(recorder.0.channel.as_ref().unwrap().waiting_bytes.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_the_store_refuses_is_counted() {
    let recorded = start(Store { refuses: true, ..Store::new(PLENTY) }, |_| ());
    for _ in 0..10 {
        recorded.request("/");
    }
    recorded.until(|recorded| recorded.counts()[3] == 10).await;
    assert_eq!(recorded.counts(), [0, 0, 0, 10]);
}

#[tokio::test]
async fn what_is_ignored_is_counted_and_not_stored() {
    let recorded = start(Store::new(PLENTY), |config| config.ignore_routes = vec!["/health".to_owned()]);
    for _ in 0..10 {
        recorded.request("/health");
        recorded.request("/api");
    }
    recorded.until(|recorded| recorded.counts()[..2] == [10, 10]).await;
    assert_eq!(recorded.store.records().len(), 10);
}

#[tokio::test]
async fn large_records_make_small_batches() {
    let recorded = start(Store::new(PLENTY), |config| config.query = crate::config::QueryPolicy::Keep);
    let long = "x".repeat(8000);
    for number in 0..4000 {
        recorded.request(&format!("/a?{number}{long}"));
    }
    recorded.until(|recorded| recorded.counts()[0] == 4000).await;
    for batch in recorded.store.batches.lock().unwrap().iter() {
        assert!(batch.iter().map(TrafficRecord::bytes).sum::<usize>() < MAX_BATCH_BYTES + 4096);
    }
}

#[tokio::test]
async fn without_recording_headers_are_still_taken_away() {
    let Recorded { recorder, recording, state, .. } = start(Store::new(PLENTY), |config| {
        config.record = false;
        config.identity.session_cookie = true;
    });
    let mut exchange = begin(&recorder, "GET", "/", &headers(&[]), false);
    let mut response = headers(&[("x-hearth-user-id", "7"), ("x-hearth-route", "/"), ("content-type", "text/html")]);
    exchange.response(hyper::StatusCode::OK, &mut response, Instant::now());
    assert_eq!(response, headers(&[("content-type", "text/html")]));
    exchange.becomes(crate::domain::traffic::Protocol::WebSocket);
    assert_eq!(state.open_requests(ProjectId(1), 1).1, 0);
    exchange.finish(end(200));
    recording.stop().await;
    assert_eq!(state.recorded.load(Ordering::SeqCst) + state.dropped_store.load(Ordering::SeqCst), 0);
}

#[test]
fn a_configuration_that_cannot_work_is_told() {
    let start = |change: &dyn Fn(&mut Traffic)| {
        let mut config = traffic();
        change(&mut config);
        let clock = Arc::new(ManualClock::at(0));
        let result = Recording::start(&config, Store::new(0), clock, Arc::default(), []);
        result.err().map(|error| error.to_string())
    };
    assert_eq!(start(&|_| ()), None);
    for (change, word) in [
        (&(|config: &mut Traffic| config.route_header = "a b".into()) as &dyn Fn(&mut Traffic), "a b"),
        (&|config| config.include_routes = vec!["^(".into()], "include_routes"),
        (&|config| config.routes = vec!["/:".into()], "/:"),
        (&|config| config.identity.user_id = vec!["x".into()], "\"x\""),
        (
            &|config| {
                config.identity.session_cookie = true;
                config.identity.session_cookie_name = "a b".into();
            },
            "a b",
        ),
    ] {
        assert!(start(change).is_some_and(|text| text.contains(word)), "{word}");
    }
}
