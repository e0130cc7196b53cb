//! Connections to upstreams that wait for their next request.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use hyper::client::conn::http1::SendRequest;

use tokio::task::AbortHandle;

use super::request_body::RequestBody;

/// A connection to an upstream. Dropping it closes the connection at once, whatever it was doing: one that cannot
/// write, because the upstream does not read, would otherwise stay for as long as the upstream likes.
pub(super) struct Link {
    pub(super) sender: SendRequest<RequestBody>,
    driver: Driver,
}

/// The task that reads and writes.
struct Driver(Option<AbortHandle>);

impl Link {
    pub(super) fn new(sender: SendRequest<RequestBody>, driver: AbortHandle) -> Self {
        Self { sender, driver: Driver(Some(driver)) }
    }

    /// Leaves the connection to whom it has been handed: to a tunnel.
    pub(super) fn detach(mut self) {
        self.driver.0 = None;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(driver) = self.0.take() {
            driver.abort();
        }
    }
}

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
    link: Link,
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
    pub(super) fn take(&self, upstream: usize) -> Option<Link> {
        let mut idle = self.idle.borrow_mut();
        let idle = idle.get_mut(upstream)?;
        while let Some(Idle { link, since }) = idle.pop_back() {
            if since.elapsed() >= self.keep_alive {
                idle.clear();
                return None;
            }
            if link.sender.is_ready() {
                return Some(link);
            }
        }
        None
    }

    /// Keeps a connection whose request and response have ended, once its task has noticed that too.
    pub(super) fn put(&self, upstream: usize, mut link: Link) {
        if link.sender.is_closed() {
            return;
        }
        if link.sender.is_ready() {
            self.keep(upstream, link);
            return;
        }
        let this = self.this.clone();
        actix_rt::spawn(async move {
            if link.sender.ready().await.is_ok()
                && let Some(pool) = this.upgrade()
            {
                pool.keep(upstream, link);
            }
        });
    }

    fn keep(&self, upstream: usize, link: Link) {
        if self.keep_alive.is_zero() {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        let Some(idle) = idle.get_mut(upstream) else { return };
        if idle.len() < self.max_idle {
            idle.push_back(Idle { link, since: Instant::now() });
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
            idle.retain(|one| one.since.elapsed() < self.keep_alive && !one.link.sender.is_closed());
        }
        idle.iter().map(VecDeque::len).sum()
    }
}
