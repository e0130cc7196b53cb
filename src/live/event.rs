//! What watchers are told of one event, in the two forms in which they hear it.

use serde::Serialize;

use crate::domain::Batch;
use crate::domain::heat::{HeatBatch, HeatEvent, Kind, Place};
use crate::domain::id::ProjectId;
use crate::domain::traffic::TrafficRecord;
use crate::http::iso_time::IsoTime;
use crate::http::json_number::JsonNumber;
use crate::store::feed::Committed;

/// Who hears the same texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audience {
    /// Absent: every project.
    pub project: Option<ProjectId>,
    pub form: Form,
}

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON objects of Hearth's own websocket (docs/live.md).
    Own,
    /// Socket.IO packets with `traffic:new-request`; requests only (traffic.md 4).
    SocketIo,
}

/// One event, ready to be sent.
#[derive(Debug)]
pub struct Event {
    pub facts: Facts,
    pub text: Box<str>,
}

/// What filters ask about.
#[derive(Debug, Default)]
pub struct Facts {
    pub kind: EventKind,
    /// Route of a request, path of what a browser reports.
    pub place: Box<str>,
    /// Of a request.
    pub status: Option<u16>,
    pub is_slow: bool,
    /// Of a request.
    pub user: Option<Box<str>>,
}

/// What can happen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EventKind {
    /// A request through the proxy.
    #[default]
    Request,
    /// Something a browser reports.
    Heat(Kind),
}

/// A request as our own watchers are told of it.
#[derive(Serialize)]
struct RequestText<'a> {
    kind: &'static str,
    id: i64,
    created_at: i64,
    method: &'a str,
    host: &'a str,
    route: &'a str,
    original_url: &'a str,
    status_code: u16,
    duration_ms: JsonNumber,
    is_slow: bool,
    failure: Option<&'static str>,
    user_id: Option<&'a str>,
    session_id: Option<&'a str>,
}

/// A browser's event as our own watchers are told of it.
#[derive(Serialize)]
struct HeatText<'a> {
    kind: &'static str,
    session_id: &'a str,
    path: &'a str,
    ts: JsonNumber,
    /// Only of moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<usize>,
}

/// A request as express-sequelize-traffic tells of it: exactly these nine fields (traffic.md 4).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewRequest<'a> {
    user_id: Option<&'a str>,
    session_id: Option<&'a str>,
    method: &'a str,
    route: &'a str,
    original_url: &'a str,
    status_code: u16,
    duration_ms: JsonNumber,
    is_slow: bool,
    created_at: IsoTime,
}

impl Audience {
    /// What this audience hears of a commit, in the order in which it was stored.
    #[must_use]
    pub fn hears(self, committed: &Committed) -> Vec<Event> {
        match (&committed.batch, self.form) {
            (Batch::Traffic(batch), form) => {
                batch.records.iter().filter(|record| self.includes(record.project)).map(|r| request(r, form)).collect()
            }
            (Batch::Heat(batch), Form::Own)
                if committed.receipt.project.is_some_and(|stored| self.includes(stored.id)) =>
            {
                let session = batch.session.external_id.to_string();
                batch.events.iter().map(|event| heat(batch, &session, event)).collect()
            }
            (Batch::Heat(_) | Batch::Track(_) | Batch::Erase(_), _) => Vec::new(),
        }
    }

    fn includes(self, project: ProjectId) -> bool {
        self.project.is_none_or(|own| own == project)
    }
}

impl EventKind {
    /// The word in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Heat(kind) => kind.name(),
        }
    }

    /// The kind that a word means.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == Self::Request.name() { Some(Self::Request) } else { Kind::from_name(name).map(Self::Heat) }
    }
}

fn request(record: &TrafficRecord, form: Form) -> Event {
    let user = record.user.as_ref().map(|user| &*user.id);
    let facts = Facts {
        kind: EventKind::Request,
        place: Box::from(&*record.route),
        status: Some(record.status),
        is_slow: record.is_slow,
        user: user.map(Box::from),
    };
    let text = match form {
        Form::Own => json(&RequestText {
            kind: facts.kind.name(),
            id: record.id,
            created_at: record.created_at_ms,
            method: &record.method,
            host: &record.host,
            route: &record.route,
            original_url: &record.original_url,
            status_code: record.status,
            duration_ms: JsonNumber::ms_of_whole_us(record.duration_us),
            is_slow: record.is_slow,
            failure: record.failure.map(crate::domain::traffic::Failure::name),
            user_id: user,
            session_id: record.session_id.as_deref(),
        }),
        Form::SocketIo => super::socket_io::packet::event(
            "traffic:new-request",
            &NewRequest {
                user_id: user,
                session_id: record.session_id.as_deref(),
                method: &record.method,
                route: &record.route,
                original_url: &record.original_url,
                status_code: record.status,
                duration_ms: JsonNumber::ms_of_whole_us(record.duration_us),
                is_slow: record.is_slow,
                created_at: IsoTime(record.created_at_ms),
            },
        ),
    };
    Event { facts, text: text.into() }
}

fn heat(batch: &HeatBatch, session: &str, event: &HeatEvent) -> Event {
    let path = batch.texts.get(event.path);
    let facts = Facts { kind: EventKind::Heat(event.kind), place: Box::from(path), ..Facts::default() };
    let points = match &event.place {
        Place::Trail(points) => Some(points.len()),
        _ => None,
    };
    let text = HeatText { kind: facts.kind.name(), session_id: session, path, ts: JsonNumber(event.ts), points };
    Event { facts, text: json(&text).into() }
}

/// The JSON of what only has strings, numbers and booleans, which cannot fail.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::Receipt;
    use crate::domain::traffic::{Failure, Protocol, TrafficBatch, TrafficUser};

    const MINE: ProjectId = ProjectId(1);

    fn record(project: ProjectId) -> TrafficRecord {
        TrafficRecord {
            id: 7,
            project,
            ended_at_ms: 1_795_168_800_120,
            created_at_ms: 1_795_168_800_123,
            duration_us: 12_345,
            first_byte_us: None,
            upstream_us: None,
            method: "GET".into(),
            route: "/users/:id".into(),
            host: "app.test".into(),
            original_url: "/users/42?q=\u{1e}\"</script>".into(),
            status: 502,
            is_slow: false,
            failure: Some(Failure::UpstreamClosed),
            protocol: Protocol::Http11,
            bytes_in: 0,
            bytes_out: 0,
            user: None,
            session_id: None,
            ip: Some("192.0.2.7".into()),
            user_agent: None,
            referrer: None,
            trace_id: None,
        }
    }

    fn committed(records: Vec<TrafficRecord>) -> Committed {
        Committed { batch: Batch::Traffic(TrafficBatch { records }), receipt: Receipt::default() }
    }

    fn audience(project: Option<ProjectId>, form: Form) -> Audience {
        Audience { project, form }
    }

    #[test]
    fn a_new_request_has_exactly_nine_fields() {
        let user = TrafficUser { id: "u-1".into(), name: Some("Ada".into()), email: None };
        let known = TrafficRecord { user: Some(user), session_id: Some("s-1".into()), ..record(MINE) };
        let events = audience(Some(MINE), Form::SocketIo).hears(&committed(vec![record(MINE), known]));
        let payload =
            |event: &Event| -> Value { serde_json::from_str(event.text.strip_prefix("42").unwrap()).unwrap() };
        let mut expected = json!({
            "userId": null, "sessionId": null, "method": "GET", "route": "/users/:id",
            "originalUrl": "/users/42?q=\u{1e}\"</script>", "statusCode": 502, "durationMs": 12.345, "isSlow": false,
            "createdAt": "2026-11-20T10:00:00.123Z",
        });
        assert_eq!(payload(&events[0]), json!(["traffic:new-request", expected]));
        expected["userId"] = json!("u-1");
        expected["sessionId"] = json!("s-1");
        assert_eq!(payload(&events[1]), json!(["traffic:new-request", expected]));
        assert!(!events[0].text.contains('\u{1e}'), "it would end the packet of a poll");
    }

    #[test]
    fn our_own_form_adds_what_went_wrong_and_no_address() {
        let events = audience(None, Form::Own).hears(&committed(vec![record(MINE)]));
        let expected = json!({
            "kind": "request", "id": 7, "created_at": 1_795_168_800_123_i64, "method": "GET", "host": "app.test",
            "route": "/users/:id", "original_url": "/users/42?q=\u{1e}\"</script>", "status_code": 502,
            "duration_ms": 12.345, "is_slow": false, "failure": "upstream_closed", "user_id": null, "session_id": null,
        });
        assert_eq!(serde_json::from_str::<Value>(&events[0].text).unwrap(), expected);
        assert_eq!(events[0].facts.status, Some(502));
    }

    #[test]
    fn nobody_hears_of_other_projects() {
        let both = committed(vec![record(MINE), record(ProjectId(2)), record(MINE)]);
        for (project, count) in [(Some(MINE), 2), (Some(ProjectId(2)), 1), (Some(ProjectId(3)), 0), (None, 3)] {
            assert_eq!(audience(project, Form::Own).hears(&both).len(), count);
            assert_eq!(audience(project, Form::SocketIo).hears(&both).len(), count);
        }
    }

    #[test]
    fn kinds_have_one_word_each() {
        let kinds = Kind::ALL.into_iter().map(EventKind::Heat).chain([EventKind::Request]);
        for kind in kinds {
            assert_eq!(EventKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(EventKind::from_name("Request"), None);
    }
}
