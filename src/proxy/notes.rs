//! What an exchange leaves behind: a record, a count, and a connection that may go on.

use std::rc::Rc;
use std::time::Instant;

use crate::domain::traffic::Failure;
use crate::http::guard::{self, Connection, Flushed, Violation};
use crate::intake::traffic::recorder::{End, Exchange};

use super::request_body::Upload;
use super::worker::Worker;

/// Status that is recorded when the client left before it was sent one (nginx's).
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Status of violations that are slowness.
const REQUEST_TIMEOUT: u16 = 408;

/// The notes on one exchange from its begin to its end; dropped before its end, the client has gone.
///
/// They move from the service's future into the response's body, so that whatever drops those drops these.
pub(super) struct Notes {
    worker: Rc<Worker>,
    connection: Connection,
    upload: Rc<Upload>,
    /// Taken when the exchange ends, which lets the guard go on.
    guarded: Option<guard::Exchange>,
    /// `None` when there is nothing to record: a request to Hearth itself.
    exchange: Option<Exchange>,
    status: u16,
    failure: Option<Failure>,
    pub(super) bytes_out: u64,
    /// Of a tunnel, whose bytes are no body.
    tunnel_in: u64,
    sent_at: Option<Instant>,
    upstream_ended_at: Option<Instant>,
    ends_by_itself: bool,
}

impl Notes {
    pub(super) fn new(
        worker: Rc<Worker>,
        connection: Connection,
        upload: Rc<Upload>,
        guarded: guard::Exchange,
        exchange: Option<Exchange>,
    ) -> Self {
        worker.stop.exchange_begins();
        Self {
            worker,
            connection,
            upload,
            guarded: Some(guarded),
            exchange,
            status: CLIENT_CLOSED_REQUEST,
            failure: None,
            bytes_out: 0,
            tunnel_in: 0,
            sent_at: None,
            upstream_ended_at: None,
            ends_by_itself: true,
        }
    }

    /// The recorder's notes.
    pub(super) fn exchange(&mut self) -> Option<&mut Exchange> {
        self.exchange.as_mut()
    }

    /// The request is now handed to an upstream connection.
    pub(super) fn sent(&mut self) {
        self.sent_at = Some(Instant::now());
    }

    pub(super) fn upstream_ended(&mut self) {
        self.upstream_ended_at = self.sent_at.map(|_| Instant::now());
    }

    /// This status is now handed to the client.
    pub(super) fn answered(&mut self, status: u16) {
        self.status = status;
    }

    /// Why the exchange does not end as it should; the first reason counts.
    pub(super) fn failed(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }

    /// The exchange goes on until somebody leaves: a stop does not wait for it.
    pub(super) fn is_open_ended(&mut self) {
        if std::mem::take(&mut self.ends_by_itself) {
            self.worker.stop.exchange_ends();
        }
    }

    /// Bytes that a tunnel carried so far.
    pub(super) fn tunnelled(&mut self, from_client: u64, to_client: u64) {
        self.tunnel_in = from_client;
        self.bytes_out = to_client;
    }

    /// All of the response was given to the library; the record is made once its last byte has left.
    pub(super) fn complete(&mut self) {
        self.guarded = None;
        let Some(exchange) = self.exchange.take() else { return };
        let end = self.end(Instant::now());
        self.connection.after_flush(move |flushed| {
            let failure = end.failure.or((flushed == Flushed::Lost).then_some(Failure::ClientGone));
            exchange.finish(End { at: Instant::now(), failure, ..end });
        });
    }

    /// The exchange has ended in a way that no flush follows: a tunnel.
    pub(super) fn complete_now(&mut self) {
        self.guarded = None;
        if let Some(exchange) = self.exchange.take() {
            exchange.finish(self.end(Instant::now()));
        }
    }

    fn end(&self, at: Instant) -> End {
        let upstream_us = self.sent_at.map(|sent_at| {
            let ended_at = self.upstream_ended_at.unwrap_or(at);
            u64::try_from(ended_at.saturating_duration_since(sent_at).as_micros()).unwrap_or(u64::MAX)
        });
        End {
            at,
            status: self.status,
            failure: self.failure,
            bytes_in: self.upload.bytes() + self.tunnel_in,
            bytes_out: self.bytes_out,
            upstream_us,
        }
    }
}

/// What the guard found wrong with a client, as it is recorded.
pub(super) fn failure_of(violation: Violation) -> Failure {
    if violation.status == REQUEST_TIMEOUT { Failure::ClientTimedOut } else { Failure::ClientInvalid }
}

impl Drop for Notes {
    fn drop(&mut self) {
        self.is_open_ended();
        if self.exchange.is_some() {
            let violation = self.connection.violation();
            self.failed(violation.map_or(Failure::ClientGone, failure_of));
            self.complete_now();
        }
    }
}
