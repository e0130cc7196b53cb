//! The proxy's side of recording: notes that cost next to nothing, and a hand-over that never waits.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue, REFERER, USER_AGENT};
use hyper::{HeaderMap, Method, StatusCode, Uri, Version};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::notes::{Note, Notes};
use super::observation::Observation;
use super::open_view::OpenView;
use super::session_cookie::SessionCookie;
use crate::domain::clock::SharedClock;
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::traffic::{Failure, Protocol};
use crate::http::proxy_state::{OpenId, ProxyState};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Room for what the response's headers add to the notes, in bytes.
const RESPONSE_ROOM: usize = 96;

/// Takes notes for one worker; cheap to clone.
#[derive(Clone)]
pub struct Recorder(pub(super) Arc<Desk>);

/// What all workers share.
pub(super) struct Desk {
    /// Response headers that are taken away whatever else happens: those of identity, and the route's.
    pub response_headers: Vec<(HeaderName, Note)>,
    /// Request headers that identity sources name.
    pub request_headers: Vec<(HeaderName, Note)>,
    pub notes_cookies: bool,
    pub notes_authorization: bool,
    pub notes_user_agent: bool,
    pub session_cookie: Option<SessionCookie>,
    pub open_view: OpenView,
    pub clock: SharedClock,
    pub state: Arc<ProxyState>,
    /// Absent when nothing is recorded.
    pub channel: Option<Channel>,
}

/// The way to the recorder's thread.
pub(super) struct Channel {
    pub sender: mpsc::Sender<Box<Observation>>,
    /// Memory of the observations that wait, in bytes.
    pub waiting_bytes: Arc<AtomicUsize>,
    pub max_bytes: usize,
}

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
    pub country: Country,
    /// Whether the peer is one of `server.trusted_proxies`.
    pub trusted: bool,
    /// Whether the client speaks HTTPS to us.
    pub is_tls: bool,
    /// When the first byte of the head came.
    pub started: Instant,
}

/// The notes on one exchange. Dropping them unfinished records that the client went away.
pub struct Exchange {
    desk: Arc<Desk>,
    /// Absent when nothing is recorded, and once the notes were handed over.
    observation: Option<Box<Observation>>,
    open: Option<OpenId>,
}

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

/// Status of an exchange that the client left before its response began, as nginx writes it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

impl Recorder {
    /// Begins the notes on a request.
    #[must_use]
    pub fn begin(&self, head: &RequestHead<'_>) -> Exchange {
        let observation = self.0.channel.is_some().then(|| Box::new(self.0.observe(head)));
        Exchange { desk: Arc::clone(&self.0), observation, open: None }
    }

    /// Takes away from a request what must not reach the app: Hearth's own session cookie.
    pub fn clean_request(&self, headers: &mut HeaderMap) {
        if let Some(cookie) = &self.0.session_cookie {
            cookie.take_out(headers);
        }
    }
}

impl Desk {
    fn observe(&self, head: &RequestHead<'_>) -> Observation {
        let session = self.session_cookie.as_ref();
        Observation {
            project: head.project,
            method: head.method.clone(),
            protocol: if head.version == Version::HTTP_10 { Protocol::Http10 } else { Protocol::Http11 },
            client: head.client,
            country: head.country,
            is_trusted: head.trusted,
            started: head.started,
            first_byte: None,
            answered: None,
            session: session.map(|cookie| cookie.read(head.headers, head.trusted, head.is_tls, self.clock.now_s())),
            notes: self.notes(head),
            end: End {
                at: head.started,
                status: CLIENT_CLOSED_REQUEST,
                failure: Some(Failure::ClientGone),
                bytes_in: 0,
                bytes_out: 0,
                upstream_us: None,
            },
        }
    }

    fn notes(&self, head: &RequestHead<'_>) -> Notes {
        let value = |is_noted: bool, name: &HeaderName| {
            if is_noted { head.headers.get(name).map(HeaderValue::as_bytes) } else { None }
        };
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).as_bytes();
        let cookie = if self.notes_cookies { joined_cookies(head.headers) } else { None };
        let texts = [
            (Note::Target, Some(target)),
            (Note::Host, Some(head.host.as_bytes())),
            (Note::UserAgent, value(self.notes_user_agent, &USER_AGENT)),
            (Note::Referrer, value(true, &REFERER)),
            (Note::TraceParent, value(true, &TRACEPARENT)),
            (Note::Cookie, cookie.as_deref()),
            (Note::Authorization, value(self.notes_authorization, &AUTHORIZATION)),
        ];
        let room: usize = texts.iter().filter_map(|(_, text)| text.map(Notes::room_for)).sum();
        let mut notes = Notes::with_capacity(room + RESPONSE_ROOM);
        for (note, text) in texts {
            if let Some(text) = text {
                notes.add(note, text);
            }
        }
        for (name, note) in &self.request_headers {
            if let Some(value) = head.headers.get(name) {
                notes.add(*note, value.as_bytes());
            }
        }
        notes
    }

    /// Hands an observation over, or counts that it could not be.
    fn hand_over(&self, observation: Box<Observation>) {
        let Some(channel) = &self.channel else { return };
        let bytes = observation.bytes();
        let waiting = channel.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let sent = if waiting.saturating_add(bytes) > channel.max_bytes {
            Err(&self.state.dropped_queue_full)
        } else {
            channel.sender.try_send(observation).map_err(|error| match error {
                TrySendError::Full(_) => &self.state.dropped_queue_full,
                // The recorder has ended, and with it what it would have stored.
                TrySendError::Closed(_) => &self.state.dropped_store,
            })
        };
        if let Err(dropped) = sent {
            channel.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The values of all `Cookie` fields in one piece; a client should send one, HTTP/2 gateways send several.
fn joined_cookies(headers: &HeaderMap) -> Option<std::borrow::Cow<'_, [u8]>> {
    let mut values = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    let first = values.next()?;
    let Some(second) = values.next() else { return Some(first.into()) };
    let all: Vec<&[u8]> = [first, second].into_iter().chain(values).collect();
    Some(all.join(&b"; "[..]).into())
}

impl Exchange {
    /// Takes what the app told about the request out of its response's headers, and sets Hearth's session cookie if
    /// the owner wants it. Must be called for each response from upstream, recorded or not.
    pub fn response(&mut self, status: StatusCode, headers: &mut HeaderMap, first_byte: Instant) {
        let desk = &self.desk;
        for (name, note) in &desk.response_headers {
            if let (Some(value), Some(observation)) = (headers.remove(name), &mut self.observation) {
                observation.notes.add(*note, value.as_bytes());
            }
        }
        let Some(observation) = &mut self.observation else { return };
        observation.first_byte.get_or_insert(first_byte);
        // An interim response says nothing of what the app will answer; a 101 is final.
        if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
            observation.answered = Some(status.as_u16());
        }
        if let (Some(cookie), Some(session)) = (&desk.session_cookie, &mut observation.session)
            && !desk.open_view.has_session(&observation.notes)
        {
            cookie.give(session, headers, desk.clock.now_s());
        }
    }

    /// Says that this is a tunnel or an event stream: visible as open from now on.
    ///
    /// Must be called within a tokio runtime.
    pub fn becomes(&mut self, protocol: Protocol) {
        let Some(observation) = &mut self.observation else { return };
        observation.protocol = protocol;
        let request = self.desk.open_view.show(observation, self.desk.clock.now_ms());
        if let Some(before) = self.open.replace(self.desk.state.open(request)) {
            self.desk.state.close(before);
        }
    }

    /// Ends the notes.
    pub fn finish(mut self, end: End) {
        self.end(Some(end));
    }

    fn end(&mut self, end: Option<End>) {
        if let Some(open) = self.open.take() {
            self.desk.state.close(open);
        }
        let Some(mut observation) = self.observation.take() else { return };
        observation.end = end.unwrap_or_else(|| End {
            at: Instant::now(),
            status: observation.answered.unwrap_or(CLIENT_CLOSED_REQUEST),
            ..observation.end
        });
        self.desk.hand_over(observation);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.end(None);
    }
}

#[cfg(test)]
mod tests;
