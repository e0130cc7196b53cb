//! Every request of a real SDK that was captured: what it says is what is stored.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::{NOW_MS, RULES, context, json};
use crate::domain::track::{EventKind, TrackEvent};
use crate::intake::datalyr::decode::{Decoded, Shape, Surroundings, decode};

/// A captured request.
#[derive(Deserialize)]
struct Capture {
    kind: String,
    sdk_version: String,
    method: String,
    path: String,
    headers: HashMap<String, String>,
    #[serde(default)]
    raw: String,
}

/// The captured requests with events.
fn captures() -> Vec<Capture> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/datalyr-captures.jsonl");
    let lines = std::fs::read_to_string(path).unwrap();
    let captures: Vec<Capture> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(captures.len(), 106);
    let has_events = |capture: &Capture| ["/", "/track"].contains(&&*capture.path) && capture.method == "POST";
    captures.into_iter().filter(has_events).collect()
}

/// The bodies of all captured events.
pub(super) static BODIES: LazyLock<Vec<String>> =
    LazyLock::new(|| captures().into_iter().map(|capture| capture.raw).collect());

fn read(capture: &Capture) -> Decoded {
    // None was on its way for minutes.
    let about = Surroundings {
        received_at_ms: sent_at(capture),
        user_agent: capture.headers.get("user-agent").map(String::as_str),
    };
    decode(capture.raw.clone().into(), &RULES, &about).unwrap()
}

/// When a request was sent: as its body says, if that is the day of the captures.
fn sent_at(capture: &Capture) -> i64 {
    let body = lenient(&capture.raw);
    let said: Option<jiff::Timestamp> = body["timestamp"].as_str().and_then(|time| time.parse().ok());
    said.map(jiff::Timestamp::as_millisecond).filter(|ms| (ms - NOW_MS).abs() < 3_600_000).unwrap_or(NOW_MS)
}

fn lenient(raw: &str) -> Value {
    json(&raw.replace(r"\ud83d.", r"\ufffd.").replace(r"\ud83d-", r"\ufffd-"))
}

/// The only event of the only capture of a kind and version.
fn one(kind: &str, version: &str) -> TrackEvent {
    let mut found = captures().into_iter().filter(|capture| (&*capture.kind, &*capture.sdk_version) == (kind, version));
    let mut decoded = read(&found.next().unwrap());
    assert!(found.next().is_none() && decoded.events.len() == 1);
    decoded.events.remove(0)
}

fn all(kind: &str, version: &str) -> Vec<TrackEvent> {
    let capture = captures().into_iter().find(|capture| (&*capture.kind, &*capture.sdk_version) == (kind, version));
    read(&capture.unwrap()).events
}

/// An id as it is kept.
fn id(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.as_number().map(ToString::to_string))
}

#[test]
fn every_event_is_stored_with_its_name_ids_session_and_time() {
    let captures = captures();
    assert_eq!(captures.len(), 90);
    let mut count = 0;
    for capture in &captures {
        let body = lenient(&capture.raw);
        let decoded = read(capture);
        assert!(decoded.quarantined.is_empty(), "{}", capture.kind);
        let sent: Vec<_> = body["events"].as_array().map_or_else(|| vec![&body], |events| events.iter().collect());
        assert_eq!(sent.len(), decoded.events.len(), "{}", capture.kind);
        count += sent.len();
        let shape = decoded.shape;
        let pick = |track, web, raw| match shape {
            Shape::Track => track,
            Shape::Web => web,
            Shape::Raw => raw,
        };
        for (sent, event) in sent.into_iter().zip(&decoded.events) {
            let about = &sent[pick("context", "event_data", "eventData")];
            let name = sent[pick("event", "event_name", "eventName")].as_str().unwrap();
            assert_eq!(name.chars().take(256).collect::<String>(), *event.name);
            assert_eq!(id(&sent[pick("eventId", "event_id", "eventId")]).as_deref(), event.id.as_deref());
            assert_eq!(
                id(&sent[pick("anonymousId", "visitor_id", "anonymousId")]).as_deref(),
                event.anonymous.as_deref()
            );
            let session = if shape == Shape::Track {
                id(&about["session_id"]).or_else(|| id(&sent["properties"]["sessionId"]))
            } else {
                id(&sent[pick("", "session_id", "sessionId")])
            };
            assert_eq!(session.as_deref(), event.session.as_deref(), "{}", capture.kind);
            let speaker = if shape == Shape::Track { about } else { sent };
            let channel = speaker["source"].as_str().unwrap_or("api");
            assert_eq!(channel, &*event.channel, "{}", capture.kind);
            assert_eq!(sent[pick("properties", "event_data", "eventData")], json(&event.properties));
            match &event.client_time {
                None => {
                    let time: jiff::Timestamp = sent["timestamp"].as_str().unwrap().parse().unwrap();
                    assert_eq!(time.as_millisecond(), event.time_ms, "{}", capture.kind);
                }
                Some(client) => assert_eq!((json(client), event.time_ms), (sent["timestamp"].clone(), NOW_MS)),
            }
        }
    }
    assert_eq!(count, 127);
}

#[test]
fn nothing_that_was_sent_is_lost() {
    for capture in captures() {
        let body = lenient(&capture.raw);
        let decoded = read(&capture);
        let sent: Vec<_> = body["events"].as_array().map_or_else(|| vec![&body], |events| events.iter().collect());
        for (sent, event) in sent.into_iter().zip(&decoded.events) {
            let context = context(event);
            let columns: Vec<_> = [
                Some(&event.name),
                event.id.as_ref(),
                Some(&event.channel),
                event.library.as_ref(),
                event.library_version.as_ref(),
                event.user.as_ref(),
                event.anonymous.as_ref(),
                event.device.as_ref(),
                event.session.as_ref(),
                decoded.workspace.as_ref(),
            ]
            .into_iter()
            .flatten()
            .collect();
            let inner = sent["context"].as_object().into_iter().flatten();
            let top =
                sent.as_object().into_iter().flatten().filter(|(key, _)| !["context", "timestamp"].contains(&&***key));
            for (key, value) in inner.chain(top) {
                let is_kept = value.is_null()
                    || context.get(key) == Some(value)
                    || *value == json(&event.properties)
                    || id(value).is_some_and(|id| columns.iter().any(|column| ***column == *id));
                assert!(is_kept, "{} {key}: {value}", capture.kind);
            }
        }
    }
}

#[test]
fn old_and_odd_requests_are_what_they_are() {
    let old = one("old_track", "1.0.2");
    assert_eq!((old.id, old.anonymous, old.session, &*old.channel), (None, None, None, "api"));
    assert_eq!(old.library_version.as_deref(), Some("1.0.0"));
    let cut = one("edge_surrogate_cut", "1.3.1");
    assert_eq!(cut.id.unwrap().chars().nth(95), Some('\u{fffd}'));
    assert_eq!(one("track_event_id_over_256", "1.3.1").id.unwrap().len(), 256);
    for kind in ["edge_far_future", "edge_expanded_year", "edge_epoch0"] {
        let event = one(kind, "1.3.1");
        assert_eq!((event.time_ms, event.client_time.is_some()), (NOW_MS, true), "{kind}");
    }
    let past = one("purchase", "1.3.1");
    assert_eq!((past.time_ms, past.client_time), (1_782_909_296_000, None));
    assert_eq!(one("rn_screen", "1.7.18").kind, EventKind::PageView);
    assert_eq!(one("rn_session_start", "1.7.18").kind, EventKind::SessionMark);
    assert_eq!(one("web_app_download_click", "1.7.12").kind, EventKind::DownloadClick);
    assert!(one("rn_att_status", "1.7.18").is_hidden);
}

#[test]
fn an_app_event_has_session_channel_and_device() {
    let purchase = one("rn_purchase", "1.7.18");
    assert_eq!((&*purchase.channel, purchase.library.as_deref()), ("mobile_app", Some("@datalyr/react-native")));
    assert!(purchase.session.is_some_and(|session| session.starts_with("sess_")));
    let raw = one("rn_raw_identify", "1.7.18");
    assert_eq!(raw.library.as_deref(), Some("@datalyr/react-native"));
    let context = context(&raw);
    assert!(context["deviceContext"].is_object() && context["userProperties"]["email"] == "rn@example.com");
}

#[test]
fn browsers_of_all_versions_send_their_events_once() {
    for (version, count) in [("1.0.2", 6), ("1.2.0", 6), ("1.7.2", 6), ("1.7.12", 7)] {
        assert_eq!(all("web_batch", version).len(), count, "{version}");
    }
    let page_view = &all("web_batch", "1.7.12")[0];
    assert_eq!((page_view.kind, &*page_view.channel), (EventKind::PageView, "web"));
    assert_ne!(json(&page_view.properties)["timestamp"], page_view.time_ms, "the time of capture is another one");
    let cut = all("web_batch_lone_surrogate_and_numeric_user", "1.7.12");
    assert_eq!(cut.len(), 4);
    assert!(cut.iter().any(|event| event.properties.contains(r"\ufffd...")));
}
