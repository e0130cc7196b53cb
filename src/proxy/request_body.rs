//! A request's body on its way up, and what the exchange may know of it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// The body as the upstream connection reads it: a frame at a time, when there is room for it; without trailers.
pub(super) struct RequestBody {
    /// `None` if the request has none.
    incoming: Option<Incoming>,
    upload: Rc<Upload>,
    /// Most bytes; 0 is any.
    limit: u64,
}

/// The state of a body that is read by the upstream connection's task, for the exchange that waits for the response.
pub(super) struct Upload {
    state: Cell<UploadState>,
    bytes: Cell<u64>,
    /// When something was last passed on, or all was.
    moved_at: Cell<Instant>,
    waits_for_client: Cell<bool>,
    /// Closed while the client and Hearth wait for the upstream's 100.
    gate_is_open: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// How far a body has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UploadState {
    UnderWay,
    /// All of it was passed on.
    Done,
    /// The client broke off, or broke the rules.
    ClientFailed,
    /// It is longer than allowed.
    TooLarge,
    /// The exchange does not want the rest.
    Abandoned,
}

/// Makes hyper drop the connection to the upstream, so that it never takes what came for all of the body.
#[derive(Debug)]
pub(super) struct UploadError;

impl fmt::Display for UploadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the request's body is not sent on")
    }
}

impl std::error::Error for UploadError {}

impl Upload {
    /// The state of a body that was not begun.
    pub(super) fn new(now: Instant, is_empty: bool) -> Rc<Self> {
        Rc::new(Self {
            state: Cell::new(if is_empty { UploadState::Done } else { UploadState::UnderWay }),
            bytes: Cell::new(0),
            moved_at: Cell::new(now),
            waits_for_client: Cell::new(false),
            gate_is_open: Cell::new(true),
            waker: RefCell::default(),
        })
    }

    pub(super) fn state(&self) -> UploadState {
        self.state.get()
    }

    /// Bytes of the body that were passed on.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    /// Since when it is the upstream's turn; `None` while it is the client's.
    pub(super) fn upstreams_turn_since(&self) -> Option<Instant> {
        (!self.waits_for_client.get()).then(|| self.moved_at.get())
    }

    pub(super) fn close_gate(&self) {
        self.gate_is_open.set(false);
    }

    pub(super) fn gate_is_open(&self) -> bool {
        self.gate_is_open.get()
    }

    /// Lets the body be read.
    pub(super) fn open_gate(&self) {
        self.gate_is_open.set(true);
        self.wake();
    }

    /// Ends the body as broken unless all of it was passed on.
    pub(super) fn abandon(&self) {
        if self.state.get() == UploadState::UnderWay {
            self.state.set(UploadState::Abandoned);
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    fn wake_later(&self, cx: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
    }

    fn end(&self, state: UploadState) {
        self.state.set(state);
        self.waits_for_client.set(false);
        self.moved_at.set(Instant::now());
    }
}

impl RequestBody {
    pub(super) fn new(incoming: Option<Incoming>, upload: Rc<Upload>, limit: u64) -> Self {
        Self { incoming, upload, limit }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        let body = self.get_mut();
        let upload = &body.upload;
        match upload.state.get() {
            UploadState::UnderWay => {}
            UploadState::Done => return Poll::Ready(None),
            UploadState::ClientFailed | UploadState::TooLarge | UploadState::Abandoned => {
                return Poll::Ready(Some(Err(UploadError)));
            }
        }
        let Some(incoming) = &mut body.incoming else {
            upload.end(UploadState::Done);
            return Poll::Ready(None);
        };
        upload.wake_later(cx);
        if !upload.gate_is_open.get() {
            return Poll::Pending;
        }
        loop {
            let polled = Pin::new(&mut *incoming).poll_frame(cx);
            upload.waits_for_client.set(polled.is_pending());
            match ready!(polled) {
                None => {
                    upload.end(UploadState::Done);
                    return Poll::Ready(None);
                }
                Some(Err(_)) => {
                    upload.end(UploadState::ClientFailed);
                    return Poll::Ready(Some(Err(UploadError)));
                }
                Some(Ok(frame)) => {
                    let Some(data) = frame.data_ref() else { continue };
                    let bytes = upload.bytes.get() + data.len() as u64;
                    if body.limit > 0 && bytes > body.limit {
                        upload.end(UploadState::TooLarge);
                        return Poll::Ready(Some(Err(UploadError)));
                    }
                    upload.bytes.set(bytes);
                    if incoming.is_end_stream() {
                        upload.end(UploadState::Done);
                    } else {
                        upload.moved_at.set(Instant::now());
                    }
                    return Poll::Ready(Some(Ok(frame)));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.upload.state.get() == UploadState::Done
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or(SizeHint::with_exact(0), Incoming::size_hint)
    }
}
