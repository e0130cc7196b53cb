//! One session: what is due to its client, over whichever transport carries it.
//!
//! The session has no task of its own. A transport asks for what is due and waits for it; [`super::sessions`] looks
//! at the clock for all of them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::packet::{self, DISCONNECT, Handshake, NOOP, PING};
use crate::live::pace::{DELIVERY, DELIVERY_GAP, MAX_MESSAGE_BYTES, RECHECK};
use crate::live::topic::Watch;

/// How often a client is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(25);

/// How long its answer may take.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

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

    /// The first packet. Who polls is told that there is something better.
    #[must_use]
    pub fn handshake(&self) -> String {
        Handshake {
            sid: &self.id,
            upgrades: if self.state().carrier == Carrier::Websocket { &[] } else { &["websocket"] },
            ping_interval: PING_INTERVAL.as_millis(),
            ping_timeout: PING_TIMEOUT.as_millis(),
            max_payload: MAX_MESSAGE_BYTES,
        }
        .text()
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;

    use super::*;
    use crate::live::event::{Audience, Event, Facts, Form};
    use crate::live::topic::Topic;

    const SECOND: Duration = Duration::from_secs(1);

    fn polling() -> (Session, Instant) {
        let now = Instant::now();
        (Session::new("s".to_owned(), false, now), now)
    }

    fn topic() -> Arc<Topic> {
        Arc::new(Topic::new(Audience { project: None, form: Form::SocketIo }))
    }

    fn event(text: &str) -> Event {
        Event { facts: Facts::default(), text: text.into() }
    }

    fn now_or_never(session: &Session) -> Option<Vec<String>> {
        session.next().now_or_never().flatten()
    }

    #[tokio::test]
    async fn a_second_request_of_a_kind_ends_the_session() {
        let (session, _) = polling();
        let get = session.take_turn(Half::Get).unwrap();
        let post = session.take_turn(Half::Post).unwrap();
        drop((get, post));
        let _get = session.take_turn(Half::Get).unwrap();
        assert!(session.take_turn(Half::Get).is_err());
        assert!(session.is_closed());
        assert_eq!(session.next().await, None);
    }

    #[tokio::test]
    async fn a_move_ends_polls_and_keeps_the_order() {
        let (session, _) = polling();
        assert_eq!(session.finish_move(), Err(NotNow), "nobody has begun");
        assert!(now_or_never(&session).is_none());
        session.begin_move().unwrap();
        assert_eq!(session.begin_move(), Err(NotNow), "one at a time");
        session.send("a").unwrap();
        assert_eq!(now_or_never(&session), Some(vec![NOOP.to_owned()]));
        session.finish_move().unwrap();
        assert_eq!(now_or_never(&session), Some(vec!["a".to_owned()]));
        assert!(session.take_turn(Half::Get).is_err(), "it polls no more");
        assert!(!session.is_closed());
    }

    #[tokio::test]
    async fn a_move_that_comes_to_nothing_changes_nothing() {
        let (session, _) = polling();
        session.begin_move().unwrap();
        session.send("a").unwrap();
        session.give_up_move();
        assert_eq!(now_or_never(&session), Some(vec!["a".to_owned()]));
        assert!(session.take_turn(Half::Get).is_ok());
    }

    #[tokio::test]
    async fn who_does_not_answer_a_ping_is_gone() {
        let (session, now) = polling();
        session.connect("40".to_owned(), topic().watch(), None, now);
        assert_eq!(now_or_never(&session), Some(vec!["40".to_owned()]));
        assert_eq!(session.look(now + PING_INTERVAL - SECOND), Look::Fine);
        assert!(now_or_never(&session).is_none());
        assert_eq!(session.look(now + PING_INTERVAL), Look::Fine);
        assert_eq!(now_or_never(&session), Some(vec![PING.to_owned()]));
        session.pong(now + PING_INTERVAL + SECOND);
        assert_eq!(session.look(now + PING_INTERVAL + PING_TIMEOUT), Look::Fine);
        let asked_at = now + PING_INTERVAL * 2 + SECOND;
        assert_eq!(session.look(asked_at), Look::Fine);
        assert_eq!(session.look(asked_at + PING_TIMEOUT - SECOND), Look::Fine);
        assert_eq!(session.look(asked_at + PING_TIMEOUT), Look::Ended);
        assert!(session.is_closed());
    }

    #[tokio::test]
    async fn who_never_connects_must_go() {
        let (session, now) = polling();
        session.look(now + PING_INTERVAL);
        session.pong(now + PING_INTERVAL);
        assert_eq!(session.look(now + CONNECT_TIMEOUT - SECOND), Look::Fine);
        assert_eq!(session.look(now + CONNECT_TIMEOUT), Look::Ended);
    }

    #[tokio::test]
    async fn credentials_are_looked_at_three_times() {
        let (session, now) = polling();
        for _ in 0..MAX_ATTEMPTS {
            session.begin_attempt().unwrap();
        }
        assert_eq!(session.begin_attempt(), Err(NotNow));
        let (session, _) = polling();
        session.begin_attempt().unwrap();
        session.connect("40".to_owned(), topic().watch(), None, now);
        assert_eq!(session.begin_attempt(), Err(NotNow), "it is in already");
        session.disconnect(now);
        assert_eq!(session.begin_attempt(), Ok(()));
    }

    #[tokio::test]
    async fn packets_between_two_pings_are_bounded() {
        let (session, now) = polling();
        for _ in 0..MAX_PACKETS {
            session.count_packet().unwrap();
        }
        session.pong(now);
        assert_eq!(session.count_packet(), Err(NotNow), "nobody asked");
        session.look(now + PING_INTERVAL);
        session.pong(now + PING_INTERVAL);
        assert_eq!(session.count_packet(), Ok(()));
        let waiting = (0..=MAX_WAITING).filter(|_| session.send("x").is_ok()).count();
        assert_eq!(waiting, MAX_WAITING - 1, "the ping waits, too");
    }

    #[tokio::test]
    async fn a_revoked_token_ends_the_session_for_good() {
        let (session, now) = polling();
        session.connect("40".to_owned(), topic().watch(), Some("hr_1".to_owned()), now);
        assert_eq!(session.look(now + RECHECK - SECOND), Look::Fine);
        session.pong(now + RECHECK - SECOND);
        assert_eq!(session.look(now + RECHECK), Look::Recheck("hr_1".to_owned()));
        assert_eq!(session.look(now + RECHECK), Look::Fine, "not twice");
        session.expel();
        let told = now_or_never(&session).unwrap();
        assert_eq!(told.last().map(String::as_str), Some(DISCONNECT));
        assert_eq!(session.look(Instant::now()), Look::Ended);
    }

    #[tokio::test]
    async fn events_come_in_order_ten_times_a_second_and_after_what_waits() {
        let (session, now) = polling();
        let topic = topic();
        session.connect("40".to_owned(), Arc::clone(&topic).watch(), None, now);
        topic.publish(0, vec![event("e0"), event("e1")]);
        let due = |after: Duration| session.state().due(now + after);
        assert_eq!(due(Duration::ZERO), ["40"]);
        assert_eq!(due(Duration::ZERO), ["e0", "e1"]);
        topic.publish(2, vec![event("e2")]);
        assert_eq!(due(DELIVERY_GAP / 2), [""; 0]);
        session.send("x").unwrap();
        assert_eq!(due(DELIVERY_GAP / 2), ["x"], "only events wait");
        assert_eq!(due(DELIVERY_GAP), [packet::skipped(2), "e2".to_owned()]);
    }

    #[tokio::test]
    async fn a_wait_ends_when_something_is_published() {
        let (session, now) = polling();
        let topic = topic();
        session.connect("40".to_owned(), Arc::clone(&topic).watch(), None, now);
        assert!(session.next().await.is_some());
        let (due, ()) = tokio::join!(session.next(), async { topic.publish(0, vec![event("e")]) });
        assert_eq!(due, Some(vec!["e".to_owned()]));
    }

    #[tokio::test]
    async fn the_end_wakes_who_waits() {
        let (session, now) = polling();
        session.connect("40".to_owned(), topic().watch(), None, now);
        assert!(session.next().await.is_some());
        let (due, ()) = tokio::join!(session.next(), async { session.close() });
        assert_eq!(due, None);
        assert_eq!(session.send("x"), Err(NotNow));
        session.connect("40".to_owned(), topic().watch(), None, now);
        assert!(session.is_closed() && !session.is_connected());
    }
}
