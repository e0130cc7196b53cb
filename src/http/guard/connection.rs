//! What a service may know and say about the connection that its request came on.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::Violation;

/// A guarded connection, as seen from a service; cheap to clone.
///
/// The guard writes it, services of the same connection read it. It holds nothing of the socket: keeping one longer
/// than the connection is harmless.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
}

/// One request and its response. Dropping it says that the response's body has ended: the guard goes on to the next
/// request once the library has flushed.
pub struct Exchange {
    shared: Arc<Shared>,
    head_started: Instant,
}

/// What became of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushed {
    /// Its last byte was handed to the operating system.
    Done,
    /// The connection broke, or was dropped, before that.
    Lost,
}

type AfterFlush = Box<dyn FnOnce(Flushed) + Send>;

struct Shared {
    peer: SocketAddr,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
    /// Whether the next flush means anything to anybody, so that the others need not lock.
    flush_is_awaited: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    turn: Turn,
    tunnel: bool,
    violation: Option<Violation>,
    client_closed: bool,
    /// The library's task, if the guard keeps something from it until the exchange ends.
    reader: Option<Waker>,
    /// Who waits in [`Connection::client_closed`].
    watcher: Option<Waker>,
    after_flush: Vec<AfterFlush>,
}

/// Whether the guard may hand on the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    /// An exchange is under way.
    Closed,
    /// There are no more requests, only bytes.
    Tunnel,
}

/// Whose move it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Turn {
    /// The client's: no exchange is under way.
    #[default]
    Client,
    /// The library's: a head was handed on, and no service has begun its exchange yet.
    Library { head_started: Instant },
    /// A service's.
    Service,
    /// The library's again: the response has ended and is not flushed yet. It must not see the end of the stream before,
    /// lest it take it for a broken exchange.
    Flush,
}

impl Connection {
    pub(super) fn new(peer: SocketAddr) -> Self {
        Self {
            shared: Arc::new(Shared {
                peer,
                bytes_read: AtomicU64::new(0),
                bytes_written: AtomicU64::new(0),
                flush_is_awaited: AtomicBool::new(false),
                state: Mutex::default(),
            }),
        }
    }

    /// Address of the other end.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.shared.peer
    }

    /// Says that a service has the request whose head was handed on last.
    ///
    /// Keep the exchange until the response's body has ended, best inside the body; the connection reads no further
    /// request while it lives.
    #[must_use]
    pub fn begin_exchange(&self) -> Exchange {
        let mut state = self.shared.state();
        let head_started = match state.turn {
            Turn::Library { head_started } => head_started,
            Turn::Client | Turn::Service | Turn::Flush => Instant::now(),
        };
        state.turn = Turn::Service;
        Exchange { shared: Arc::clone(&self.shared), head_started }
    }

    /// What the client did wrong, if it did: why a body ended early, or why no further request will come.
    #[must_use]
    pub fn violation(&self) -> Option<Violation> {
        self.shared.state().violation
    }

    /// Makes the connection a tunnel: from now on bytes pass unseen in both directions, without timers for reading.
    ///
    /// To be called before a 101 is answered, and only to a request that still has its `Upgrade` when the service gets
    /// it. Of such a request the guard keeps back what the client sends after the head; if the exchange ends without
    /// this call, it is read as the next request.
    pub fn tunnel(&self) {
        let reader = {
            let mut state = self.shared.state();
            state.tunnel = true;
            state.reader.take()
        };
        wake(reader);
    }

    /// Calls `then` once everything that the library has written, and writes until its next flush, was handed to the
    /// operating system.
    ///
    /// Called when a response's body ends it tells when its last byte left. `then` runs on the connection's task and
    /// must not block.
    pub fn after_flush(&self, then: impl FnOnce(Flushed) + Send + 'static) {
        self.shared.state().after_flush.push(Box::new(then));
        self.shared.flush_is_awaited.store(true, Ordering::Release);
    }

    /// Waits until the client has ended its side of the connection or broke it, while an exchange is under way.
    ///
    /// It is known only as far as the library goes on reading: of hyper, without `half_close`. A client may end its
    /// side and still wait for the response; most who do have gone. One waits at a time.
    pub async fn client_closed(&self) {
        poll_fn(|cx| self.poll_client_closed(cx)).await;
    }

    fn poll_client_closed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.state();
        if state.client_closed {
            return Poll::Ready(());
        }
        if !state.watcher.as_ref().is_some_and(|watcher| watcher.will_wake(cx.waker())) {
            state.watcher = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Bytes read from the socket.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.shared.bytes_read.load(Ordering::Relaxed)
    }

    /// Bytes written to the socket.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.shared.bytes_written.load(Ordering::Relaxed)
    }
}

/// The guard's side.
impl Connection {
    /// Whose move it is, seen from the reading side.
    pub(super) fn gate(&self) -> Gate {
        self.shared.state().gate()
    }

    /// As [`Self::gate`]; the task is woken when the gate is no longer closed.
    pub(super) fn await_gate(&self, cx: &Context<'_>) -> Gate {
        let mut state = self.shared.state();
        let gate = state.gate();
        if gate == Gate::Closed {
            state.reader = Some(cx.waker().clone());
        }
        gate
    }

    /// Says that a head was handed on.
    pub(super) fn hand_on(&self, head_started: Instant) {
        self.shared.state().turn = Turn::Library { head_started };
    }

    /// Says that the client broke a rule.
    pub(super) fn refuse(&self, violation: Violation) {
        self.shared.state().violation.get_or_insert(violation);
    }

    /// Says that the client sends no more.
    pub(super) fn client_ended(&self) {
        let watcher = {
            let mut state = self.shared.state();
            state.client_closed = true;
            state.watcher.take()
        };
        wake(watcher);
    }

    pub(super) fn count_read(&self, bytes: usize) {
        self.shared.bytes_read.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn count_written(&self, bytes: usize) {
        self.shared.bytes_written.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Whether there is anybody to tell of a flush.
    pub(super) fn flush_is_awaited(&self) -> bool {
        self.shared.flush_is_awaited.load(Ordering::Acquire)
    }

    /// Tells those who wait for a flush; whether it was the end of an exchange.
    pub(super) fn flushed(&self, how: Flushed) -> bool {
        let (waiting, reader, is_over) = {
            let mut state = self.shared.state();
            self.shared.flush_is_awaited.store(false, Ordering::Release);
            let is_over = state.turn == Turn::Flush;
            if is_over {
                state.turn = Turn::Client;
            }
            (std::mem::take(&mut state.after_flush), state.reader.take_if(|_| is_over), is_over)
        };
        wake(reader);
        for then in waiting {
            then(how);
        }
        is_over
    }

    /// Whether the response to the last head has ended.
    pub(super) fn is_answered(&self) -> bool {
        matches!(self.shared.state().turn, Turn::Client | Turn::Flush)
    }
}

impl Exchange {
    /// When the first byte of the request's head came.
    #[must_use]
    pub fn head_started(&self) -> Instant {
        self.head_started
    }
}

impl State {
    fn gate(&self) -> Gate {
        match self.turn {
            _ if self.tunnel => Gate::Tunnel,
            Turn::Client => Gate::Open,
            Turn::Library { .. } | Turn::Service | Turn::Flush => Gate::Closed,
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let reader = {
            let mut state = self.shared.state();
            state.turn = Turn::Flush;
            self.shared.flush_is_awaited.store(true, Ordering::Release);
            state.reader.take()
        };
        // So that the library flushes, if this is dropped after it last did.
        wake(reader);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nobody panics while holding it, and each field is right by itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
