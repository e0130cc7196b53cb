//! The cases of datalyr.md chapter 12 that need a clock that can be moved, or a store that fails. All others are in
//! `tests/conformance/datalyr`, against a whole process.

use serde_json::{Value, json};

use crate::client::{Answer, Request};
use crate::installation::Hearth;
use crate::payload::{NOW_MS, THEN_MS};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// An event as @datalyr/api 1.3.1 sends it.
fn event(id: &str, time_ms: i64) -> Value {
    json!({
        "event": "purchase", "eventId": id, "userId": "user_1", "anonymousId": "anon_4b0a4d8e-0000-4000-8000-000000000001",
        "properties": {"value": 10}, "timestamp": time_ms,
        "context": {"library": "@datalyr/api", "version": "1.3.1", "source": "api", "schema_version": 1},
    })
}

/// A page's batch of one event of a visitor who came by an advertisement, sent at `now_ms`.
fn page(workspace: &str, id: &str, name: &str, now_ms: i64, more: &Value) -> Value {
    let mut data = json!({
        "timestamp": now_ms - 1000, "source": "facebook", "campaign": "spring", "utm_campaign": "spring", "gclid": "GG",
        "clickId": "GG", "clickIdType": "gclid",
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        data[key] = value.clone();
    }
    json!({"batchId": "b", "timestamp": now_ms, "events": [{
        "workspace_id": workspace, "event_id": id, "event_name": name, "event_data": data, "source": "web", "timestamp": now_ms,
        "visitor_id": "anon_visitor", "anonymous_id": "anon_visitor", "user_id": more["user_id"], "session_id": "sess_1",
        "sdk_name": "datalyr-web-sdk", "sdk_version": "1.7.12",
    }]})
}

fn post(hearth: &Hearth, target: &str, body: &Value) -> Answer {
    let request =
        Request::new("POST", target).header("x-api-key", &hearth.project.key).header("x-forwarded-for", "203.0.113.7");
    hearth.send(&request.body(body.to_string()))
}

/// Whether the event is taken as a new one.
#[track_caller]
fn is_new(hearth: &Hearth, id: &str, time_ms: i64) -> bool {
    let answer = post(hearth, "/track", &event(id, time_ms)).ok().json();
    assert_eq!(answer["success"], true);
    answer["duplicate"] != true
}

#[track_caller]
fn count(hearth: &Hearth, id: &str) -> usize {
    let found = hearth
        .get_own(&format!("track/events?hidden=true&limit=1000&from=0&to={}", i64::from(i32::MAX) * 1000))
        .ok()
        .json();
    found["events"].as_array().unwrap().iter().filter(|event| event["event_id"] == id).count()
}

#[test]
fn case_40_an_id_is_remembered_for_six_hours_from_its_first_receipt() {
    let mut hearth = Hearth::start();
    assert!(is_new(&hearth, "evt_1", THEN_MS));
    assert!(is_new(&hearth, "evt_2", THEN_MS));
    // Copies do not prolong it.
    for _ in 0..3 {
        hearth.clock.advance_ms(HOUR_MS);
        assert!(!is_new(&hearth, "evt_1", THEN_MS));
    }
    hearth.clock.advance_ms(2 * HOUR_MS + 59 * MINUTE_MS);
    assert!(!is_new(&hearth, "evt_1", THEN_MS), "5 h 59 min");
    hearth.restart();
    assert!(!is_new(&hearth, "evt_2", THEN_MS), "after a restart");
    assert_eq!([count(&hearth, "evt_1"), count(&hearth, "evt_2")], [1, 1]);
    hearth.clock.advance_ms(2 * MINUTE_MS);
    assert!(is_new(&hearth, "evt_1", THEN_MS), "6 h 1 min");
    hearth.restart();
    assert!(is_new(&hearth, "evt_2", THEN_MS), "6 h 1 min, after a restart");
    assert_eq!([count(&hearth, "evt_1"), count(&hearth, "evt_2")], [2, 2]);
    // The second receipt opens a window of its own.
    assert!(!is_new(&hearth, "evt_1", THEN_MS));
}

#[test]
fn case_40_ids_may_be_remembered_longer_and_for_ever() {
    let longer = Hearth::with(&["datalyr.deduplicate_for=48h"]);
    let forever = Hearth::with(&["datalyr.deduplicate_for=0s"]);
    for hearth in [&longer, &forever] {
        assert!(is_new(hearth, "evt_1", THEN_MS));
        hearth.clock.advance_ms(47 * HOUR_MS);
        assert!(!is_new(hearth, "evt_1", THEN_MS));
    }
    longer.clock.advance_ms(2 * HOUR_MS);
    assert!(is_new(&longer, "evt_1", THEN_MS));
    forever.clock.advance_ms(400 * DAY_MS);
    assert!(!is_new(&forever, "evt_1", THEN_MS));
    assert_eq!(count(&forever, "evt_1"), 1);
}

#[test]
fn case_43_and_45_what_is_no_time_of_ours_is_the_time_of_receipt_exactly() {
    let hearth = Hearth::start();
    for (at, timestamp) in [
        json!(null),
        json!("not a date"),
        json!({}),
        json!("2099-01-01T00:00:00.000Z"),
        json!(NOW_MS + 5 * MINUTE_MS + 1),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("evt_{at}");
        let mut body = event(&id, 0);
        body["timestamp"] = timestamp.clone();
        post(&hearth, "/track", &body).ok();
        let found = hearth.get_own(&format!("track/events?event_id={id}")).ok().json();
        assert_eq!(found["events"][0]["time"], NOW_MS, "{timestamp}");
    }
    assert!(is_new(&hearth, "a little ahead", NOW_MS + 5 * MINUTE_MS));
    let found = hearth.get_own("track/events?event_id=a%20little%20ahead").ok().json();
    assert_eq!(found["events"][0]["time"], NOW_MS + 5 * MINUTE_MS);
}

#[test]
fn case_71_a_click_to_a_store_is_remembered_for_an_hour_even_over_midnight() {
    let hearth = Hearth::with(&["server.trusted_proxies=127.0.0.1"]);
    // 23:50 UTC.
    hearth.clock.advance_ms(13 * HOUR_MS + 50 * MINUTE_MS);
    let now_ms = NOW_MS + 13 * HOUR_MS + 50 * MINUTE_MS;
    let click = page("", "evt_click", "$app_download_click", now_ms, &json!({"target_platform": "ios"}));
    post(&hearth, "/", &click).ok();
    let ask = || post(&hearth, "/attribution/deferred-lookup", &json!({"platform": "ios"})).ok().json();
    assert_eq!((&ask()["found"], &ask()["attribution"]["gclid"]), (&json!(true), &json!("GG")));
    hearth.clock.advance_ms(20 * MINUTE_MS);
    assert_eq!(
        (&ask()["found"], &ask()["attribution"]["visitor_id"]),
        (&json!(true), &json!("anon_visitor")),
        "after midnight"
    );
    hearth.clock.advance_ms(39 * MINUTE_MS);
    assert_eq!(ask()["found"], true, "59 min");
    hearth.clock.advance_ms(2 * MINUTE_MS);
    assert_eq!(ask(), json!({"found": false}), "61 min");
}

#[test]
fn case_72_an_address_leads_to_a_touch_for_thirty_days() {
    let hearth = Hearth::start();
    let said = page("", "evt_said", "$identify", NOW_MS, &json!({"user_id": "u1", "traits": {"email": "a@b.co"}}));
    post(&hearth, "/", &said).ok();
    let ask = || post(&hearth, "/attribution/lookup", &json!({"email": " A@B.co "})).ok().json();
    assert_eq!((&ask()["found"], &ask()["attribution"]["gclid"]), (&json!(true), &json!("GG")));
    hearth.clock.advance_ms(30 * DAY_MS - HOUR_MS);
    assert_eq!(ask()["found"], true);
    hearth.clock.advance_ms(2 * HOUR_MS);
    assert_eq!(ask(), json!({"found": false}));
}

#[test]
fn case_75_a_store_that_is_closed_refuses_for_now() {
    let hearth = Hearth::start();
    hearth.runtime.block_on(hearth.store().close()).unwrap();
    let single = post(&hearth, "/track", &event("evt_1", THEN_MS));
    let origin = "https://shop.example.org";
    let batch = page("", "evt_2", "pageview", NOW_MS, &json!({})).to_string();
    let request = Request::new("POST", "/").header("x-api-key", &hearth.project.key).header("origin", origin);
    let batch = hearth.send(&request.body(batch));
    for answer in [&single, &batch] {
        assert_eq!(answer.status, 429, "{}", answer.text());
        let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=30).contains(&seconds));
        assert_eq!(answer.json()["success"], false);
    }
    assert_eq!(batch.header("access-control-allow-origin"), Some(origin));
    assert_eq!(batch.header("access-control-allow-credentials"), Some("true"));
}
