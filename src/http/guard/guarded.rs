//! The guarded stream itself.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Connection, Flushed, Limits};

/// A client's connection as the HTTP library may see it.
pub struct Guarded<Io> {
    io: Io,
    connection: Connection,
    limits: Arc<Limits>,
}

impl<Io> Guarded<Io> {
    /// Guards a connection that was just accepted; its first head is awaited from now on.
    ///
    /// Needs a runtime with timers.
    pub fn new(io: Io, peer: SocketAddr, limits: Arc<Limits>) -> Self {
        Self { io, connection: Connection::new(peer), limits }
    }

    /// What services may know of this connection.
    pub fn connection(&self) -> Connection {
        self.connection.clone()
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Guarded<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let guarded = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut guarded.io).poll_read(cx, buf))?;
        guarded.connection.count_read(buf.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Guarded<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let guarded = self.get_mut();
        let written = ready!(Pin::new(&mut guarded.io).poll_write(cx, bytes))?;
        guarded.connection.count_written(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let guarded = self.get_mut();
        ready!(Pin::new(&mut guarded.io).poll_flush(cx))?;
        if guarded.connection.flush_is_awaited() {
            guarded.connection.flushed(Flushed::Done);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

impl<Io> Drop for Guarded<Io> {
    fn drop(&mut self) {
        self.connection.flushed(Flushed::Lost);
    }
}
