//! What heat-collector threw away is kept, and told by Hearth's own API (heat-collector.md D6, D17).

use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::{NOW_MS, THEN_MS, batch, click, one_of_each, with};

#[test]
fn every_field_of_every_type_comes_back() {
    let hearth = Hearth::start();
    let sent: Vec<_> = one_of_each()
        .into_iter()
        .map(|event| {
            with(event, &json!({"meta": {"viewportBucket": "1400x800", "theme": {"dark": true}, "value": "typed"}}))
        })
        .collect();
    hearth.ingest(&batch("s1", &sent)).ok();

    let body = hearth.get_own("events").ok().json();
    let events = body["events"].as_array().unwrap();
    #[rustfmt::skip]
    let own = [
        json!({"selector": "#buy", "x": 2, "y": 2, "detail": {"button": 2}}),
        json!({"points": [{"ts": ts(10), "x": 5, "y": 6}, {"ts": ts(14), "x": 7, "y": 8}]}),
        json!({"scroll_y": 640.25, "scroll_depth": 34}),
        json!({"to": "/shop?q=1", "detail": {"from": "/"}}),
        json!({"name": "added to cart", "detail": {"sku": "A-1", "price": 9.5}}),
        json!({"selector": "input[name=q]",
               "detail": {"action": "change", "inputType": "search", "length": 3, "masked": "***"}}),
        json!({"category": "navigation"}),
    ];
    assert_eq!(events.len(), own.len());
    for (at, (event, own)) in events.iter().zip(&own).enumerate() {
        let expected = json!({
            "id": event["id"], "event_id": sent[at]["eventId"], "session_id": "s1", "user_id": null,
            "type": sent[at]["type"], "ts": ts(10 * i64::try_from(at).unwrap()), "received_at": NOW_MS, "path": "/shop",
            "context": {
                "viewport": {"w": 1366, "h": 768},
                "device": {"ua": "Browser/1", "platform": "Linux", "language": "de"},
                "meta": {"viewportBucket": "1400x800", "theme": {"dark": true}},
            },
        });
        assert_eq!(*event, with(expected, own));
        assert_eq!(event["id"].as_str().unwrap().len(), 36);
    }
    assert_eq!(body["next_cursor"], Value::Null);
}

#[test]
fn the_time_of_arrival_is_the_servers() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s1", &[click("a", 0)])).ok();
    hearth.clock.advance_ms(1_500);
    hearth.ingest(&batch("s1", &[click("b", 1)])).ok();
    let events = hearth.get_own("events").ok().json();
    assert_eq!(events["events"][0]["received_at"], NOW_MS);
    assert_eq!(events["events"][1]["received_at"], NOW_MS + 1_500);
    let session = hearth.get_own("sessions/s1").ok().json();
    assert_eq!(session["session"]["received_at"], NOW_MS);
}

#[test]
fn a_session_tells_who_sent_it_and_who_it_was() {
    let hearth = Hearth::start();
    let sender = json!({
        "sdk": {"name": "heat-sdk", "version": "0.2.6", "env": "unknown to the schema"},
        "app": {"name": "shop", "version": "7", "env": "prod"},
        "user": {"id": "u-1", "traits": {"plan": "free"}},
    });
    hearth.ingest(&with(batch("s1", &[click("a", 0)]), &sender)).ok();
    let later = json!({"user": {"id": "u-1", "traits": {"plan": "paid", "seats": [1, 2]}}});
    hearth.ingest(&with(batch("s1", &[click("b", 1)]), &later)).ok();
    hearth.ingest(&with(batch("s1", &[click("c", 2)]), &json!({"user": {"id": "u-1"}}))).ok();

    let detail = hearth.get_own("sessions/s1").ok().json();
    let (session, user) = (&detail["session"], &detail["user"]);
    #[rustfmt::skip]
    assert_eq!(*session, json!({
        "id": "s1", "project_id": hearth.project.id, "user_id": user["id"], "started_at": ts(0), "last_seen_at": ts(0),
        "received_at": NOW_MS, "first_path": "/shop", "user_agent": "Browser/1",
        "device": {"ua": "Browser/1", "platform": "Linux", "language": "de"},
        "client": {"sdk": {"name": "heat-sdk", "version": "0.2.6"}, "app": {"name": "shop", "version": "7", "env": "prod"}},
        "address_hash": session["address_hash"], "row_count": 3,
    }));
    assert_eq!(user["external_id"], "u-1");
    assert_eq!(user["traits"], json!({"plan": "paid", "seats": [1, 2]}), "the latest that were sent");
    assert_eq!(user["proven_at"], Value::Null, "only the page said so");
    let events = hearth.get_own("events").ok().json();
    assert!(events["events"].as_array().unwrap().iter().all(|event| event["user_id"] == user["id"]));
}

#[test]
fn what_is_absent_is_not_made_up() {
    let hearth = Hearth::start();
    let bare = json!({"session": {"id": "s1"}, "events": [{
        "type": "input", "eventId": "", "sessionId": "", "ts": THEN_MS, "path": "", "viewport": {"w": 0, "h": 0},
        "device": {}, "action": "focus",
    }]});
    hearth.ingest(&bare).ok();
    let event = hearth.get_own("events").ok().json()["events"][0].clone();
    #[rustfmt::skip]
    assert_eq!(event, json!({
        "id": event["id"], "event_id": "", "session_id": "s1", "user_id": null, "type": "input", "ts": ts(0),
        "received_at": NOW_MS, "path": "", "detail": {"action": "focus"},
        "context": {"viewport": {"w": 0, "h": 0}, "device": {}},
    }));
}

/// `ms` after the first event.
fn ts(ms: i64) -> i64 {
    THEN_MS + ms
}
