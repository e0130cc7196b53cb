//! What web pages and apps ask for (datalyr.md 7.6, 7.7; cases 12 to 14, and the answers of 71 and 72).

use serde_json::json;

use crate::client::Request;
use crate::installation::Hearth;
use crate::track_payload::{ORIGIN, post, refused};

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
