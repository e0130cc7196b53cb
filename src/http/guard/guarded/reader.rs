//! The reading half of the guard: what comes from the socket, judged, held back, handed on.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::Instant;

use crate::http::guard::alarm::Alarm;
use crate::http::guard::connection::Gate;
use crate::http::guard::incoming::{Incoming, Phase, Step};
use crate::http::guard::pace::Pace;
use crate::http::guard::{Connection, Limits, Violation};

/// Reads into the library's own buffer and judges what came there; only what cannot be handed on yet, or not in these
/// words, is kept here. In the usual case, a whole head in one piece, nothing is copied.
pub(super) struct Reader {
    limits: Arc<Limits>,
    incoming: Incoming,
    /// Read, and not yet handed on: at most what one read gives beyond an unfinished head or frame.
    held: BytesMut,
    /// So many bytes of `held` were judged and may go.
    approved: usize,
    /// Written in the place of what was sent; goes before what is approved.
    replaced: Vec<u8>,
    replaced_sent: usize,
    /// Heads handed on.
    heads: u64,
    accepted_at: Instant,
    /// When the first byte of the head under way came, or its turn.
    head_started: Option<Instant>,
    /// Since when nothing was asked, between two exchanges.
    idle_since: Option<Instant>,
    pace: Pace,
    alarm: Alarm,
    ending: Option<Ending>,
    /// Whether the last message was answered before its body had ended.
    was_answered_early: bool,
}

/// Why nothing more is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The client ended its side.
    Client,
    /// Nothing was asked for too long.
    Idle,
    Refused(Violation),
}

impl Reader {
    pub fn new(limits: Arc<Limits>) -> Self {
        Self {
            incoming: Incoming::new(Arc::clone(&limits)),
            limits,
            held: BytesMut::new(),
            approved: 0,
            replaced: Vec::new(),
            replaced_sent: 0,
            heads: 0,
            accepted_at: Instant::now(),
            head_started: None,
            idle_since: None,
            pace: Pace::default(),
            alarm: Alarm::default(),
            ending: None,
            was_answered_early: false,
        }
    }

    /// How many heads were handed on.
    pub fn heads(&self) -> u64 {
        self.heads
    }

    /// The refusal that the client has not been told, if the last head that was answered is `answered`.
    pub fn owed_refusal(&self, answered: u64) -> Option<Violation> {
        let Some(Ending::Refused(violation)) = self.ending else { return None };
        let is_told = if self.incoming.is_in_body() { answered == self.heads } else { self.was_answered_early };
        (!is_told).then_some(violation)
    }

    /// Whether the client may still be sending what nobody will read.
    pub fn leaves_unread(&self) -> bool {
        match self.ending {
            Some(Ending::Client) => false,
            Some(Ending::Refused(_)) => true,
            Some(Ending::Idle) | None => self.incoming.is_in_body() || !self.held.is_empty(),
        }
    }

    /// Whether the client has ended its side.
    pub fn client_has_ended(&self) -> bool {
        self.ending == Some(Ending::Client)
    }

    pub fn poll_read<Io: AsyncRead + Unpin>(
        &mut self,
        io: &mut Io,
        connection: &Connection,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        loop {
            self.deliver(buf);
            let has_some = buf.filled().len() > before;
            if buf.remaining() == 0 || has_some && self.held.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if !self.incoming.is_in_body() {
                match connection.gate() {
                    Gate::Tunnel => return self.poll_tunnel(io, connection, cx, buf, before),
                    Gate::Closed if has_some => return Poll::Ready(Ok(())),
                    Gate::Closed => {
                        ready!(self.poll_behind_gate(io, connection, cx, buf))?;
                        continue;
                    }
                    Gate::Open => self.incoming.stay_http(),
                }
            }
            if self.ending.is_some() || self.incoming.phase() == Phase::Ended {
                return Poll::Ready(Ok(()));
            }
            if !self.held.is_empty() && self.judge_held(connection) {
                continue;
            }
            if has_some {
                return Poll::Ready(Ok(()));
            }
            match Pin::new(&mut *io).poll_read(cx, buf)? {
                Poll::Ready(()) => self.take_in(connection, buf, before),
                Poll::Pending => ready!(self.poll_deadline(cx, connection)),
            }
        }
    }

    /// Says that an exchange is over. The library may wait for the next request without reading again, since it has been
    /// told that there is nothing; so it is now that the time for the next head begins.
    pub fn begin_idling(&mut self, connection: &Connection, cx: &mut Context<'_>) {
        if self.ending.is_none() && self.held.is_empty() && self.poll_deadline(cx, connection).is_ready() {
            cx.waker().wake_by_ref();
        }
    }

    /// Moves what may go into the library's buffer, as far as there is room.
    fn deliver(&mut self, buf: &mut ReadBuf<'_>) {
        if let Some(rest) = self.replaced.get(self.replaced_sent..)
            && !rest.is_empty()
        {
            let sent = rest.len().min(buf.remaining());
            buf.put_slice(rest.get(..sent).unwrap_or_default());
            self.replaced_sent += sent;
            if self.replaced_sent < self.replaced.len() {
                return;
            }
            self.replaced.clear();
            self.replaced_sent = 0;
        }
        if self.approved > 0 {
            let sent = self.approved.min(buf.remaining());
            buf.put_slice(self.held.get(..sent).unwrap_or_default());
            self.held.advance(sent);
            self.approved -= sent;
        }
        if self.held.is_empty() && self.held.capacity() > 0 {
            // Connections are mostly idle; what they have read is seldom worth a buffer of its own.
            self.held = BytesMut::new();
        }
    }

    /// Takes one step in what is held, of which nothing is approved yet; whether that led anywhere.
    fn judge_held(&mut self, connection: &Connection) -> bool {
        if self.approved > 0 || self.replaced_sent < self.replaced.len() {
            return true;
        }
        let was_in_body = self.incoming.is_in_body();
        if self.incoming.is_at_head() {
            self.head_started.get_or_insert_with(Instant::now);
        }
        match self.incoming.step(&self.held, &mut self.replaced) {
            Ok(Step::More) => return false,
            Ok(Step::Pass(bytes)) => self.approved = bytes,
            Ok(Step::Replace(bytes)) => self.held.advance(bytes),
            Ok(Step::PassHead(bytes)) => {
                self.approved = bytes;
                self.hand_on(connection);
            }
            Ok(Step::ReplaceHead(bytes)) => {
                self.held.advance(bytes);
                self.hand_on(connection);
            }
            Err(violation) => self.refuse(violation, connection),
        }
        if self.held.is_empty() && self.incoming.is_at_head() {
            // An empty line is not the beginning of a head.
            self.head_started = None;
        }
        self.note_end_of_body(was_in_body, connection);
        true
    }

    /// Judges what was just read into the library's buffer, after its first `before` bytes, and takes out of it what may
    /// not stay there.
    fn take_in(&mut self, connection: &Connection, buf: &mut ReadBuf<'_>, before: usize) {
        let fresh = buf.filled().get(before..).unwrap_or_default();
        if fresh.is_empty() {
            self.ending = Some(Ending::Client);
            self.held.clear();
            connection.client_ended();
            return;
        }
        connection.count_read(fresh.len());
        self.idle_since = None;
        if self.incoming.is_in_body() {
            self.pace.arrived(fresh.len());
        }
        if !self.held.is_empty() {
            self.held.extend_from_slice(fresh);
            buf.set_filled(before);
            return;
        }
        let mut passed = 0;
        let mut used = 0;
        // The gate is open for a message that begins here, and for no other.
        let mut may_begin = !self.incoming.is_in_body();
        while let Some(rest) = fresh.get(passed..).filter(|rest| !rest.is_empty()) {
            let was_in_body = self.incoming.is_in_body();
            if !was_in_body && !std::mem::take(&mut may_begin) {
                break;
            }
            if self.incoming.is_at_head() {
                self.head_started.get_or_insert_with(Instant::now);
            }
            match self.incoming.step(rest, &mut self.replaced) {
                Ok(Step::Pass(bytes)) => passed += bytes,
                Ok(Step::PassHead(bytes)) => {
                    passed += bytes;
                    self.hand_on(connection);
                }
                Ok(Step::Replace(bytes)) => used = bytes,
                Ok(Step::ReplaceHead(bytes)) => {
                    used = bytes;
                    self.hand_on(connection);
                }
                Ok(Step::More) => break,
                Err(violation) => {
                    self.refuse(violation, connection);
                    buf.set_filled(before + passed);
                    return;
                }
            }
            self.note_end_of_body(was_in_body, connection);
            if used > 0 {
                break;
            }
        }
        let rest = fresh.get(passed + used..).unwrap_or_default();
        self.held.extend_from_slice(rest);
        if rest.is_empty() && self.incoming.is_at_head() {
            self.head_started = None;
        }
        buf.set_filled(before + passed);
    }

    /// While an exchange is under way: reads what comes, if there is room, so that a client that breaks off is noticed,
    /// and hands on none of it. Ready when the gate is no longer closed.
    fn poll_behind_gate<Io: AsyncRead + Unpin>(
        &mut self,
        io: &mut Io,
        connection: &Connection,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.held.is_empty() && self.ending.is_none() {
            let before = buf.filled().len();
            let result = ready!(Pin::new(io).poll_read(cx, buf));
            let fresh = buf.filled().get(before..).unwrap_or_default();
            if result.is_err() || fresh.is_empty() {
                connection.client_ended();
            }
            result?;
            if fresh.is_empty() {
                self.ending = Some(Ending::Client);
            }
            connection.count_read(fresh.len());
            self.held.extend_from_slice(fresh);
            buf.set_filled(before);
        }
        match connection.await_gate(cx) {
            Gate::Closed => Poll::Pending,
            Gate::Open | Gate::Tunnel => Poll::Ready(Ok(())),
        }
    }

    /// What was held since the handshake, then whatever comes.
    fn poll_tunnel<Io: AsyncRead + Unpin>(
        &mut self,
        io: &mut Io,
        connection: &Connection,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        before: usize,
    ) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            self.approved = self.held.len();
            self.deliver(buf);
        }
        if buf.filled().len() > before || self.ending.is_some() {
            return Poll::Ready(Ok(()));
        }
        ready!(Pin::new(io).poll_read(cx, buf))?;
        let bytes = buf.filled().len() - before;
        if bytes == 0 {
            self.ending = Some(Ending::Client);
        }
        connection.count_read(bytes);
        Poll::Ready(Ok(()))
    }

    /// Nothing is there: ready when that has lasted too long, and reading has ended for it.
    fn poll_deadline(&mut self, cx: &mut Context<'_>, connection: &Connection) -> Poll<()> {
        if self.incoming.is_in_body() {
            let (deadline, violation) = self.pace.wait(&self.limits);
            ready!(self.alarm.poll_until(cx, deadline));
            self.refuse(violation, connection);
            return Poll::Ready(());
        }
        let head_started = self.head_started.or((self.heads == 0).then_some(self.accepted_at));
        if let Some(started) = head_started {
            ready!(self.alarm.poll_until(cx, started + self.limits.head_timeout));
            self.refuse(Violation::HEAD_TIMEOUT, connection);
            return Poll::Ready(());
        }
        let Some(keep_alive) = self.limits.keep_alive else { return Poll::Pending };
        let since = *self.idle_since.get_or_insert_with(Instant::now);
        ready!(self.alarm.poll_until(cx, since + keep_alive));
        self.ending = Some(Ending::Idle);
        Poll::Ready(())
    }

    fn hand_on(&mut self, connection: &Connection) {
        self.heads += 1;
        self.was_answered_early = false;
        self.pace = Pace::default();
        let started = self.head_started.take().unwrap_or_else(Instant::now);
        connection.hand_on(started.into_std());
    }

    fn refuse(&mut self, violation: Violation, connection: &Connection) {
        connection.refuse(violation);
        self.ending = Some(Ending::Refused(violation));
        self.held = BytesMut::new();
        self.approved = 0;
        drop(mem::take(&mut self.replaced));
        self.replaced_sent = 0;
    }

    fn note_end_of_body(&mut self, was_in_body: bool, connection: &Connection) {
        if was_in_body && !self.incoming.is_in_body() {
            self.was_answered_early = connection.is_answered();
        }
    }
}
