//! What events mean: those that real SDKs sent, and made-up ones of every shape.

mod attribution;
mod people;
mod properties;
mod said_traits;
mod success;

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::config::{Overrides, Surroundings as Environment, load_from};
use crate::domain::track::{Identifier, IdentifierKind, Statement, TrackEvent};
use crate::intake::datalyr::decode::{DecodeRules, Surroundings, decode};

/// 2026-11-20T16:20:00Z, some minutes after the captures.
const NOW_MS: i64 = 1_795_191_600_000;

static RULES: LazyLock<DecodeRules> = LazyLock::new(|| {
    let loaded = load_from(&Overrides::default(), &Environment::default()).map_err(|wrong| wrong.to_string());
    DecodeRules::new(&loaded.unwrap().config.datalyr)
});

#[derive(Deserialize)]
struct Capture {
    kind: String,
    sdk_version: String,
    #[serde(default)]
    raw: String,
}

static CAPTURES: LazyLock<Vec<Capture>> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/datalyr-captures.jsonl");
    let lines = std::fs::read_to_string(path).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
});

/// The events of a body, received now.
fn read(body: &str) -> Vec<TrackEvent> {
    let about = Surroundings { received_at_ms: NOW_MS, user_agent: None };
    decode(body.into(), &RULES, &about).map(|decoded| decoded.events).unwrap_or_default()
}

/// The events of a captured request. Its clock was right.
fn captured(kind: &str, version: &str) -> Vec<TrackEvent> {
    let capture = CAPTURES.iter().find(|capture| (&*capture.kind, &*capture.sdk_version) == (kind, version)).unwrap();
    // Some batches are older than a clock may be wrong.
    let sent: Value = serde_json::from_str(&capture.raw.replace(r"\ud83d.", r"\ufffd.")).unwrap();
    let sent: Option<jiff::Timestamp> = sent["timestamp"].as_str().and_then(|time| time.parse().ok());
    let received_at_ms = sent.map_or(NOW_MS, jiff::Timestamp::as_millisecond);
    decode(capture.raw.clone().into(), &RULES, &Surroundings { received_at_ms, user_agent: None }).unwrap().events
}

/// The only event of a captured request.
fn one(kind: &str, version: &str) -> TrackEvent {
    let mut events = captured(kind, version);
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// An event of shape T.
fn track(library: &str, name: &str, ids: &str, properties: &str) -> TrackEvent {
    let body = format!(
        r#"{{"event":"{name}"{ids},"properties":{properties},"context":{{"library":"@datalyr/{library}"}},"timestamp":{NOW_MS}}}"#
    );
    read(&body).pop().unwrap()
}

/// An event of a page.
fn web(name: &str, ids: &str, data: &str) -> TrackEvent {
    let body = format!(
        r#"{{"event_name":"{name}","workspace_id":"w","visitor_id":"anon_v"{ids},"event_data":{data},"timestamp":{NOW_MS}}}"#
    );
    read(&body).pop().unwrap()
}

fn tie(from: IdentifierKind, id: &str, to: IdentifierKind, owner: &str) -> Statement {
    let identifier = |kind, value: &str| Identifier { kind, value: value.into() };
    Statement::Tie { from: identifier(from, id), to: identifier(to, owner) }
}

fn same(survivor: &str, absorbed: &str) -> Statement {
    Statement::Same { survivor: survivor.into(), absorbed: absorbed.into() }
}

fn proven(user: &str) -> Statement {
    Statement::Proven { user: user.into() }
}
