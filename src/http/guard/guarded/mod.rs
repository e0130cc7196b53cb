//! The guarded stream itself.

mod reader;
mod writer;

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use self::reader::Reader;
use self::writer::Writer;
use super::{Connection, Flushed, Limits};

/// A client's connection as the HTTP library may see it.
///
/// Reads give it requests that are beyond doubt, one at a time. Shutting it down writes the refusal that is owed, if
/// one is, ends the writing side, and reads on for a moment so that the client gets to see the answer; it must
/// therefore be shut down and not only dropped. hyper and actix-http do so at the end of the stream.
pub struct Guarded<Io> {
    io: Io,
    connection: Connection,
    reader: Reader,
    writer: Writer,
}

impl<Io> Guarded<Io> {
    /// Guards a connection that was just accepted; its first head is awaited from now on.
    ///
    /// Needs a runtime with timers.
    #[must_use]
    pub fn new(io: Io, peer: SocketAddr, limits: Arc<Limits>) -> Self {
        let connection = Connection::new(peer);
        let writer = Writer::new(limits.client_timeout);
        let reader = Reader::new(limits);
        Self { io, connection, reader, writer }
    }

    /// What services may know of this connection.
    #[must_use]
    pub fn connection(&self) -> Connection {
        self.connection.clone()
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Guarded<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { io, connection, reader, .. } = self.get_mut();
        reader.poll_read(io, connection, cx, buf)
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guarded<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { io, connection, reader, writer } = self.get_mut();
        let written = ready!(writer.poll_write(io, connection, cx, &[IoSlice::new(bytes)]))?;
        writer.note_answer(bytes, reader.heads());
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { io, connection, reader, writer } = self.get_mut();
        let written = ready!(writer.poll_write(io, connection, cx, slices))?;
        if let Some(bytes) = slices.iter().find(|bytes| !bytes.is_empty()) {
            writer.note_answer(bytes, reader.heads());
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { io, connection, reader, writer } = self.get_mut();
        if ready!(writer.poll_flush(io, connection, cx))? {
            reader.begin_idling(connection, cx);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { io, connection, reader, writer } = self.get_mut();
        writer.poll_shutdown(io, connection, reader, cx)
    }
}

impl<Io> Drop for Guarded<Io> {
    fn drop(&mut self) {
        self.connection.client_ended();
        self.connection.flushed(Flushed::Lost);
    }
}
