//! One person in three protocols: app events, heat sessions and proxied requests in one order of time.

use hearth::domain::track::{Statement, TrackEvent};
use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::{NOW_MS, THEN_MS, batch, click, with};
use crate::track_attribution_world::{ask, each, event, of, store};
use crate::traffic_model::{self, request, user};

fn fill(hearth: &Hearth) {
    for (session, who) in [("h1", "u"), ("h2", "old"), ("h3", "stranger")] {
        let mut heat = batch(session, &[click(session, 0), click(&format!("{session}-2"), 5)]);
        heat["user"] = json!({"id": who});
        hearth.ingest(&heat).ok();
    }
    for (who, ms) in [("u", 1_500), ("stranger", 1), ("old", 2)] {
        let mut made = request(hearth, "GET", "/shop", 200, ms);
        made.user = Some(user(who));
        traffic_model::store(hearth, vec![made]);
    }
    store(
        hearth,
        vec![of(event("purchase", NOW_MS), Some("u"), None, None), of(event("view", THEN_MS), None, Some("A"), None)],
    );
    store(hearth, vec![of(event("login", THEN_MS + 1), Some("old"), Some("A"), None)]);
    let mut alias = of(event("$alias", NOW_MS + 1), Some("u"), None, None);
    alias.statements.push(Statement::Same { survivor: "u".into(), absorbed: "old".into() });
    store(hearth, vec![alias]);
    store(hearth, vec![TrackEvent { is_hidden: true, ..of(event("$att_status", NOW_MS), Some("u"), None, None) }]);
}

#[test]
fn three_protocols_tell_of_one_person_in_one_order() {
    let hearth = Hearth::start();
    fill(&hearth);
    let all = ask(&hearth, "persons/old/timeline");
    let items = all["items"].as_array().unwrap();
    assert_eq!(all["next_cursor"], Value::Null);
    let short = |item: &Value| match item["kind"].as_str().unwrap() {
        "event" => item["name"].clone(),
        "heat_session" => item["session_id"].clone(),
        _ => item["id"].clone(),
    };
    // Of the same time, what has the smaller row id comes first.
    let first: Vec<_> = items.iter().take(4).map(short).collect();
    assert_eq!(first, [json!("h1"), json!("view"), json!("h2"), json!("login")]);
    assert_eq!(items.len(), 8);
    let times: Vec<_> = items.iter().map(|item| item["time"].as_i64().unwrap()).collect();
    assert!(times.is_sorted());
    assert_eq!(
        items[0],
        with(
            items[0].clone(),
            &json!({
                "kind": "heat_session", "time": THEN_MS, "session_id": "h1", "started_at": THEN_MS, "last_seen_at": THEN_MS,
                "first_path": "/shop", "events": 2
            })
        )
    );
    assert_eq!(items[0].as_object().unwrap().len(), 7);
    let made = items.iter().find(|item| item["kind"] == "request").unwrap();
    assert_eq!(
        *made,
        json!({
            "kind": "request", "time": NOW_MS, "id": 1, "method": "GET", "route": "/shop", "status_code": 200,
            "duration_ms": 1.5
        })
    );
    let event = items.iter().find(|item| item["name"] == "purchase").unwrap();
    assert_eq!(
        (&event["kind"], &event["event_kind"], &event["person_id"]),
        (&json!("event"), &json!("event"), &json!("user:u"))
    );
    assert_eq!(event["properties"], json!({}));

    let hidden = ask(&hearth, "persons/u/timeline?hidden=true");
    assert_eq!(hidden["items"].as_array().unwrap().len(), 9);
    let part = ask(&hearth, &format!("persons/u/timeline?from={NOW_MS}&to={NOW_MS}"));
    assert_eq!(each(&part["items"], "time"), [NOW_MS; 3]);
    assert_eq!(ask(&hearth, "persons/anonymous:A/timeline"), all);
}

#[test]
fn pages_of_a_timeline_join_without_gap_or_overlap() {
    let hearth = Hearth::start();
    fill(&hearth);
    let all = ask(&hearth, "persons/u/timeline")["items"].clone();
    let mut backwards = all.as_array().unwrap().clone();
    backwards.reverse();
    for (order, wanted) in [("asc", all), ("desc", Value::Array(backwards))] {
        for limit in 1..5 {
            let mut found = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = ask(&hearth, &format!("persons/u/timeline?order={order}&limit={limit}{cursor}"));
                found.extend(page["items"].as_array().unwrap().iter().cloned());
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(Value::Array(found), wanted, "{order} {limit}");
        }
    }
}
