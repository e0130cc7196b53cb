//! Sending a request to its upstream, and waiting for the head of the response.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::{Method, Request, Response};
use tokio::sync::Notify;

use super::connection::Client;
use super::notes::Notes;
use super::pool::Link;
use super::refusal::Refusal;
use super::request_body::{RequestBody, Upload, UploadState};
use super::response_body::{GRACE, Lease};
use super::stop::Phase;
use super::upstreams::Upstream;

/// How long a client that waits for a 100 is kept waiting for an upstream that may not know it (RFC 9110 10.1.1).
const CONTINUE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why there is no response from upstream.
pub(super) enum Failed {
    Refused(Refusal),
    ClientLeft,
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What sending one request needs to know.
pub(super) struct Sending<'a> {
    pub(super) client: &'a Rc<Client>,
    pub(super) upstream: (usize, &'a Upstream),
    pub(super) upload: &'a Rc<Upload>,
    /// Whether the client sends its body only after a 100.
    pub(super) expects_continue: bool,
    pub(super) total_deadline: Option<Instant>,
}

/// An answer of the upstream's connection, or its error and the request if nothing of that was written.
type Sent = Result<Response<Incoming>, TrySendError<Request<RequestBody>>>;

impl Sending<'_> {
    /// Sends the request, a second time if that can do no harm.
    ///
    /// That is so if nothing of it was written; or if it has no body, is safe (RFC 9110 9.2.2), and went out on a
    /// reused connection that the upstream was just closing (RFC 9112 9.3.1). A POST that was begun is never repeated.
    pub(super) async fn run(
        &self,
        request: Request<()>,
        body: Option<Incoming>,
        notes: &mut Notes,
    ) -> Result<(Response<Incoming>, Lease), Failed> {
        let pool = &self.client.worker.pool;
        let is_repeatable = self.upload.state() == UploadState::Done
            && matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        let mut request = request.map(|()| self.body(body));
        let continued = self.expects_continue.then(|| self.hold_body_back(&mut request));
        let mut reused = if is_repeatable { pool.take(self.upstream.0) } else { self.take_looked_after().await };
        loop {
            let is_reused = reused.is_some();
            let mut link = match reused.take() {
                Some(link) => link,
                None => self.connect().await?,
            };
            let spare = (is_reused && is_repeatable).then(|| self.copy_without_body(&request));
            notes.sent();
            let mut error = match self.wait(&mut link, request, continued.as_deref()).await? {
                Ok(response) => {
                    let lease = Lease { client: Rc::clone(self.client), upstream: self.upstream.0, link: Some(link) };
                    return Ok((response, lease));
                }
                Err(error) => error,
            };
            let unsent = error.take_message();
            let error = error.into_error();
            // The next try is on a new connection: others that waited may have been closed with this one.
            request = match (unsent, spare) {
                (Some(unsent), _) if is_reused => unsent,
                (None, Some(spare)) if !error.is_parse() && !error.is_user() => spare,
                _ => return Err(self.reason(&error)),
            };
        }
    }

    /// A connection that waits in the pool, once the runtime has looked whether the upstream has closed it.
    ///
    /// What is sent on a closed one cannot be sent again if it is no repeatable request. The end of a connection is
    /// known only after the runtime has asked the operating system, which may be a whole batch of tasks ago.
    async fn take_looked_after(&self) -> Option<Link> {
        loop {
            let link = self.client.worker.pool.take(self.upstream.0)?;
            tokio::task::yield_now().await;
            if link.sender.is_ready() {
                return Some(link);
            }
        }
    }

    fn body(&self, incoming: Option<Incoming>) -> RequestBody {
        let limit = self.client.worker.shared.settings.max_body_bytes;
        RequestBody::new(incoming, Rc::clone(self.upload), limit)
    }

    fn copy_without_body(&self, request: &Request<RequestBody>) -> Request<RequestBody> {
        let mut copy = Request::new(self.body(None));
        copy.method_mut().clone_from(request.method());
        copy.uri_mut().clone_from(request.uri());
        copy.headers_mut().clone_from(request.headers());
        copy
    }

    /// Has the body wait until the upstream says 100, which also makes hyper say it to the client.
    fn hold_body_back(&self, request: &mut Request<RequestBody>) -> Arc<Notify> {
        self.upload.close_gate();
        let continued = Arc::new(Notify::new());
        let told = Arc::clone(&continued);
        hyper::ext::on_informational(request, move |response| {
            if response.status() == hyper::StatusCode::CONTINUE {
                told.notify_one();
            }
        });
        continued
    }

    /// A new connection; nobody waits for it who has left.
    async fn connect(&self) -> Result<Link, Failed> {
        let mut connecting = pin!(self.client.worker.shared.connector.connect(&self.upstream.1.target));
        let mut limits = Limits::new(self);
        // The connector keeps its own time.
        limits.response_timeout = None;
        poll_fn(|cx| match connecting.as_mut().poll(cx) {
            Poll::Ready(connected) => Poll::Ready(connected.map_err(Failed::from)),
            Poll::Pending => limits.poll(cx).map(Err),
        })
        .await
    }

    /// Hands the request over and waits for the head of the response, or for a reason to give up.
    async fn wait(
        &self,
        link: &mut Link,
        request: Request<RequestBody>,
        continued: Option<&Notify>,
    ) -> Result<Sent, Failed> {
        let mut sent = pin!(link.sender.try_send_request(request));
        let mut limits = Limits::new(self);
        let mut may_continue = pin!(async {
            match continued {
                Some(continued) => {
                    // Either way the body may go: the upstream wants it, or does not know how to say so.
                    let _ = tokio::time::timeout(CONTINUE_TIMEOUT, continued.notified()).await;
                }
                None => std::future::pending().await,
            }
        });
        poll_fn(|cx| {
            if let Poll::Ready(sent) = sent.as_mut().poll(cx) {
                return Poll::Ready(Ok(sent));
            }
            if !self.upload.gate_is_open() && may_continue.as_mut().poll(cx).is_ready() {
                self.upload.open_gate();
            }
            limits.poll(cx).map(Err)
        })
        .await
    }

    /// What to tell the client, and the record, of an error on the connection to the upstream.
    fn reason(&self, error: &hyper::Error) -> Failed {
        match self.upload.state() {
            UploadState::TooLarge => return Refusal::TOO_LARGE.into(),
            UploadState::ClientFailed => {
                let violation = self.client.connection.violation();
                return violation.map_or(Failed::ClientLeft, |violation| Refusal::of_violation(violation).into());
            }
            UploadState::UnderWay | UploadState::Done | UploadState::Abandoned => {}
        }
        let host = &*self.upstream.1.target.host;
        tracing::warn!(host, error = error as &dyn std::error::Error, "no response from the upstream");
        if error.is_parse() { Refusal::UPSTREAM_INVALID.into() } else { Refusal::UPSTREAM_CLOSED.into() }
    }
}

/// What ends waiting for an upstream.
struct Limits<'a> {
    sending: &'a Sending<'a>,
    /// From the moment since when it is the upstream's turn; `None`: any time.
    response_timeout: Option<Duration>,
    /// When it was last seen whose turn it is.
    looked_at: Instant,
    client_left_at: Option<Instant>,
}

impl<'a> Limits<'a> {
    fn new(sending: &'a Sending<'a>) -> Self {
        let response_timeout = Some(sending.client.worker.shared.settings.response_timeout);
        Self { sending, response_timeout, looked_at: Instant::now(), client_left_at: None }
    }

    /// Ready with the reason when waiting has to end.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Failed> {
        let Sending { client, upload, total_deadline, .. } = self.sending;
        if client.worker.stop.phase() == Phase::Closing {
            return Poll::Ready(Refusal::STOPPED.into());
        }
        if self.client_left_at.is_none() && pin!(client.connection.client_closed()).poll(cx).is_ready() {
            self.client_left_at = Some(Instant::now());
        }
        loop {
            let turn_since = upload.upstreams_turn_since();
            let since = turn_since.map_or(self.looked_at, |since| since.max(self.looked_at));
            let response_at = self.response_timeout.map(|timeout| since + timeout);
            let left_at = self.client_left_at.map(|left_at| left_at + GRACE);
            let Some(deadline) = [response_at, left_at, *total_deadline].into_iter().flatten().min() else {
                return Poll::Pending;
            };
            if client.watchdog.borrow_mut().poll(cx, deadline).is_pending() {
                return Poll::Pending;
            }
            if left_at == Some(deadline) {
                return Poll::Ready(Failed::ClientLeft);
            }
            if turn_since.is_some() || *total_deadline == Some(deadline) {
                return Poll::Ready(Refusal::UPSTREAM_TIMED_OUT.into());
            }
            // The client is slow, which is the guard's business. Look again.
            self.looked_at = Instant::now();
        }
    }
}
