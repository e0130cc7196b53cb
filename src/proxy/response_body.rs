//! A response's body on its way down.

use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_http::body::BoxBody;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use crate::domain::traffic::Failure;

use super::connection::Client;
use super::notes::Notes;
use super::pool::Link;
use super::request_body::{Upload, UploadState};
use super::reserved::{self, ReservedBodyError};
use super::stop::Phase;

/// How long a client that has ended its side is answered without a byte from the app, and a request body whose response
/// is over may go on.
///
/// One that has left and one that only has nothing more to say look alike until something is written to them. This is
/// long enough for the latter, and short enough to tell the app, and the record, of the former.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// The body as the client's connection reads it, with the notes on its exchange.
pub(super) struct ResponseBody {
    source: Source,
    /// `None` if they have been taken elsewhere.
    notes: Option<Notes>,
    /// Set once the end, good or bad, was noted.
    has_ended: bool,
}

enum Source {
    /// No byte follows the head, whatever its fields say: a response to HEAD, or with 204 or 304.
    HeadOnly,
    /// Of the proxy itself; empty when it was given.
    Page(Bytes),
    Upstream(Box<Streaming>),
    Reserved(Pin<Box<BoxBody>>),
}

/// A body from upstream, and what ends it.
struct Streaming {
    incoming: Incoming,
    lease: Lease,
    client: Rc<Client>,
    upload: Rc<Upload>,
    /// Since when the next frame is waited for.
    waiting_since: Option<Instant>,
    client_left_at: Option<Instant>,
    total_deadline: Option<Instant>,
    /// The upstream broke off; told after what came before has been flushed.
    is_broken: bool,
}

/// A connection to an upstream in use; dropped before its response has ended, the connection is closed.
pub(super) struct Lease {
    pub(super) client: Rc<Client>,
    pub(super) upstream: usize,
    pub(super) link: Option<Link>,
}

/// Makes hyper close the client's connection, so that the client does not take what came for all of the body.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the response was broken off")]
    BrokenOff,
    #[error(transparent)]
    Reserved(#[from] ReservedBodyError),
}

impl ResponseBody {
    pub(super) fn page(page: Bytes, notes: Notes) -> Self {
        Self { source: Source::Page(page), notes: Some(notes), has_ended: false }
    }

    /// A response of Hearth's app that ends with its head.
    pub(super) fn head_only(notes: Notes) -> Self {
        Self { source: Source::HeadOnly, notes: Some(notes), has_ended: false }
    }

    /// The body of a 101, whose notes are the tunnel's.
    pub(super) fn empty() -> Self {
        Self { source: Source::Page(Bytes::new()), notes: None, has_ended: true }
    }

    /// The same response, which ends with its head; its `Content-Length`, if any, is kept.
    pub(super) fn without_bytes(mut self) -> Self {
        self.source = Source::HeadOnly;
        self
    }

    pub(super) fn reserved(body: BoxBody, notes: Notes) -> Self {
        Self { source: Source::Reserved(Box::pin(body)), notes: Some(notes), has_ended: false }
    }

    pub(super) fn upstream(
        incoming: Incoming,
        lease: Lease,
        upload: Rc<Upload>,
        total_deadline: Option<Instant>,
        notes: Notes,
    ) -> Self {
        let streaming = Streaming {
            incoming,
            client: Rc::clone(&lease.client),
            lease,
            upload,
            waiting_since: None,
            client_left_at: None,
            total_deadline,
            is_broken: false,
        };
        let source = Source::Upstream(Box::new(streaming));
        let mut body = Self { source, notes: Some(notes), has_ended: false };
        if body.is_end_stream() {
            body.end();
        }
        body
    }

    /// Notes the good end, once.
    fn end(&mut self) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        let Some(notes) = &mut self.notes else { return };
        if let Source::Upstream(streaming) = &mut self.source {
            notes.upstream_ended();
            streaming.lease.give_back(&streaming.upload);
        }
        notes.complete();
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let body = self.get_mut();
        let polled = match &mut body.source {
            Source::HeadOnly => Poll::Ready(None),
            Source::Page(page) => {
                let page = std::mem::take(page);
                Poll::Ready((!page.is_empty()).then_some(Ok(page)))
            }
            Source::Upstream(streaming) => streaming.poll(cx, body.notes.as_mut()),
            Source::Reserved(reserved) => reserved::poll_body(reserved.as_mut(), cx).map_err(BodyError::from),
        };
        match &polled {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(data))) => {
                if let Some(notes) = &mut body.notes {
                    notes.bytes_out += data.len() as u64;
                }
                // hyper does not ask again once it has the last frame.
                if body.is_end_stream() {
                    body.end();
                }
            }
            Poll::Ready(Some(Err(_))) => body.has_ended = true,
            Poll::Ready(None) => body.end(),
        }
        polled.map_ok(Frame::data)
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            // Else hyper would leave out the Content-Length, as there is nothing of that length.
            Source::HeadOnly => false,
            Source::Page(page) => page.is_empty(),
            Source::Upstream(streaming) => streaming.incoming.is_end_stream(),
            Source::Reserved(body) => reserved::is_empty(body.as_ref().get_ref()),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::HeadOnly => SizeHint::default(),
            Source::Page(page) => SizeHint::with_exact(page.len() as u64),
            Source::Upstream(streaming) => streaming.incoming.size_hint(),
            Source::Reserved(body) => reserved::size_hint(body.as_ref().get_ref()),
        }
    }
}

impl Drop for ResponseBody {
    /// hyper drops a body that it does not need to read, such as that of a response to HEAD.
    fn drop(&mut self) {
        let is_head_only = matches!(self.source, Source::HeadOnly);
        if is_head_only || self.is_end_stream() {
            self.end();
        }
    }
}

impl Streaming {
    fn poll(&mut self, cx: &mut Context<'_>, notes: Option<&mut Notes>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if self.is_broken {
            return Poll::Ready(Some(Err(BodyError::BrokenOff)));
        }
        loop {
            match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.waiting_since = None;
                    // Trailers are dropped.
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Poll::Ready(Some(Err(_))) => return self.break_off(cx, notes, Failure::UpstreamBroken),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => break,
            }
        }
        self.poll_limits(cx).map_or(Poll::Pending, |failure| self.break_off(cx, notes, failure))
    }

    /// Why waiting has to end, if it has to.
    fn poll_limits(&mut self, cx: &mut Context<'_>) -> Option<Failure> {
        let worker = &self.client.worker;
        if worker.stop.phase() == Phase::Closing {
            return Some(Failure::Stopped);
        }
        if self.client_left_at.is_none() && pin!(self.client.connection.client_closed()).poll(cx).is_ready() {
            self.client_left_at = Some(Instant::now());
        }
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let stalled_at = since + worker.shared.settings.stream_timeout;
        let left_at = self.client_left_at.map(|left_at| left_at.max(since) + GRACE);
        let deadline = [self.total_deadline, left_at].into_iter().flatten().fold(stalled_at, Instant::min);
        if self.client.watchdog.borrow_mut().poll(cx, deadline).is_pending() {
            return None;
        }
        Some(if left_at == Some(deadline) { Failure::ClientGone } else { Failure::UpstreamStalled })
    }

    /// Ends the response as broken: at the next call, so that what came before is flushed first.
    fn break_off(
        &mut self,
        cx: &mut Context<'_>,
        notes: Option<&mut Notes>,
        failure: Failure,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.is_broken = true;
        if let Some(notes) = notes {
            notes.upstream_ended();
            notes.failed(failure);
        }
        self.upload.abandon();
        self.lease.link = None;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Lease {
    /// Keeps the connection for the next request.
    ///
    /// Not if the response has ended before the request, as some apps answer before they have read everything: nobody
    /// knows when such an app would get to the next request. The rest of this one may go on for a moment.
    fn give_back(&mut self, upload: &Rc<Upload>) {
        let Some(mut link) = self.link.take() else { return };
        if upload.state() == UploadState::Done {
            self.client.worker.pool.put(self.upstream, link);
        } else if upload.gate_is_open() {
            let upload = Rc::clone(upload);
            actix_rt::spawn(async move {
                // Ready when all of the request has been written; the connection ends here in any case.
                let _ = tokio::time::timeout(GRACE, link.sender.ready()).await;
                upload.abandon();
            });
        } else {
            upload.abandon();
        }
    }

    /// Leaves the connection to a tunnel.
    pub(super) fn detach(mut self) {
        if let Some(link) = self.link.take() {
            link.detach();
        }
    }
}
