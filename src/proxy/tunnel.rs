//! A websocket, or another protocol, after its 101: bytes in both directions, until both sides have ended or nobody says anything.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::domain::traffic::Failure;

use super::connection::Client;
use super::notes::Notes;
use super::stop::Phase;

/// Bytes that one direction holds at most.
const BUFFER_BYTES: usize = 16 * 1024;

/// Carries bytes between a client and an upstream that both have switched protocols.
pub(super) async fn run(client: Rc<Client>, of_client: OnUpgrade, of_upstream: OnUpgrade, mut notes: Notes) {
    let Ok(of_client) = of_client.await else { return };
    let Ok(of_upstream) = of_upstream.await else {
        notes.failed(Failure::UpstreamBroken);
        return;
    };
    let mut tunnel = Tunnel {
        client: TokioIo::new(of_client),
        upstream: TokioIo::new(of_upstream),
        up: Direction::new(),
        down: Direction::new(),
        moved_at: Instant::now(),
    };
    let ended = poll_fn(|cx| tunnel.poll(cx, &client)).await;
    notes.tunnelled(tunnel.up.bytes, tunnel.down.bytes);
    notes.upstream_ended();
    if let Err(failure) = ended {
        notes.failed(failure);
    }
    notes.complete_now();
}

struct Tunnel {
    client: TokioIo<Upgraded>,
    upstream: TokioIo<Upgraded>,
    up: Direction,
    down: Direction,
    /// When bytes last went either way.
    moved_at: Instant,
}

/// Bytes on their way from one side to the other.
struct Direction {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    state: DirectionState,
    /// Handed to the other side so far.
    bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DirectionState {
    Open,
    /// The reader has come to its end, which the writer is now told.
    Ending,
    Ended,
}

/// Which side broke.
enum Broken {
    Reader,
    Writer,
}

impl Tunnel {
    /// Ready when both directions have ended, or with the reason why they are broken off.
    fn poll(&mut self, cx: &mut Context<'_>, client: &Client) -> Poll<Result<(), Failure>> {
        let before = self.up.bytes + self.down.bytes;
        let up = self.up.poll(cx, &mut self.client, &mut self.upstream).map_err(|broken| match broken {
            Broken::Reader => Failure::ClientGone,
            Broken::Writer => Failure::UpstreamBroken,
        })?;
        let down = self.down.poll(cx, &mut self.upstream, &mut self.client).map_err(|broken| match broken {
            Broken::Reader => Failure::UpstreamBroken,
            Broken::Writer => Failure::ClientGone,
        })?;
        if up.is_ready() && down.is_ready() {
            return Poll::Ready(Ok(()));
        }
        let worker = &client.worker;
        if worker.stop.phase() == Phase::Closing {
            return Poll::Ready(Err(Failure::Stopped));
        }
        if self.up.bytes + self.down.bytes != before {
            self.moved_at = Instant::now();
        }
        let deadline = self.moved_at + worker.shared.settings.tunnel_timeout;
        client.watchdog.borrow_mut().poll(cx, deadline).map(|()| Err(Failure::UpstreamStalled))
    }
}

impl Direction {
    fn new() -> Self {
        Self { buffer: vec![0; BUFFER_BYTES].into(), start: 0, end: 0, state: DirectionState::Open, bytes: 0 }
    }

    /// Moves what can be moved; ready once the end has been passed on.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut (impl AsyncRead + Unpin),
        writer: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<Result<(), Broken>> {
        loop {
            if self.state == DirectionState::Ended {
                return Poll::Ready(Ok(()));
            }
            if let Some(rest) = self.buffer.get(self.start..self.end).filter(|rest| !rest.is_empty()) {
                let written = ready!(Pin::new(&mut *writer).poll_write(cx, rest)).map_err(|_| Broken::Writer)?;
                if written == 0 {
                    return Poll::Ready(Err(Broken::Writer));
                }
                self.start += written;
                self.bytes += written as u64;
                continue;
            }
            if self.state == DirectionState::Ending {
                // The other side may have gone already, which is an end as well.
                let _ = ready!(Pin::new(&mut *writer).poll_shutdown(cx));
                self.state = DirectionState::Ended;
                continue;
            }
            match self.poll_read(cx, reader) {
                Poll::Ready(Ok(0)) => self.state = DirectionState::Ending,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Err(Broken::Reader)),
                Poll::Pending => {
                    ready!(Pin::new(&mut *writer).poll_flush(cx)).map_err(|_| Broken::Writer)?;
                    return Poll::Pending;
                }
            }
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, reader: &mut (impl AsyncRead + Unpin)) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(&mut self.buffer);
        ready!(Pin::new(reader).poll_read(cx, &mut buffer))?;
        (self.start, self.end) = (0, buffer.filled().len());
        Poll::Ready(Ok(self.end))
    }
}
