//! The writing half of the guard: responses on their way out, and how a connection ends.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::reader::Reader;
use crate::http::guard::alarm::Alarm;
use crate::http::guard::limits::{LINGER, MAX_LINGER_BYTES};
use crate::http::guard::{Connection, Flushed};

/// What both libraries write to say that a body may come: no response yet.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Read at once and thrown away.
const LINGER_BUFFER_BYTES: usize = 2048;

pub(super) struct Writer {
    client_timeout: Duration,
    /// Since when the client has taken nothing of what is there for it.
    stalled_since: Option<Instant>,
    alarm: Alarm,
    /// The last head, counted from 1, of whose response something was written.
    answered: u64,
    closing: Closing,
}

/// How far the end of the connection has come.
enum Closing {
    NotYet,
    /// A refusal is written, of which so many bytes are.
    Refusing {
        text: Vec<u8>,
        written: usize,
    },
    /// The writing side is being ended.
    Ending,
    /// What the client still sends is read, so that the system does not reset the connection before the client has read
    /// its answer (RFC 9112 9.6).
    Lingering {
        until: Instant,
        bytes_left: u64,
        is_needed: bool,
    },
    Done,
}

impl Writer {
    pub fn new(client_timeout: Duration) -> Self {
        Self { client_timeout, stalled_since: None, alarm: Alarm::default(), answered: 0, closing: Closing::NotYet }
    }

    pub fn poll_write<Io: AsyncWrite + Unpin>(
        &mut self,
        io: &mut Io,
        connection: &Connection,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = match slices {
            [bytes] => Pin::new(io).poll_write(cx, bytes),
            slices => Pin::new(io).poll_write_vectored(cx, slices),
        };
        let written = ready!(self.poll_in_time(connection, cx, polled))?;
        connection.count_written(written);
        Poll::Ready(Ok(written))
    }

    /// Ready with whether that was the end of an exchange.
    pub fn poll_flush<Io: AsyncWrite + Unpin>(
        &mut self,
        io: &mut Io,
        connection: &Connection,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<bool>> {
        let polled = Pin::new(io).poll_flush(cx);
        ready!(self.poll_in_time(connection, cx, polled))?;
        let is_over = connection.flush_is_awaited() && connection.flushed(Flushed::Done);
        Poll::Ready(Ok(is_over))
    }

    /// Notes that bytes of a response were written while `head` was the last head that had been handed on.
    pub fn note_answer(&mut self, bytes: &[u8], head: u64) {
        if self.answered != head && bytes != CONTINUE {
            self.answered = head;
        }
    }

    pub fn poll_shutdown<Io: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut Io,
        connection: &Connection,
        reader: &Reader,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match &mut self.closing {
                Closing::NotYet => {
                    self.closing = match reader.owed_refusal(self.answered) {
                        Some(violation) => Closing::Refusing { text: violation.response(), written: 0 },
                        None => Closing::Ending,
                    };
                }
                Closing::Refusing { text, written } => {
                    let rest = text.get(*written..).unwrap_or_default();
                    if rest.is_empty() {
                        self.closing = Closing::Ending;
                        continue;
                    }
                    let polled = Pin::new(&mut *io).poll_write(cx, rest);
                    let bytes = match polled {
                        Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                        Poll::Ready(Ok(bytes)) => bytes,
                        polled => return self.poll_in_time(connection, cx, polled).map_ok(drop),
                    };
                    *written += bytes;
                    self.stalled_since = None;
                    connection.count_written(bytes);
                }
                Closing::Ending => {
                    ready!(self.poll_flush(io, connection, cx))?;
                    let polled = Pin::new(&mut *io).poll_shutdown(cx);
                    ready!(self.poll_in_time(connection, cx, polled))?;
                    self.closing = Closing::Lingering {
                        until: Instant::now() + LINGER,
                        bytes_left: if reader.client_has_ended() { 0 } else { MAX_LINGER_BYTES },
                        is_needed: reader.leaves_unread(),
                    };
                }
                Closing::Lingering { until, bytes_left, is_needed } => {
                    if *bytes_left > 0 {
                        ready!(poll_linger(io, &mut self.alarm, cx, *until, bytes_left, is_needed));
                    }
                    self.closing = Closing::Done;
                }
                Closing::Done => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Passes on what a write led to, but ends a wait that has lasted too long.
    fn poll_in_time<T>(
        &mut self,
        connection: &Connection,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match polled {
            Poll::Ready(Ok(value)) => {
                self.stalled_since = None;
                return Poll::Ready(Ok(value));
            }
            Poll::Ready(Err(error)) => {
                connection.flushed(Flushed::Lost);
                return Poll::Ready(Err(error));
            }
            Poll::Pending => {}
        }
        let since = *self.stalled_since.get_or_insert_with(Instant::now);
        ready!(self.alarm.poll_until(cx, since + self.client_timeout));
        connection.flushed(Flushed::Lost);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// Reads and forgets, until the client ends its side, time or bytes run out, or it is not needed and nothing is there.
fn poll_linger<Io: AsyncRead + Unpin>(
    io: &mut Io,
    alarm: &mut Alarm,
    cx: &mut Context<'_>,
    until: Instant,
    bytes_left: &mut u64,
    is_needed: &mut bool,
) -> Poll<()> {
    let mut space = [0; LINGER_BUFFER_BYTES];
    while *bytes_left > 0 {
        let mut buf = ReadBuf::new(&mut space);
        match Pin::new(&mut *io).poll_read(cx, &mut buf) {
            Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                *bytes_left = bytes_left.saturating_sub(buf.filled().len() as u64);
                *is_needed = true;
            }
            Poll::Pending if *is_needed => return alarm.poll_until(cx, until),
            Poll::Ready(_) | Poll::Pending => return Poll::Ready(()),
        }
    }
    Poll::Ready(())
}
