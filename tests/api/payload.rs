//! Batches as browsers send them.

use serde_json::{Value, json};

/// What the clocks of tests show at first: 2026-11-20, 10:00 UTC.
pub const NOW_MS: i64 = 1_795_168_800_000;

/// When the events of tests happen: a minute before.
pub const THEN_MS: i64 = NOW_MS - 60_000;

/// A batch of one session.
pub fn batch(session: &str, events: &[Value]) -> Value {
    json!({"session": {"id": session, "startedAt": THEN_MS, "lastSeenAt": THEN_MS}, "events": events})
}

/// An event with the fields that every event has, `ms` after [`THEN_MS`], and those of its own type.
pub fn event(kind: &str, id: &str, ms: i64, own: &Value) -> Value {
    let common = json!({
        "type": kind, "eventId": id, "sessionId": "ignored", "ts": THEN_MS + ms, "path": "/shop",
        "viewport": {"w": 1366, "h": 768}, "device": {"ua": "Browser/1", "platform": "Linux", "language": "de"},
    });
    with(common, own)
}

pub fn click(id: &str, ms: i64) -> Value {
    click_at(id, ms, 10, 20)
}

pub fn click_at(id: &str, ms: i64, x: i64, y: i64) -> Value {
    event("click", id, ms, &json!({"x": x, "y": y}))
}

/// A move of (x, y, offset in milliseconds) points.
pub fn movement(id: &str, ms: i64, points: &[(i64, i64, i64)]) -> Value {
    let points: Vec<_> = points.iter().map(|(x, y, offset)| json!({"x": x, "y": y, "tsOffset": offset})).collect();
    event("move", id, ms, &json!({"points": points}))
}

/// One event of each of the seven types, in their order, `ms` after each other.
pub fn one_of_each() -> Vec<Value> {
    vec![
        event("click", "e-click", 0, &json!({"x": 1.5, "y": 2.4, "selector": "#buy", "button": 2})),
        movement("e-move", 10, &[(5, 6, 0), (7, 8, 4)]),
        event("scroll", "e-scroll", 20, &json!({"scrollY": 640.25, "scrollDepthPct": 33.5})),
        event("pageview", "e-pageview", 30, &json!({"from": "/", "to": "/shop?q=1"})),
        event("custom", "e-custom", 40, &json!({"name": "added to cart", "props": {"sku": "A-1", "price": 9.5}})),
        event(
            "input",
            "e-input",
            50,
            &json!({"action": "change", "selector": "input[name=q]", "inputType": "search", "length": 3, "masked": "***"}),
        ),
        event("keyboard", "e-keyboard", 60, &json!({"category": "navigation"})),
    ]
}

/// `object` with the fields of `fields` added or replaced.
pub fn with(mut object: Value, fields: &Value) -> Value {
    for (key, value) in fields.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}
