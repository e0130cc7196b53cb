//! What is known of one proxied request once it has ended (traffic.md 1).

use std::sync::Arc;

use super::country::Country;
use super::id::ProjectId;

/// Requests that are stored together. They have no sender who waits: what cannot be stored is dropped and counted.
#[derive(Debug, Clone, Default)]
pub struct TrafficBatch {
    pub records: Vec<TrafficRecord>,
}

/// One request as it is stored, shown and sent to watchers.
///
/// Texts are bounded by the room that makes the record (`intake::traffic`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficRecord {
    /// Row id; 0 until the store has given one.
    pub id: i64,
    pub project: ProjectId,
    /// When the last byte of the response had been handed to the client's connection, in ms since the epoch.
    pub ended_at_ms: i64,
    /// When the record was stored, in ms since the epoch; 0 until then. Ranges of time and rollups go by this. Whoever
    /// writes history afterwards sets it beforehand, never earlier than that of the row before.
    pub created_at_ms: i64,
    /// From the first byte of the request's head to the last byte of the response.
    pub duration_us: u64,
    /// From the first byte of the request's head to the first byte of the response's head from upstream.
    pub first_byte_us: Option<u64>,
    /// From the moment the request was handed to the upstream connection to the last byte from upstream.
    pub upstream_us: Option<u64>,
    /// As sent, at most 32 bytes.
    pub method: Arc<str>,
    /// What `traffic.route_value` says: pattern, path or URL.
    pub route: Arc<str>,
    /// Name by which the client asked, without a port; lower case.
    pub host: Arc<str>,
    /// Path and query, as far as `traffic.query` lets them reach the disk.
    pub original_url: Box<str>,
    /// As the client got it, or 499, 502, 504 when the exchange was broken off before a status was sent.
    pub status: u16,
    pub is_slow: bool,
    pub failure: Option<Failure>,
    pub protocol: Protocol,
    /// Body bytes of the request; of a tunnel: what the client sent.
    pub bytes_in: u64,
    /// Body bytes of the response; of a tunnel: what the client got.
    pub bytes_out: u64,
    pub user: Option<TrafficUser>,
    pub session_id: Option<Box<str>>,
    /// Only with `traffic.track_ip`.
    pub ip: Option<Box<str>>,
    pub country: Country,
    /// Only with `traffic.track_user_agent`.
    pub user_agent: Option<Arc<str>>,
    /// Origin and path of the `Referer`.
    pub referrer: Option<Box<str>>,
    /// The trace id of a `traceparent` that the client sent.
    pub trace_id: Option<[u8; 16]>,
}

/// The person behind a request, as the configured sources named them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficUser {
    pub id: Box<str>,
    pub name: Option<Box<str>>,
    pub email: Option<Box<str>>,
}

/// Status from which a request counts as an error (traffic.md 1, ours to choose).
pub const ERROR_STATUS: u16 = 400;

impl TrafficRecord {
    /// Whether the request counts as an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.status >= ERROR_STATUS
    }

    /// When the first byte of the request came, in ms since the epoch.
    #[must_use]
    pub fn started_at_ms(&self) -> i64 {
        let duration_ms = self.duration_us.saturating_add(500) / 1000;
        self.ended_at_ms.saturating_sub(i64::try_from(duration_ms).unwrap_or(i64::MAX))
    }

    /// The trace id as 32 hexadecimal digits (W3C Trace Context 3.2.2.3).
    #[must_use]
    pub fn trace_id_text(&self) -> Option<String> {
        self.trace_id.map(|id| format!("{:032x}", u128::from_be_bytes(id)))
    }

    /// Roughly how much memory the record holds, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let text = |text: &Option<Box<str>>| text.as_ref().map_or(0, |text| text.len());
        let user = self.user.as_ref().map_or(0, |user| user.id.len() + text(&user.name) + text(&user.email));
        size_of::<Self>()
            + self.original_url.len()
            + user
            + text(&self.session_id)
            + text(&self.ip)
            + text(&self.referrer)
    }
}

impl TrafficBatch {
    /// Roughly how much memory the batch holds while it waits, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.records.iter().map(TrafficRecord::bytes).sum()
    }
}

/// What was spoken once the request's head had been read. The numbers are those of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http10 = 0,
    Http11 = 1,
    /// A 101 for a WebSocket: from then on bytes in both directions.
    WebSocket = 2,
    /// A response of type `text/event-stream`.
    EventStream = 3,
    /// A 101 for another protocol of `proxy.upgrades`.
    Upgraded = 4,
}

/// Why an exchange was broken off. The numbers are those of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection to the upstream: refused, unreachable, name not found, TLS failed. Status 502.
    UpstreamRefused = 1,
    /// The upstream took too long to connect or to begin its response. Status 504.
    UpstreamTimedOut = 2,
    /// The upstream closed or reset before its response began. Status 502.
    UpstreamClosed = 3,
    /// What the upstream sent is no valid response. Status 502.
    UpstreamInvalid = 4,
    /// The response began and was then broken off by the upstream. The status is the response's.
    UpstreamBroken = 5,
    /// The response began and then paused for too long. The status is the response's.
    UpstreamStalled = 6,
    /// The client went away: status 499 if before the response began, else the response's.
    ClientGone = 7,
    /// The client sent its body, or took the response, too slowly. Status 408 if before the response began.
    ClientTimedOut = 8,
    /// The client's body broke the rules of HTTP or a limit. Status 400 or 413.
    ClientInvalid = 9,
    /// Hearth stopped while the exchange was going on.
    Stopped = 10,
}

impl Failure {
    pub const ALL: [Self; 10] = [
        Self::UpstreamRefused,
        Self::UpstreamTimedOut,
        Self::UpstreamClosed,
        Self::UpstreamInvalid,
        Self::UpstreamBroken,
        Self::UpstreamStalled,
        Self::ClientGone,
        Self::ClientTimedOut,
        Self::ClientInvalid,
        Self::Stopped,
    ];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UpstreamRefused => "upstream_refused",
            Self::UpstreamTimedOut => "upstream_timed_out",
            Self::UpstreamClosed => "upstream_closed",
            Self::UpstreamInvalid => "upstream_invalid",
            Self::UpstreamBroken => "upstream_broken",
            Self::UpstreamStalled => "upstream_stalled",
            Self::ClientGone => "client_gone",
            Self::ClientTimedOut => "client_timed_out",
            Self::ClientInvalid => "client_invalid",
            Self::Stopped => "stopped",
        }
    }

    /// The failure with this number in the file.
    #[must_use]
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| *failure as i64 == code)
    }
}

impl Protocol {
    pub const ALL: [Self; 5] = [Self::Http10, Self::Http11, Self::WebSocket, Self::EventStream, Self::Upgraded];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http10 => "http/1.0",
            Self::Http11 => "http/1.1",
            Self::WebSocket => "websocket",
            Self::EventStream => "event-stream",
            Self::Upgraded => "upgraded",
        }
    }

    /// The protocol with this number in the file.
    #[must_use]
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| *protocol as i64 == code)
    }
}
