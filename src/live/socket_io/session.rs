//! One session: what is due to its client, over whichever transport carries it.
//!
//! The session has no task of its own. A transport asks for what is due and waits for it; [`super::sessions`] looks
//! at the clock for all of them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::packet::{self, DISCONNECT, NOOP, PING};
use crate::live::pace::{DELIVERY, DELIVERY_GAP, RECHECK};
use crate::live::topic::Watch;

/// How often a client is asked whether it is there.
pub const PING_INTERVAL: Duration = Duration::from_secs(25);

/// How long its answer may take.
pub const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a client may be in no namespace.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Credentials that are looked at before a session ends.
const MAX_ATTEMPTS: u32 = 3;

/// Packets that a client may send between two pings.
const MAX_PACKETS: u32 = 200;

/// Packets that may wait which are no events. The client causes each, so a longer row breaks the rules.
const MAX_WAITING: usize = 32;

/// One client.
#[derive(Debug)]
pub struct Session {
    pub id: String,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    carrier: Carrier,
    waiting: VecDeque<String>,
    /// In the namespace `/`.
    connection: Option<Connection>,
    ping: Ping,
    /// When a client that is in no namespace must go.
    connect_by: Instant,
    attempts: u32,
    /// Since the last ping.
    packets: u32,
    next_delivery: Instant,
}

#[derive(Debug)]
struct Connection {
    watch: Watch,
    /// Absent where the credentials cannot end.
    token: Option<String>,
    recheck_at: Instant,
}

/// What carries the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    /// Which of the two kinds of request are under way; more than one of each breaks the rules.
    Polling {
        get: bool,
        post: bool,
    },
    /// A websocket is being tried; polls end at once, so that the client can stop them.
    Moving {
        get: bool,
        post: bool,
    },
    Websocket,
    Closed,
}

#[derive(Debug, Clone, Copy)]
enum Ping {
    /// When the next one is due.
    Due(Instant),
    /// When the answer must be there.
    Asked(Instant),
}

/// The session does not allow this now.
#[derive(Debug, PartialEq, Eq)]
pub struct NotNow;

/// What the clock says.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    Fine,
    /// The token must be looked at again.
    Recheck(String),
    Ended,
}

/// One of the two requests of a client that polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    Get,
    Post,
}

/// A request under way; dropping it lets the next one in.
#[derive(Debug)]
pub struct Turn<'s> {
    session: &'s Session,
    half: Half,
}

impl Session {
    /// A session over long polling, or over a websocket from the start.
    #[must_use]
    pub fn new(id: String, is_websocket: bool, now: Instant) -> Self {
        let carrier = if is_websocket { Carrier::Websocket } else { Carrier::Polling { get: false, post: false } };
        let state = State {
            carrier,
            waiting: VecDeque::new(),
            connection: None,
            ping: Ping::Due(now + PING_INTERVAL),
            connect_by: now + CONNECT_TIMEOUT,
            attempts: 0,
            packets: 0,
            next_delivery: now,
        };
        Self { id, state: Mutex::new(state), changed: Notify::new() }
    }

    /// Begins a request of a client that polls. A second one of a kind ends the session, as the protocol demands.
    pub fn take_turn(&self, half: Half) -> Result<Turn<'_>, NotNow> {
        let mut state = self.state();
        let (Carrier::Polling { get, post } | Carrier::Moving { get, post }) = &mut state.carrier else {
            return Err(NotNow);
        };
        let busy = match half {
            Half::Get => get,
            Half::Post => post,
        };
        if std::mem::replace(busy, true) {
            drop(state);
            self.close();
            return Err(NotNow);
        }
        Ok(Turn { session: self, half })
    }

    /// A client that polls tries a websocket.
    pub fn begin_move(&self) -> Result<(), NotNow> {
        let mut state = self.state();
        let Carrier::Polling { get, post } = state.carrier else { return Err(NotNow) };
        state.carrier = Carrier::Moving { get, post };
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    /// The websocket that was tried is what carries the session from now on.
    pub fn finish_move(&self) -> Result<(), NotNow> {
        let mut state = self.state();
        let Carrier::Moving { .. } = state.carrier else { return Err(NotNow) };
        state.carrier = Carrier::Websocket;
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    /// The websocket that was tried came to nothing.
    pub fn give_up_move(&self) {
        let mut state = self.state();
        if let Carrier::Moving { get, post } = state.carrier {
            state.carrier = Carrier::Polling { get, post };
        }
    }

    /// Notes that a packet came. Too many end the session.
    pub fn count_packet(&self) -> Result<(), NotNow> {
        let mut state = self.state();
        state.packets += 1;
        if state.packets > MAX_PACKETS { Err(NotNow) } else { Ok(()) }
    }

    /// The client is there.
    pub fn pong(&self, now: Instant) {
        let mut state = self.state();
        if let Ping::Asked(_) = state.ping {
            state.ping = Ping::Due(now + PING_INTERVAL);
            state.packets = 0;
        }
    }

    /// Whether credentials may still be looked at.
    pub fn begin_attempt(&self) -> Result<(), NotNow> {
        let mut state = self.state();
        if state.connection.is_some() || state.attempts >= MAX_ATTEMPTS {
            return Err(NotNow);
        }
        state.attempts += 1;
        Ok(())
    }

    /// Lets the client in: its answer, then what `watch` brings.
    pub fn connect(&self, answer: String, watch: Watch, token: Option<String>, now: Instant) {
        let mut state = self.state();
        if state.carrier == Carrier::Closed {
            return;
        }
        state.attempts = 0;
        state.connection = Some(Connection { watch, token, recheck_at: now + RECHECK });
        state.waiting.push_back(answer);
        drop(state);
        self.changed.notify_waiters();
    }

    pub fn is_connected(&self) -> bool {
        self.state().connection.is_some()
    }

    /// The client has left the namespace and may come back.
    pub fn disconnect(&self, now: Instant) {
        let mut state = self.state();
        state.connection = None;
        state.connect_by = now + CONNECT_TIMEOUT;
    }

    /// Sends a packet as soon as the transport can.
    pub fn send(&self, packet: impl Into<String>) -> Result<(), NotNow> {
        let mut state = self.state();
        if state.waiting.len() >= MAX_WAITING || state.carrier == Carrier::Closed {
            return Err(NotNow);
        }
        state.waiting.push_back(packet.into());
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    /// The packets that are due next; waits for them. Nothing: the session has ended.
    ///
    /// Packets that are given are not given again, so a caller must not drop what it got; dropping the wait is fine.
    pub async fn next(&self) -> Option<Vec<String>> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            let (alarm, not_before) = {
                let mut state = self.state();
                if state.carrier == Carrier::Closed {
                    return None;
                }
                let due = state.due(Instant::now());
                if !due.is_empty() {
                    return Some(due);
                }
                (state.connection.as_ref().map(|connection| connection.watch.alarm()), state.next_delivery)
            };
            let published = async {
                let Some(alarm) = alarm else { return std::future::pending().await };
                alarm.rung().await;
                sleep_until(not_before).await;
            };
            tokio::select! {
                () = changed => {}
                () = published => {}
            }
        }
    }

    /// What the clock says about the session.
    pub fn look(&self, now: Instant) -> Look {
        let mut state = self.state();
        if state.carrier == Carrier::Closed {
            return Look::Ended;
        }
        let is_late = match state.ping {
            Ping::Asked(by) => now >= by,
            Ping::Due(_) => false,
        };
        if is_late || (state.connection.is_none() && now >= state.connect_by) {
            drop(state);
            self.close();
            return Look::Ended;
        }
        if let Ping::Due(at) = state.ping
            && now >= at
        {
            state.ping = Ping::Asked(now + PING_TIMEOUT);
            state.waiting.push_back(PING.to_owned());
            self.changed.notify_waiters();
        }
        match &mut state.connection {
            Some(Connection { token: Some(token), recheck_at, .. }) if now >= *recheck_at => {
                *recheck_at = now + RECHECK;
                Look::Recheck(token.clone())
            }
            _ => Look::Fine,
        }
    }

    /// Ends the session because its credentials have: the client is told not to come back by itself.
    pub fn expel(&self) {
        let mut state = self.state();
        state.connection = None;
        state.connect_by = Instant::now();
        state.waiting.push_back(DISCONNECT.to_owned());
        drop(state);
        self.changed.notify_waiters();
    }

    /// Ends the session; whoever waits for packets is told.
    pub fn close(&self) {
        let mut state = self.state();
        state.carrier = Carrier::Closed;
        state.connection = None;
        state.waiting.clear();
        drop(state);
        self.changed.notify_waiters();
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state().carrier == Carrier::Closed
    }

    /// A panic while the lock is held leaves a state that is still one of a session.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes what may be sent now: what waits, else events.
    fn due(&mut self, now: Instant) -> Vec<String> {
        if let Carrier::Moving { .. } = self.carrier {
            // All else goes over the websocket, so that the order is kept.
            return vec![NOOP.to_owned()];
        }
        if !self.waiting.is_empty() {
            return self.waiting.drain(..).collect();
        }
        let Some(connection) = &mut self.connection else { return Vec::new() };
        if now < self.next_delivery || !connection.watch.is_ready() {
            return Vec::new();
        }
        self.next_delivery = now + DELIVERY_GAP;
        let mut due = Vec::new();
        let skipped = connection.watch.take(DELIVERY, |_| true, |event| due.push(event.text.to_string()));
        if skipped > 0 {
            due.insert(0, packet::skipped(skipped));
        }
        due
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.session.state();
        if let Carrier::Polling { get, post } | Carrier::Moving { get, post } = &mut state.carrier {
            match self.half {
                Half::Get => *get = false,
                Half::Post => *post = false,
            }
        }
    }
}
