//! Connections to upstreams that wait for their next request.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use hyper::client::conn::http1::SendRequest;

use super::request_body::RequestBody;

/// The requests' end of a connection to an upstream.
pub(super) type Sender = SendRequest<RequestBody>;

/// The idle connections of one worker, by upstream.
///
/// Its own pool rather than hyper-util's client: that shares connections between threads behind a lock, and does not
/// tell whether a connection was a reused one, on which the choice to send a request again depends.
pub(super) struct Pool {
    keep_alive: Duration,
    max_idle: usize,
    idle: RefCell<Vec<VecDeque<Idle>>>,
    is_swept: Cell<bool>,
    this: Weak<Self>,
}

struct Idle {
    sender: Sender,
    since: Instant,
}

impl Pool {
    pub(super) fn new(upstreams: usize, keep_alive: Duration, max_idle: usize) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            keep_alive,
            max_idle,
            idle: RefCell::new((0..upstreams).map(|_| VecDeque::new()).collect()),
            is_swept: Cell::new(false),
            this: this.clone(),
        })
    }

    /// The connection that was used last, as it is the least likely to be closed by now.
    pub(super) fn take(&self, upstream: usize) -> Option<Sender> {
        let mut idle = self.idle.borrow_mut();
        let idle = idle.get_mut(upstream)?;
        while let Some(Idle { sender, since }) = idle.pop_back() {
            if since.elapsed() >= self.keep_alive {
                idle.clear();
                return None;
            }
            if sender.is_ready() {
                return Some(sender);
            }
        }
        None
    }

    /// Keeps a connection whose response has ended, once its request has ended too.
    pub(super) fn put(&self, upstream: usize, mut sender: Sender) {
        if sender.is_closed() {
            return;
        }
        if sender.is_ready() {
            self.keep(upstream, sender);
            return;
        }
        let this = self.this.clone();
        actix_rt::spawn(async move {
            if sender.ready().await.is_ok()
                && let Some(pool) = this.upgrade()
            {
                pool.keep(upstream, sender);
            }
        });
    }

    fn keep(&self, upstream: usize, sender: Sender) {
        if self.keep_alive.is_zero() {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        let Some(idle) = idle.get_mut(upstream) else { return };
        if idle.len() < self.max_idle {
            idle.push_back(Idle { sender, since: Instant::now() });
            self.sweep_from_now_on();
        }
    }

    /// Drops what has waited too long, also when no request comes any more.
    fn sweep_from_now_on(&self) {
        if self.is_swept.replace(true) {
            return;
        }
        let (this, keep_alive) = (self.this.clone(), self.keep_alive);
        actix_rt::spawn(async move {
            loop {
                tokio::time::sleep(keep_alive).await;
                let Some(pool) = this.upgrade() else { return };
                if pool.sweep() == 0 {
                    pool.is_swept.set(false);
                    return;
                }
            }
        });
    }

    /// How many connections are left.
    fn sweep(&self) -> usize {
        let mut idle = self.idle.borrow_mut();
        for idle in idle.iter_mut() {
            idle.retain(|one| one.since.elapsed() < self.keep_alive && !one.sender.is_closed());
        }
        idle.iter().map(VecDeque::len).sum()
    }
}
