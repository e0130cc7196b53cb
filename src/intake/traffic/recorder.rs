//! The proxy's side of recording: notes that cost next to nothing, and a hand-over that never waits.

use std::net::IpAddr;
use std::time::Instant;

use hyper::{HeaderMap, Method, StatusCode, Uri, Version};

use crate::domain::id::ProjectId;
use crate::domain::traffic::{Failure, Protocol};

/// Takes notes for one worker; cheap to clone.
#[derive(Clone)]
pub struct Recorder {}

/// What is known when a request's head has been read.
pub struct RequestHead<'a> {
    pub project: ProjectId,
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub version: Version,
    /// As the client sent them.
    pub headers: &'a HeaderMap,
    /// Name the client asked for, with or without a port.
    pub host: &'a str,
    pub client: IpAddr,
    /// Whether the peer is one of `server.trusted_proxies`.
    pub trusted: bool,
    /// When the first byte of the head came.
    pub started: Instant,
}

/// The notes on one exchange. Dropping them unfinished records that the client went away.
pub struct Exchange {}

/// How an exchange ended.
#[derive(Debug, Clone, Copy)]
pub struct End {
    pub at: Instant,
    /// As the client got it; 499, 502, 504 and so on when there was none.
    pub status: u16,
    pub failure: Option<Failure>,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// From handing the request to the upstream connection to the last byte from upstream.
    pub upstream_us: Option<u64>,
}

impl Recorder {
    /// Begins the notes on a request.
    pub fn begin(&self, _head: &RequestHead<'_>) -> Exchange {
        Exchange {}
    }

    /// Takes away from a request what must not reach the app: Hearth's own session cookie.
    pub fn clean_request(&self, _headers: &mut HeaderMap) {}
}

impl Exchange {
    /// Takes what the app told about the request out of its response's headers, and sets Hearth's session cookie if
    /// the owner wants it. Must be called for each response from upstream, recorded or not.
    pub fn response(&mut self, _status: StatusCode, _headers: &mut HeaderMap, _first_byte: Instant) {}

    /// Says that this is a tunnel or an event stream: visible as open from now on.
    pub fn becomes(&mut self, _protocol: Protocol) {}

    /// Ends the notes.
    pub fn finish(self, _end: End) {}
}
