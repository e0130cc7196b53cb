//! Bodies of all shapes, understood.

mod captures;
mod limits;
mod properties;
mod shapes;
mod what_is_left;

use std::sync::LazyLock;

use serde_json::Value;

use super::{DecodeRefusal, DecodeRules, Decoded, Surroundings, decode};
use crate::config::{Datalyr, Overrides, Surroundings as Environment, load_from};
use crate::domain::track::TrackEvent;

/// 2026-11-20T16:20:00Z, some minutes after the captures.
const NOW_MS: i64 = 1_795_191_600_000;

/// The rules of a new installation, but that nothing is redacted: everything is stored as it came.
static RULES: LazyLock<DecodeRules> = LazyLock::new(|| {
    let loaded = load_from(&Overrides::default(), &Environment::default()).map_err(|wrong| wrong.to_string());
    DecodeRules::new(&Datalyr { redact_urls: false, ..loaded.unwrap().config.datalyr })
});

fn read(body: impl Into<Vec<u8>>) -> Result<Decoded, DecodeRefusal> {
    decode(body.into(), &RULES, &Surroundings { received_at_ms: NOW_MS, user_agent: None })
}

/// The event of a body that has one.
fn event(body: &str) -> TrackEvent {
    let mut decoded = read(body).unwrap();
    assert_eq!((decoded.events.len(), decoded.quarantined.len()), (1, 0), "{body}");
    decoded.events.remove(0)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What is kept of an event in no column.
fn context(event: &TrackEvent) -> Value {
    event.context.as_deref().map_or(Value::Null, json)
}
