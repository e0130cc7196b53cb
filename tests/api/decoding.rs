//! How strictly bodies are read: salvage, JSON beyond JavaScript's habits, limits (heat-collector.md 4.2, D12).

use serde_json::{Value, json};

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::payload::{THEN_MS, batch, click, event, with};

fn post(hearth: &Hearth, body: impl Into<Vec<u8>>) -> Answer {
    hearth.send(&Request::ingest(&hearth.project.key, body))
}

/// An event that lacks what its type needs.
fn broken(id: &str) -> Value {
    event("custom", id, 1, &json!({"props": {}}))
}

#[test]
fn one_bad_event_refuses_the_batch() {
    let hearth = Hearth::start();
    let answer = hearth.ingest(&batch("s", &[click("a", 0), broken("b"), click("c", 2)]));
    assert_eq!(answer.json()["details"], json!({"formErrors": [], "fieldErrors": {"events": ["Required"]}}));
    answer.refused(400, "invalid_payload");
    assert_eq!(hearth.count_rows("heat_session"), 0);
}

#[test]
fn salvage_stores_the_good_events_and_tells_how_many_were_bad() {
    let hearth = Hearth::with(&["heat.salvage_invalid_events=true"]);
    let answer = hearth.ingest(&batch("s", &[broken("x"), click("a", 0), json!(7), click("c", 2)])).ok();
    assert_eq!((answer.header("x-hearth-rejected"), answer.header("x-ingested-events")), (Some("2"), Some("4")));
    let listed = hearth.get_own("events").ok().json();
    let ids: Vec<_> = listed["events"].as_array().unwrap().iter().map(|event| &event["event_id"]).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(hearth.get("/api/sessions/s").ok().json()["session"]["firstPath"], "/shop");
}

#[test]
fn salvage_does_not_save_a_batch_without_any_good_event_or_with_a_bad_envelope() {
    let hearth = Hearth::with(&["heat.salvage_invalid_events=true"]);
    hearth.ingest(&batch("s", &[broken("x")])).refused(400, "invalid_payload");
    hearth.ingest(&batch("s", &[])).refused(400, "invalid_payload");
    hearth.ingest(&with(batch("s", &[click("a", 0)]), &json!({"user": {}}))).refused(400, "invalid_payload");
    assert_eq!(hearth.count_rows("heat_session"), 0);
}

/// A body with bytes that are no UTF-8 in a path.
fn not_utf8() -> Vec<u8> {
    let body = batch("s", &[with(click("a", 0), &json!({"path": "/x\u{7f}"}))]).to_string();
    body.into_bytes().into_iter().map(|byte| if byte == 0x7f { 0xff } else { byte }).collect()
}

/// A body with a number that no double holds.
fn infinite() -> String {
    batch("s", &[click("a", 0)]).to_string().replace(&format!("\"ts\":{THEN_MS}"), "\"ts\":1e999")
}

#[test]
fn strict_json_refuses_what_no_browser_sends() {
    let hearth = Hearth::start();
    assert!(infinite().contains("1e999"));
    post(&hearth, not_utf8()).refused(400, "invalid_json");
    post(&hearth, infinite()).refused(400, "invalid_json");
    assert_eq!(hearth.count_rows("heat_session"), 0);
}

#[test]
fn lenient_json_takes_it_as_the_original_did() {
    let hearth = Hearth::with(&["heat.strict_json=false"]);
    post(&hearth, not_utf8()).ok();
    assert_eq!(hearth.get_heat("events").ok().json()["events"][0]["path"], "/x\u{fffd}");
    post(&hearth, infinite()).ok();
    let rows = hearth.get_heat("events").ok().json();
    assert_eq!((&rows["events"][1]["ts"], &rows["events"][1]["eventId"]), (&Value::Null, &Value::Null));
    assert_eq!(hearth.get_own("events").ok().json()["events"][1]["ts"], Value::Null);
}

/// A batch with `depth` levels, the deepest of them in `place`.
fn nested(place: &str, depth: usize) -> String {
    let deep = |above: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - above - 1), "]".repeat(depth - above - 1));
    let (marked, above) = match place {
        "meta" => (batch("s", &[with(click("a", 0), &json!({"meta": "HERE"}))]), 3),
        "props" => (batch("s", &[event("custom", "a", 0, &json!({"name": "n", "props": "HERE"}))]), 3),
        "traits" => (with(batch("s", &[click("a", 0)]), &json!({"user": {"id": "u", "traits": "HERE"}})), 2),
        other => panic!("{other}"),
    };
    marked.to_string().replace("\"HERE\"", &deep(above))
}

#[test]
fn nesting_is_bounded_in_levels_of_the_whole_body() {
    let hearth = Hearth::with(&["heat.max_json_depth=20"]);
    for place in ["meta", "props", "traits"] {
        post(&hearth, nested(place, 20)).ok();
        post(&hearth, nested(place, 21)).refused(400, "invalid_json");
    }
    post(&hearth, "[".repeat(100_000)).refused(400, "invalid_json");
}

#[test]
fn lenient_nesting_is_as_deep_as_anybody_sends() {
    let hearth = Hearth::with(&["heat.strict_json=false"]);
    for place in ["meta", "props", "traits"] {
        post(&hearth, nested(place, 250)).ok();
        post(&hearth, nested(place, 5_000)).refused(400, "invalid_json");
    }
}

#[test]
fn a_batch_has_at_most_so_many_events() {
    let hearth = Hearth::with(&["heat.max_events=3"]);
    let clicks: Vec<_> = (0..4).map(|n| click(&format!("c{n}"), n)).collect();
    hearth.ingest(&batch("s", &clicks[..3])).ok();
    hearth.ingest(&batch("s", &clicks)).refused(400, "too_many_events");
    assert_eq!(hearth.count_rows("heat_event"), 3);
}

#[test]
fn lone_surrogates_are_taken_and_kept_as_replacement_characters() {
    let hearth = Hearth::start();
    let body = batch("s", &[event("custom", "a", 0, &json!({"name": "LONE", "props": {"k": "LONE"}}))]).to_string();
    post(&hearth, body.replace("LONE", "\\ud83d!")).ok();
    let told = hearth.get_own("events").ok().json()["events"][0].clone();
    assert_eq!((&told["name"], &told["detail"]), (&json!("\u{fffd}!"), &json!({"k": "\u{fffd}!"})));
}

#[test]
fn names_of_objects_that_javascript_reserves_are_dropped() {
    let hearth = Hearth::start();
    let props = json!({"name": "n", "props": {"__proto__": {"admin": true}, "constructor": 1}});
    hearth.ingest(&batch("s", &[event("custom", "a", 0, &props)])).ok();
    assert_eq!(hearth.get_own("events").ok().json()["events"][0]["detail"], json!({"constructor": 1}));
}

#[test]
fn texts_of_any_kind_read_back_as_sent() {
    let hearth = Hearth::start();
    for (n, text) in ["", "\u{0}nul\u{0}", "'); DROP TABLE heat_event; --", "%00", "\u{1f600}\u{202e}", "a\tb\nc\\\""]
        .iter()
        .enumerate()
    {
        let id = format!("{text}{n}");
        let named = event("custom", &id, 0, &json!({"name": text, "path": text, "props": {*text: text}}));
        hearth.ingest(&batch(&id, &[named])).ok();
        let told = hearth.get_own("events").ok().json();
        let told = told["events"].as_array().unwrap().iter().find(|event| event["event_id"] == id).unwrap().clone();
        assert_eq!((&told["session_id"], &told["name"], &told["path"]), (&json!(id), &json!(text), &json!(text)));
        assert_eq!(told["detail"], json!({*text: text}));
    }
}
