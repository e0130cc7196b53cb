//! What watchers are told of one event, in the two forms in which they hear it.

use serde::Serialize;

use crate::domain::Batch;
use crate::domain::heat::{HeatBatch, HeatEvent, Kind, Place};
use crate::domain::id::ProjectId;
use crate::domain::track::{Conversion, TrackEvent};
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
    /// Route of a request, path of what a browser reports; absent where there is no such thing.
    pub place: Option<Box<str>>,
    /// Of an app's event.
    pub name: Option<Box<str>>,
    /// Of a request.
    pub status: Option<u16>,
    pub is_slow: bool,
    /// Of a request or an app's event.
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
    /// Something an app tells by the Datalyr protocol.
    Track,
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

/// An app's event as our own watchers are told of it.
#[derive(Serialize)]
struct TrackText<'a> {
    kind: &'static str,
    seq: i64,
    event_id: Option<&'a str>,
    name: &'a str,
    time: i64,
    channel: &'a str,
    user_id: Option<&'a str>,
    anonymous_id: Option<&'a str>,
    device_id: Option<&'a str>,
    session_id: Option<&'a str>,
    revenue: Option<RevenueText<'a>>,
}

/// What an app's event has brought in.
#[derive(Serialize)]
struct RevenueText<'a> {
    amount: Option<JsonNumber>,
    currency: &'a str,
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
            (Batch::Track(batch), Form::Own) if self.includes(batch.project) => {
                // What has no number was not stored: it was there before, or must stay away.
                let told = batch.events.iter().filter(|event| event.seq != 0 && !event.is_hidden);
                told.map(track).collect()
            }
            (Batch::Heat(_) | Batch::Track(_) | Batch::Erase(_) | Batch::Imported(_), _) => Vec::new(),
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
            Self::Track => "track",
        }
    }

    /// The kind that a word means.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let known = [Self::Request, Self::Track].into_iter().find(|kind| kind.name() == name);
        known.or_else(|| Kind::from_name(name).map(Self::Heat))
    }
}

fn request(record: &TrafficRecord, form: Form) -> Event {
    let user = record.user.as_ref().map(|user| &*user.id);
    let facts = Facts {
        kind: EventKind::Request,
        place: Some(Box::from(&*record.route)),
        name: None,
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
    let facts = Facts { kind: EventKind::Heat(event.kind), place: Some(Box::from(path)), ..Facts::default() };
    let points = match &event.place {
        Place::Trail(points) => Some(points.len()),
        _ => None,
    };
    let text = HeatText { kind: facts.kind.name(), session_id: session, path, ts: JsonNumber(event.ts), points };
    Event { facts, text: json(&text).into() }
}

fn track(event: &TrackEvent) -> Event {
    let facts =
        Facts { kind: EventKind::Track, name: Some(event.name.clone()), user: event.user.clone(), ..Facts::default() };
    let text = TrackText {
        kind: facts.kind.name(),
        seq: event.seq,
        event_id: event.id.as_deref(),
        name: &event.name,
        time: event.time_ms,
        channel: &event.channel,
        user_id: event.user.as_deref(),
        anonymous_id: event.anonymous.as_deref(),
        device_id: event.device.as_deref(),
        session_id: event.session.as_deref(),
        revenue: event.conversion.as_ref().filter(|conversion| conversion.is_revenue).map(revenue),
    };
    Event { facts, text: json(&text).into() }
}

#[expect(clippy::cast_precision_loss, reason = "a glance; the API tells amounts exactly")]
fn revenue(conversion: &Conversion) -> RevenueText<'_> {
    let amount = conversion.amount_micros.map(|micros| JsonNumber::rounded(micros as f64 / 1e6));
    RevenueText { amount, currency: &conversion.currency }
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
            country: crate::domain::country::Country::UNKNOWN,
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

    fn app_event(seq: i64) -> TrackEvent {
        TrackEvent {
            seq,
            id: Some("e-1".into()),
            name: "purchase".into(),
            kind: crate::domain::track::EventKind::Other,
            time_ms: 1_795_168_800_000,
            client_time: None,
            channel: "api".into(),
            library: None,
            library_version: None,
            user: Some("u-1".into()),
            anonymous: None,
            device: None,
            session: Some("s-1".into()),
            may_advertise: true,
            is_hidden: false,
            properties: r#"{"secret":1}"#.into(),
            context: None,
            touch: None,
            conversion: Some(Conversion { is_revenue: true, amount_micros: Some(49_990_000), currency: "USD".into() }),
            statements: Vec::new(),
            traits: Vec::new(),
            pairing: None,
        }
    }

    #[test]
    fn of_app_events_only_those_that_were_stored_and_are_shown_are_told() {
        let hidden = TrackEvent { is_hidden: true, ..app_event(2) };
        let unpaid = TrackEvent { conversion: None, ..app_event(3) };
        let batch = crate::domain::track::TrackBatch {
            project: MINE,
            received_at_ms: 0,
            remembered_for_ms: None,
            max_quarantined: 0,
            address_hash: None,
            country: crate::domain::country::Country::UNKNOWN,
            events: vec![app_event(1), app_event(0), hidden, unpaid],
            quarantined: Vec::new(),
        };
        let committed = Committed { batch: Batch::Track(Box::new(batch)), receipt: Receipt::default() };
        let events = audience(Some(MINE), Form::Own).hears(&committed);
        let told: Vec<Value> = events.iter().map(|event| serde_json::from_str(&event.text).unwrap()).collect();
        let mut expected = json!({
            "kind": "track", "seq": 1, "event_id": "e-1", "name": "purchase", "time": 1_795_168_800_000_i64,
            "channel": "api", "user_id": "u-1", "anonymous_id": null, "device_id": null, "session_id": "s-1",
            "revenue": {"amount": 49.99, "currency": "USD"},
        });
        assert_eq!(told[0], expected);
        (expected["seq"], expected["revenue"]) = (json!(3), Value::Null);
        assert_eq!(told[1..], [expected]);
        assert_eq!(audience(None, Form::SocketIo).hears(&committed).len(), 0);
        assert_eq!(audience(Some(ProjectId(2)), Form::Own).hears(&committed).len(), 0);
    }

    #[test]
    fn kinds_have_one_word_each() {
        let kinds = Kind::ALL.into_iter().map(EventKind::Heat).chain([EventKind::Request, EventKind::Track]);
        for kind in kinds {
            assert_eq!(EventKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(EventKind::from_name("Request"), None);
    }
}
