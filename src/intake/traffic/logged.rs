//! Requests that another server has logged, made into records as the proxy's recorder makes them: the same filters, routes,
//! redaction and bounds.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Method;

use super::identity::Identity;
use super::notes::{Note, Notes};
use super::observation::Observation;
use super::record_maker::{Now, RecordMaker};
use super::recorder::End;
use super::recording_error::RecordingError;
use super::redaction::Redaction;
use crate::config::Traffic;
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::traffic::{Protocol, TrafficRecord};

/// What a log says of a request.
#[derive(Debug, Clone, Copy)]
pub struct LoggedRequest<'a> {
    pub project: ProjectId,
    pub ended_at_ms: i64,
    /// 0 where the log does not tell it.
    pub duration_us: u64,
    pub upstream_us: Option<u64>,
    pub client: Option<IpAddr>,
    pub country: Country,
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    pub host: &'a str,
    pub protocol: Protocol,
    pub status: u16,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub referrer: Option<&'a str>,
    pub user_agent: Option<&'a str>,
}

/// What came of a logged request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logged {
    Record(Box<TrafficRecord>),
    /// `[traffic]` says that such requests are not recorded.
    Ignored,
    /// The method is no token.
    InvalidMethod,
}

/// Makes records; remembers what it learns of routes.
pub struct LoggedRequests {
    maker: RecordMaker,
    notes_user_agent: bool,
}

impl LoggedRequests {
    /// `stored_routes` are those of earlier requests, from which paths get the same names again.
    pub fn new(
        config: &Traffic,
        stored_routes: impl IntoIterator<Item = (ProjectId, String)>,
    ) -> Result<Self, RecordingError> {
        let identity = Arc::new(Identity::new(&config.identity)?);
        let redaction = Arc::new(Redaction::new(config.query, &config.query_allow));
        let maker = RecordMaker::new(config, identity, redaction, stored_routes)?;
        Ok(Self { maker, notes_user_agent: config.track_user_agent })
    }

    /// The record of a request. Its time of arrival is that of its end: a history that is written afterwards.
    pub fn make(&mut self, request: &LoggedRequest<'_>) -> Logged {
        let Ok(method) = Method::from_bytes(request.method.as_bytes()) else { return Logged::InvalidMethod };
        let mut notes = Notes::with_capacity(request.target.len() + 512);
        notes.add(Note::Target, request.target.as_bytes());
        notes.add(Note::Host, request.host.as_bytes());
        if let Some(agent) = request.user_agent.filter(|_| self.notes_user_agent) {
            notes.add(Note::UserAgent, agent.as_bytes());
        }
        if let Some(referrer) = request.referrer {
            notes.add(Note::Referrer, referrer.as_bytes());
        }
        // Only the differences count.
        let started = Instant::now();
        let at = started.checked_add(Duration::from_micros(request.duration_us)).unwrap_or(started);
        let seen = Observation {
            project: request.project,
            method,
            protocol: request.protocol,
            client: request.client.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            country: request.country,
            is_trusted: false,
            started,
            first_byte: None,
            answered: Some(request.status),
            session: None,
            notes,
            end: End {
                at,
                status: request.status,
                failure: None,
                bytes_in: request.bytes_in,
                bytes_out: request.bytes_out,
                upstream_us: request.upstream_us,
            },
        };
        let Some(mut record) = self.maker.make(&seen, Now { instant: at, epoch_ms: request.ended_at_ms }) else {
            return Logged::Ignored;
        };
        record.created_at_ms = request.ended_at_ms;
        if request.client.is_none() {
            record.ip = None;
        }
        Logged::Record(Box::new(record))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::traffic;
    use super::*;

    #[test]
    fn a_logged_request_is_named_and_redacted_as_a_proxied_one() {
        let config = traffic();
        let mut requests = LoggedRequests::new(&config, []).unwrap();
        let request = LoggedRequest {
            project: ProjectId(1),
            ended_at_ms: 1_795_000_000_000,
            duration_us: 2_500,
            upstream_us: None,
            client: None,
            country: Country::UNKNOWN,
            method: "GET",
            target: "/orders/4711?token=secret",
            host: "Shop.example:443",
            protocol: Protocol::Http11,
            status: 200,
            bytes_in: 0,
            bytes_out: 12,
            referrer: Some("https://elsewhere.example/a?b=c"),
            user_agent: Some("curl/8"),
        };
        let Logged::Record(record) = requests.make(&request) else { panic!() };
        assert_eq!(
            (&*record.host, record.duration_us, record.created_at_ms),
            ("shop.example", 2_500, 1_795_000_000_000)
        );
        assert_eq!(&*record.route, "/orders/:id");
        assert!(!record.original_url.contains("secret"), "{}", record.original_url);
        assert_eq!(record.referrer.as_deref(), Some("https://elsewhere.example/a"));
        assert_eq!(requests.make(&LoggedRequest { method: "G T", ..request }), Logged::InvalidMethod);
    }
}
