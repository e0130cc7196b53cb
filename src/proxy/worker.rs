//! What one worker thread of the proxy has for itself.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use actix_server::GracefulShutdownSignal;
use hyper::header::HeaderValue;
use uuid::{Builder, Uuid, Variant, Version};

use crate::intake::traffic::recorder::Recorder;

use super::pool::Pool;
use super::service::Shared;
use super::stop::{Phase, Stop};

/// One thread's part of the proxy: its idle upstream connections, its notes, its way to stop.
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) recorder: Recorder,
    pub(super) pool: Rc<Pool>,
    pub(super) stop: Stop,
    id_prefix: u64,
    ids: Cell<u64>,
}

impl Worker {
    /// A worker of the calling thread, which ends its connections when the signal comes.
    pub(super) fn start(shared: Arc<Shared>, recorder: Recorder, signal: GracefulShutdownSignal) -> Rc<Self> {
        let settings = &shared.settings;
        let pool = Pool::new(shared.upstreams.len(), settings.upstream_keep_alive, settings.upstream_max_idle);
        let id_prefix = Uuid::new_v4().as_u64_pair().0;
        let worker = Rc::new(Self { shared, recorder, pool, stop: Stop::new(), id_prefix, ids: Cell::new(0) });
        actix_rt::spawn(drain(Rc::clone(&worker), signal));
        worker
    }

    /// A new id for a request: unlike all others, in the form of a UUID, and cheap.
    ///
    /// Half of it is random for each worker, the other half counts. Ids name requests in logs and open nothing.
    pub(super) fn request_id(&self) -> HeaderValue {
        let count = self.ids.get();
        self.ids.set(count.wrapping_add(1));
        let mut id = Builder::from_u128(u128::from(self.id_prefix) << 64 | u128::from(count));
        id.set_version(Version::Custom);
        id.set_variant(Variant::RFC4122);
        let mut buffer = Uuid::encode_buffer();
        let text = id.as_uuid().as_hyphenated().encode_lower(&mut buffer);
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none"))
    }
}

/// Ends the worker's connections: idle ones at once, exchanges when they have ended or their time is up, then the rest.
async fn drain(worker: Rc<Worker>, signal: GracefulShutdownSignal) {
    signal.notified().await;
    worker.stop.enter(Phase::Draining);
    // Either way they have had their chance.
    let _ = tokio::time::timeout(worker.shared.settings.drain_timeout, worker.stop.all_ended()).await;
    worker.stop.enter(Phase::Closing);
}
