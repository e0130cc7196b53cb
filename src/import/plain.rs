//! App events as other tools write them: a name, a time, ids, properties. They are decoded as if an SDK had sent them at
//! their time.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ndjson::Reason;
use crate::config::Config;
use crate::domain::Batch;
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::track::TrackBatch;
use crate::intake::datalyr::decode::time::instant_ms;
use crate::intake::datalyr::decode::{DecodeRefusal, DecodeRules, Surroundings, decode};

/// Where each part may be, the first that is there counts.
const NAMES: [&str; 5] = ["event", "event_name", "eventName", "name", "action"];
const TIMES: [&str; 9] =
    ["timestamp", "time", "originalTimestamp", "sentAt", "receivedAt", "ts", "created_at", "createdAt", "time_ms"];
const USERS: [&str; 4] = ["userId", "user_id", "user", "distinct_id"];
const ANONYMOUS: [&str; 5] = ["anonymousId", "anonymous_id", "visitorId", "visitor_id", "device_id"];
const IDS: [&str; 6] = ["eventId", "event_id", "messageId", "message_id", "insert_id", "id"];
const SESSIONS: [&str; 2] = ["sessionId", "session_id"];
const PROPERTIES: [&str; 4] = ["properties", "event_data", "eventData", "traits"];

/// What makes events of such lines.
pub struct Plain {
    rules: DecodeRules,
    fingerprint: [u8; 32],
    now_ms: i64,
    max_skew_ms: i64,
}

impl Plain {
    /// `fingerprint` is the file's: events without an id get one of it and of their place.
    #[must_use]
    pub fn new(config: &Config, fingerprint: [u8; 32], now_ms: i64) -> Self {
        let max_skew_ms = i64::try_from(config.datalyr.max_clock_skew.as_millis()).unwrap_or(i64::MAX);
        Self { rules: DecodeRules::new(&config.datalyr), fingerprint, now_ms, max_skew_ms }
    }

    /// The event of a line that begins at `start`.
    pub(super) fn read(&self, text: &str, start: u64, project: ProjectId) -> Result<Batch, Reason> {
        let Ok(Value::Object(line)) = serde_json::from_str(text) else { return Err("it is no JSON object") };
        self.event(line, start, project)
    }

    /// The event that an object says.
    pub(super) fn event(&self, mut line: Map<String, Value>, start: u64, project: ProjectId) -> Result<Batch, Reason> {
        let name = match segment_name(&mut line) {
            Some(name) => name,
            None => first(&mut line, &NAMES).ok_or("it has no name of an event")?,
        };
        let time = first(&mut line, &TIMES).ok_or("it has no time")?;
        let time = RawValue::from_string(time.to_string()).map_err(|_| "its time is none")?;
        let time_ms = instant_ms(&time).ok_or("its time is none")?;
        if time_ms > self.now_ms.saturating_add(self.max_skew_ms) {
            return Err("its time is in the future");
        }
        let id = first(&mut line, &IDS).unwrap_or_else(|| Value::from(self.made_up_id(start)));
        let mut event = Map::new();
        event.insert("event".to_owned(), name);
        event.insert("eventId".to_owned(), id);
        event.insert("timestamp".to_owned(), Value::from(time_ms));
        for (key, places) in [("userId", &USERS[..]), ("anonymousId", &ANONYMOUS[..])] {
            if let Some(value) = first(&mut line, places) {
                event.insert(key.to_owned(), value);
            }
        }
        let mut properties = match first(&mut line, &PROPERTIES) {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        let mut context = match line.remove("context") {
            Some(Value::Object(context)) => context,
            _ => Map::new(),
        };
        if let Some(session) = first(&mut line, &SESSIONS) {
            context.insert("session_id".to_owned(), session);
        }
        if !context.contains_key("source") {
            context.insert("source".to_owned(), Value::from("import"));
        }
        for (key, value) in line {
            properties.entry(key).or_insert(value);
        }
        event.insert("properties".to_owned(), Value::Object(properties));
        event.insert("context".to_owned(), Value::Object(context));
        // Its clock is believed: it is that of the time at which it happened.
        let about = Surroundings { received_at_ms: time_ms, user_agent: None };
        let decoded = decode(Value::Object(event).to_string().into_bytes(), &self.rules, &about).map_err(reason)?;
        Ok(Batch::Track(Box::new(TrackBatch {
            project,
            received_at_ms: time_ms,
            remembered_for_ms: None,
            address_hash: None,
            country: Country::UNKNOWN,
            events: decoded.events,
            quarantined: Vec::new(),
            max_quarantined: 0,
        })))
    }

    /// The same for the same place of the same file.
    fn made_up_id(&self, start: u64) -> String {
        let hash = digest(&SHA256, &[&self.fingerprint[..], &start.to_be_bytes()].concat());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(hash.as_ref().get(..16).unwrap_or(&[0; 16]));
        Uuid::from_bytes(bytes).to_string()
    }
}

/// What Segment calls calls, each by a name of its own; nothing for `track`, whose name is in the line.
fn segment_name(line: &mut Map<String, Value>) -> Option<Value> {
    let call = line.get("type")?.as_str()?.to_owned();
    let name = match &*call {
        "identify" => "$identify",
        "alias" => "$alias",
        "group" => "$group",
        "page" | "screen" => "pageview",
        "track" => {
            line.remove("type");
            return None;
        }
        _ => return None,
    };
    line.remove("type");
    if call == "identify" || call == "group" {
        // Among the properties they are what is said of the user.
        let traits = line.remove("traits").unwrap_or_default();
        line.insert("properties".to_owned(), traits);
    }
    Some(Value::from(name))
}

/// Takes out the first of some members that says something.
fn first(line: &mut Map<String, Value>, keys: &[&str]) -> Option<Value> {
    let is_said = |value: &Value| !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty());
    let key = keys.iter().find(|key| line.get(**key).is_some_and(is_said))?;
    line.remove(*key)
}

fn reason(refusal: DecodeRefusal) -> Reason {
    match refusal {
        DecodeRefusal::InvalidJson | DecodeRefusal::UnknownShape => "it is no event",
        DecodeRefusal::NoName => "it has no usable name of an event",
        DecodeRefusal::EventTooLarge => "it is larger than datalyr.max_event_bytes",
        DecodeRefusal::TooManyKeys => "it has more keys than datalyr.max_event_keys",
        DecodeRefusal::TooDeep => "it is deeper than datalyr.max_json_depth",
        DecodeRefusal::TooManyEvents => "it holds too many events",
    }
}

fn is_written_as(value: &Value, text: &str) -> bool {
    let written = value.to_string();
    written == text
}

/// Text of a CSV cell as JSON: numbers and truth values as such, if nothing is lost by it.
#[must_use]
pub fn cell_value(text: Cow<'_, str>) -> Value {
    match serde_json::from_str::<Value>(&text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) if is_written_as(&value, &text) => value,
        _ => Value::from(text.into_owned()),
    }
}
