//! How a worker ends: first no new exchanges, then none at all.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::task::{Context, Waker};

/// What a worker still does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Running,
    /// Idle connections are closed; exchanges under way come to their end.
    Draining,
    /// What is still open, above all tunnels and event streams, is broken off.
    Closing,
}

/// The phase of a worker, and the connections that must hear of it. One thread only.
#[derive(Debug)]
pub(super) struct Stop {
    phase: Cell<Phase>,
    connections: RefCell<HashMap<u64, Waker>>,
    next: Cell<u64>,
    /// Exchanges that will end by themselves.
    under_way: Cell<usize>,
    all_ended: tokio::sync::Notify,
}

impl Stop {
    pub(super) fn new() -> Self {
        Self {
            phase: Cell::new(Phase::Running),
            connections: RefCell::default(),
            next: Cell::new(0),
            under_way: Cell::new(0),
            all_ended: tokio::sync::Notify::new(),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// Enters the phase and wakes all connections.
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        for waker in self.connections.borrow().values() {
            waker.wake_by_ref();
        }
        self.tell_if_all_ended();
    }

    /// Waits until no exchange is under way that ends by itself.
    pub(super) async fn all_ended(&self) {
        while self.under_way.get() > 0 {
            self.all_ended.notified().await;
        }
    }

    /// Has the calling task woken at each change, until [`Self::forget`].
    pub(super) fn remember(&self, cx: &Context<'_>) -> u64 {
        let name = self.next.get();
        self.next.set(name + 1);
        self.connections.borrow_mut().insert(name, cx.waker().clone());
        name
    }

    pub(super) fn forget(&self, name: u64) {
        self.connections.borrow_mut().remove(&name);
    }

    pub(super) fn exchange_begins(&self) {
        self.under_way.set(self.under_way.get() + 1);
    }

    pub(super) fn exchange_ends(&self) {
        self.under_way.set(self.under_way.get().saturating_sub(1));
        if self.phase.get() != Phase::Running {
            self.tell_if_all_ended();
        }
    }

    fn tell_if_all_ended(&self) {
        if self.under_way.get() == 0 {
            self.all_ended.notify_one();
        }
    }
}
