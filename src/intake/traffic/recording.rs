//! The thread that makes records of what the workers saw, and brings them into the store.
//!
//! ```text
//! workers --try_send--> channel (bounded in records and in bytes) --> thread: RecordMaker --> sink, two batches at most
//!    `- full: dropped_queue_full                                        `- refused: dropped_store, else: recorded
//! ```
//!
//! A store that takes no more stops the thread, then the channel fills, then the workers drop: nothing on this way
//! ever makes a request wait.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use hyper::header::HeaderName;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::filter::Filter;
use super::identity::Identity;
use super::notes::Note;
use super::observation::Observation;
use super::open_view::OpenView;
use super::record_maker::{Now, RecordMaker};
use super::recorder::{Channel, Desk, Recorder};
use super::recording_error::RecordingError;
use super::redaction::Redaction;
use super::session_cookie::SessionCookie;
use crate::config::Traffic;
use crate::domain::Batch;
use crate::domain::clock::SharedClock;
use crate::domain::id::ProjectId;
use crate::domain::traffic::{TrafficBatch, TrafficRecord};
use crate::http::proxy_state::ProxyState;
use crate::store::{Store, StoreError};

/// Most records in one batch.
const MAX_BATCH: usize = 4096;

/// Bytes of records from which a batch is handed over, however few they are.
const MAX_BATCH_BYTES: usize = 2 << 20;

/// Batches that may be on their way into the store.
const MAX_IN_FLIGHT: usize = 2;

/// How long the thread waits for more after the first record: one waking for many, and batches worth a transaction.
const LINGER: Duration = Duration::from_millis(20);

/// The linger is shortened so that a small queue survives it at this many requests a second.
const REQUESTS_PER_SECOND: u32 = 200_000;

/// Memory that the queue may hold for each record that may wait, in bytes; it is twice what a usual one needs.
const BYTES_PER_RECORD: usize = 1024;

/// Where records go.
pub trait Sink: Clone + Send + 'static {
    /// Stores a batch whole or not at all.
    fn store(&self, batch: TrafficBatch) -> impl Future<Output = Result<(), StoreError>> + Send + 'static;
}

impl Sink for Store {
    fn store(&self, batch: TrafficBatch) -> impl Future<Output = Result<(), StoreError>> + Send + 'static {
        let store = self.clone();
        async move { store.submit(Batch::Traffic(batch)).await.map(|_| ()) }
    }
}

/// The running recorder. Dropping it ends the thread as [`Self::stop`] does, without waiting for it.
pub struct Recording {
    filter: Arc<ArcSwap<Filter>>,
    /// Absent when nothing is recorded.
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

impl Recording {
    /// Starts the thread and gives what the workers take notes with.
    ///
    /// `stored_routes` are those of earlier runs, from which paths get the same names again. They should be routes
    /// that were answered with success: what was stored of paths that the app does not know is not worth remembering.
    ///
    /// # Errors
    /// A configuration that cannot work.
    pub fn start(
        config: &Traffic,
        sink: impl Sink,
        clock: SharedClock,
        state: Arc<ProxyState>,
        stored_routes: impl IntoIterator<Item = (ProjectId, String)>,
    ) -> Result<(Recorder, Self), RecordingError> {
        let identity = Arc::new(Identity::new(&config.identity)?);
        let redaction = Arc::new(Redaction::new(config.query, &config.query_allow));
        let maker = RecordMaker::new(config, Arc::clone(&identity), Arc::clone(&redaction), stored_routes)?
            .counting(Arc::clone(&state));
        let filter = maker.filter();
        let mut channel = None;
        let mut running = None;
        if config.record {
            let queue = config.queue_records.max(1);
            let (sender, receiver) = mpsc::channel(queue);
            let waiting_bytes = Arc::new(AtomicUsize::new(0));
            let max_bytes = queue.saturating_mul(BYTES_PER_RECORD);
            channel = Some(Channel { sender, waiting_bytes: Arc::clone(&waiting_bytes), max_bytes });
            let linger =
                LINGER.min(Duration::from_secs(1) / REQUESTS_PER_SECOND * u32::try_from(queue).unwrap_or(u32::MAX));
            let (clock, state) = (Arc::clone(&clock), Arc::clone(&state));
            let thread = Thread {
                receiver,
                waiting_bytes,
                maker,
                sink,
                clock,
                state,
                linger,
                in_flight: JoinSet::new(),
                refused: 0,
            };
            running = Some(thread.start()?);
        }
        let desk = Desk {
            response_headers: response_headers(config, &identity)?,
            request_headers: places(&identity.request_headers, Note::RequestHeader),
            notes_cookies: identity.reads_cookies(),
            notes_authorization: identity.reads_authorization(),
            notes_user_agent: config.track_user_agent,
            session_cookie: if config.record { SessionCookie::new(&config.identity)? } else { None },
            open_view: OpenView { identity, redaction },
            clock,
            state,
            channel,
        };
        Ok((Recorder(Arc::new(desk)), Self { filter, running }))
    }

    /// Goes on with other routes to record, and other thresholds.
    ///
    /// # Errors
    /// A pattern that cannot work; then nothing changes.
    pub fn change(&self, config: &Traffic) -> Result<(), RecordingError> {
        self.filter.store(Arc::new(Filter::new(config)?));
        Ok(())
    }

    /// Stores what waits and ends the thread. What is noted from now on is dropped and counted.
    ///
    /// Waits as long as the store does.
    pub async fn stop(self) {
        let Some(Running { stop, ended }) = self.running else { return };
        // A thread that has ended already needs no telling.
        let _ = stop.send(());
        let _ = ended.await;
    }
}

fn response_headers(config: &Traffic, identity: &Identity) -> Result<Vec<(HeaderName, Note)>, RecordingError> {
    let mut headers = Vec::new();
    if !config.route_header.is_empty() {
        let invalid = |_| RecordingError::Header(config.route_header.clone());
        headers.push((config.route_header.parse().map_err(invalid)?, Note::Route));
    }
    headers.extend(places(&identity.response_headers, Note::ResponseHeader));
    Ok(headers)
}

fn places(names: &[HeaderName], note: impl Fn(u8) -> Note) -> Vec<(HeaderName, Note)> {
    (0..=u8::MAX).zip(names).map(|(place, name)| (name.clone(), note(place))).collect()
}

/// What the thread owns.
struct Thread<S> {
    receiver: mpsc::Receiver<Box<Observation>>,
    waiting_bytes: Arc<AtomicUsize>,
    maker: RecordMaker,
    sink: S,
    clock: SharedClock,
    state: Arc<ProxyState>,
    linger: Duration,
    in_flight: JoinSet<()>,
    /// Records that were dropped when it was last told.
    refused: u64,
}

impl<S: Sink> Thread<S> {
    /// A runtime of its own, so that neither the workers nor the main thread are ever in its way, nor it in theirs.
    fn start(self) -> Result<Running, RecordingError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(RecordingError::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        std::thread::Builder::new()
            .name("traffic-recorder".to_owned())
            .spawn(move || {
                runtime.block_on(self.run(stopped));
                // Nobody may be waiting.
                let _ = ending.send(());
            })
            .map_err(RecordingError::Thread)?;
        Ok(Running { stop, ended })
    }

    /// Works until it is told to stop, or all workers are gone, and the channel is empty.
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        self.maker.prepare(self.clock.now_s()).await;
        let mut waiting = Vec::new();
        let mut is_stopping = false;
        loop {
            tokio::select! {
                biased;
                _ = &mut stopped, if !is_stopping => {
                    is_stopping = true;
                    self.receiver.close();
                }
                count = self.receiver.recv_many(&mut waiting, MAX_BATCH) => {
                    if count == 0 {
                        break;
                    }
                    if count < MAX_BATCH && !is_stopping {
                        tokio::time::sleep(self.linger).await;
                        self.take_what_waits(&mut waiting);
                    }
                    self.record(&mut waiting).await;
                }
            }
        }
        while self.in_flight.join_next().await.is_some() {}
    }

    #[expect(clippy::vec_box, reason = "the channel moves pointers, and its receiver fills such a list")]
    fn take_what_waits(&mut self, waiting: &mut Vec<Box<Observation>>) {
        while waiting.len() < MAX_BATCH {
            let Ok(observation) = self.receiver.try_recv() else { return };
            waiting.push(observation);
        }
    }

    /// Makes records of what waits and hands them to the store.
    #[expect(clippy::vec_box, reason = "the channel moves pointers, and its receiver fills such a list")]
    async fn record(&mut self, waiting: &mut Vec<Box<Observation>>) {
        let now = Now { instant: Instant::now(), epoch_ms: self.clock.now_ms() };
        let mut records = Vec::with_capacity(waiting.len());
        let mut bytes = 0;
        for observation in waiting.drain(..) {
            self.waiting_bytes.fetch_sub(observation.bytes(), Ordering::Relaxed);
            // One odd request must not end the recording of all others.
            match catch_unwind(AssertUnwindSafe(|| self.maker.make(&observation, now))) {
                Ok(Some(record)) => {
                    bytes += record.bytes();
                    records.push(record);
                }
                Ok(None) => count(&self.state.ignored, 1),
                Err(_) => {
                    tracing::error!("a request could not be recorded");
                    count(&self.state.dropped_store, 1);
                }
            }
            if bytes >= MAX_BATCH_BYTES {
                bytes = 0;
                let full = std::mem::take(&mut records);
                hand_over(&mut self.in_flight, &self.sink, &self.state, full).await;
            }
        }
        hand_over(&mut self.in_flight, &self.sink, &self.state, records).await;
        self.tell_what_was_dropped();
    }

    /// Says in the log when records have been lost since it last looked.
    fn tell_what_was_dropped(&mut self) {
        let queue_full = self.state.dropped_queue_full.load(Ordering::Relaxed);
        let store = self.state.dropped_store.load(Ordering::Relaxed);
        let refused = queue_full.saturating_add(store);
        // Each time it doubles: a log that fills while the disk is full would help nobody.
        if refused > self.refused.saturating_mul(2) {
            self.refused = refused;
            tracing::warn!(queue_full, store, "records of requests were dropped since the start");
        }
    }
}

/// Sends a batch on its way as soon as there are few enough under way.
async fn hand_over<S: Sink>(
    in_flight: &mut JoinSet<()>,
    sink: &S,
    state: &Arc<ProxyState>,
    records: Vec<TrafficRecord>,
) {
    if records.is_empty() {
        return;
    }
    while in_flight.len() >= MAX_IN_FLIGHT {
        in_flight.join_next().await;
    }
    while in_flight.try_join_next().is_some() {}
    let number = records.len() as u64;
    let stored = sink.store(TrafficBatch { records });
    let state = Arc::clone(state);
    in_flight.spawn(async move {
        match stored.await {
            Ok(()) => count(&state.recorded, number),
            Err(error) => {
                tracing::debug!(error = %error, records = number, "records of requests could not be stored");
                count(&state.dropped_store, number);
            }
        }
    });
}

fn count(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

#[cfg(test)]
mod tests;
