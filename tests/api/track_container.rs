//! What web pages and apps ask for (datalyr.md 7.6, 7.7; cases 12 to 14, and the answers of 71 and 72).

use serde_json::{Value, json};

use crate::client::Request;
use crate::installation::Hearth;
use crate::track_payload::{ORIGIN, paged, post, refused, web};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

#[test]
fn the_container_is_empty_whoever_asks() {
    let hearth = Hearth::start();
    let config = json!({"respectGlobalPrivacyControl": true, "respectDoNotTrack": true});
    let expected = json!({"scripts": [], "pixels": null, "config": config});
    for target in [
        "/container-scripts",
        "//container-scripts",
        "/container-scripts/",
        "/track/container-scripts",
        "/track//container-scripts",
    ] {
        for body in [
            json!({"workspaceId": hearth.workspace()}),
            json!({"workspaceId": hearth.workspace(), "purpose": "pixel_forwarding"}),
            json!({"workspaceId": "ws_nobody"}),
            json!([1]),
        ] {
            let answer = hearth.send(&post(target, &body).header("origin", ORIGIN)).ok();
            assert_eq!(answer.json(), expected, "{target} {body}");
            assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
        }
        assert_eq!(hearth.send(&Request::new("POST", target).body("not json")).ok().json(), expected);
    }
    let hearth = Hearth::with(&["privacy.respect_dnt=false", "privacy.respect_gpc=false"]);
    let answer = hearth.send(&post("/container-scripts", &json!({"workspaceId": "ws_1"}))).ok();
    assert_eq!(answer.json(), json!({"scripts": [], "pixels": null, "config": {}}));
}

#[test]
fn the_consent_policy_says_what_the_owner_respects() {
    let hearth = Hearth::with(&["privacy.respect_dnt=false"]);
    for target in [
        "/sdk-consent-policy?ws=ws_1",
        "//sdk-consent-policy?ws=x",
        "/track/sdk-consent-policy",
        "/sdk-consent-policy/",
    ] {
        let answer = hearth.send(&Request::get(target).header("origin", ORIGIN)).ok();
        assert_eq!(answer.json(), json!({"waitForShopifyConsent": true, "respectGlobalPrivacyControl": true}));
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{target}");
    }
}

#[test]
fn look_ups_need_a_key_and_are_answered_whatever_is_asked() {
    let hearth = Hearth::start();
    let key = hearth.project.key.as_str();
    for target in ["/attribution/lookup", "/attribution/deferred-lookup"] {
        let ask = |body: &str| Request::new("POST", target).header("content-type", "application/json").body(body);
        refused(&hearth.send(&ask("{}")), 401, "missing_key");
        refused(&hearth.send(&ask("{}").header("x-datalyr-api-key", "dk_wrong")), 401, "unknown_key");
        refused(&hearth.send(&ask("{}").bearer(&hearth.workspace())), 401, "unknown_key");
        for body in [
            r#"{"email":"nobody@example.org"}"#,
            r#"{"platform":"ios"}"#,
            r#"{"email":7}"#,
            "{}",
            "[]",
            "",
            "not json",
            &"x".repeat(100_000),
        ] {
            let answer = hearth.send(&ask(body).header("x-datalyr-api-key", key)).ok();
            assert_eq!(answer.json(), json!({"found": false}), "{target}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    }
}

#[test]
fn an_app_is_told_what_brought_the_visitor_with_this_e_mail_address() {
    let hearth = Hearth::start();
    let key = hearth.project.key.clone();
    let identify = |id: &str, visitor: &str, email: &str, click: Value| {
        let mut batch = web(&hearth.workspace(), &[id]);
        let event = &mut batch["events"][0];
        event["event_name"] = json!("$identify");
        event["user_id"] = json!(format!("user_{visitor}"));
        event["event_data"] = click;
        event["event_data"]["traits"] = json!({"email": email});
        for key in ["visitor_id", "anonymous_id"] {
            event[key] = json!(visitor);
        }
        hearth.send(&paged(ORIGIN, &batch)).ok();
    };
    identify("a", "anon_a", "A@b.co", json!({"fbclid": "FB1", "utm_campaign": "spring"}));
    identify("b", "anon_b", "plain@b.co", json!({}));
    let ask = |email: &str, key: &str| {
        let request = post("/attribution/lookup", &json!({"email": email})).header("x-datalyr-api-key", key);
        hearth.send(&request).ok().json()
    };
    let found = ask(" a@B.co ", &key);
    assert_eq!(found["found"], true);
    let attribution = found["attribution"].as_object().unwrap();
    assert!(attribution.values().all(Value::is_string), "{found}");
    for (name, value) in [("visitor_id", "anon_a"), ("fbclid", "FB1"), ("utm_campaign", "spring")] {
        assert_eq!(attribution[name], value, "{name}");
    }
    let other = hearth.add_project("other");
    for (email, key) in [("plain@b.co", &key), ("nobody@b.co", &key), ("a@b.co", &other.key)] {
        assert_eq!(ask(email, key), json!({"found": false}), "{email}");
    }
}

#[test]
fn an_app_is_told_of_a_click_from_its_address_also_over_midnight() {
    let hearth = Hearth::with(&["server.trusted_proxies=127.0.0.1", "server.keep_alive=1h"]);
    let key = hearth.project.key.clone();
    let ask = |address: &str, key: &str| {
        let body = json!({"platform": "ios"});
        let request = post("/attribution/deferred-lookup", &body).header("x-datalyr-api-key", key);
        hearth.send(&request.header("x-forwarded-for", address)).ok().json()
    };
    // Ten minutes before the end of the day.
    hearth.clock.advance_ms(13 * HOUR_MS + 50 * MINUTE_MS);
    let mut batch = web(&hearth.workspace(), &["click"]);
    batch["events"][0]["event_name"] = json!("$app_download_click");
    batch["events"][0]["event_data"] = json!({"target_platform": "ios", "gclid": "GG"});
    for time in ["/timestamp", "/events/0/timestamp"] {
        *batch.pointer_mut(time).unwrap() = json!("2026-11-20T23:50:00.000Z");
    }
    hearth.send(&paged(ORIGIN, &batch).header("x-forwarded-for", "192.0.2.1")).ok();
    for minutes in [0, 20, 39] {
        hearth.clock.advance_ms(minutes * MINUTE_MS);
        let found = ask("192.0.2.1", &key);
        assert_eq!((&found["found"], &found["attribution"]["gclid"]), (&true.into(), &"GG".into()), "{minutes}");
        assert_eq!(found["attribution"]["visitor_id"], "anon_w");
        assert_eq!(ask("192.0.2.2", &key), json!({"found": false}));
    }
    assert_eq!(ask("192.0.2.1", &hearth.add_project("other").key), json!({"found": false}));
    hearth.clock.advance_ms(2 * MINUTE_MS);
    assert_eq!(ask("192.0.2.1", &key), json!({"found": false}), "that is more than an hour ago");
}

#[test]
fn where_addresses_are_not_kept_nobody_is_found_by_one() {
    let hearth = Hearth::with(&["privacy.address=none"]);
    let mut batch = web(&hearth.workspace(), &["click"]);
    batch["events"][0]["event_name"] = json!("$app_download_click");
    batch["events"][0]["event_data"] = json!({"gclid": "GG"});
    hearth.send(&paged(ORIGIN, &batch)).ok();
    let ask = post("/attribution/deferred-lookup", &json!({})).header("x-datalyr-api-key", &hearth.project.key);
    assert_eq!(hearth.send(&ask).ok().json(), json!({"found": false}));
}
