//! What holds for every event.

use proptest::prelude::*;
use serde_json::Value;

use super::{CAPTURES, read};

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "(x|anon_x|2DB3C630-BFBB-42D9-8AD1-62B4B093A9BD|direct|fbclid|1e5|https://x/[?]token=1&_dl_h=2)"
            .prop_map(Value::from),
    ];
    scalar.prop_recursive(2, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    let known = "userId|user_id|previousId|previous_id|visitorId|anonymous_id|external_ids|consent|marketing|traits|[$]set|\
        properties|email|firstName|value|revenue|currency|source|medium|campaign|utm_source|utm_campaign|clickId|\
        clickIdType|fbclid|ScCid|lyr|dl_ksource|url|referrer|landingPage|timestamp|captured_at|install_time|\
        attribution_timestamp|web_visitor_id|stripe_session_id|asa_campaign_id";
    prop_oneof![9 => known, 1 => any::<String>()]
}

fn members() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(key(), value(), 0..12).prop_map(Value::from_iter)
}

fn check(event: &crate::domain::track::TrackEvent) -> Result<(), TestCaseError> {
    if let Some(touch) = &event.touch {
        prop_assert!(touch.captured_ms <= event.time_ms && touch.captured_ms >= 946_684_800_000);
        let detail: Value = serde_json::from_str(&touch.detail).unwrap();
        prop_assert!(detail.is_object() && touch.detail.len() < 40_000);
        prop_assert!(touch.landing_page.as_deref().is_none_or(|url| url.len() <= 2048));
        prop_assert!(touch.source.as_deref().is_none_or(|text| text.len() <= 1024 && !text.is_empty()));
    }
    prop_assert!(event.traits.len() <= 100 && event.statements.len() <= 45);
    for known in &event.traits {
        prop_assert!(serde_json::from_str::<Value>(&known.value).is_ok());
    }
    Ok(())
}

proptest! {
    #[test]
    fn nothing_panics_and_everything_is_bounded(
        name in "[$]identify|[$]alias|purchase|pageview|[$]web_attribution_matched|[$]deep_link",
        library in "api|react-native|swift|other",
        properties in members(),
        merged in members(),
        user in value(),
        anonymous in value(),
    ) {
        let bodies = [
            serde_json::json!({"event": name, "userId": user, "anonymousId": anonymous, "properties": properties,
                "context": {"library": format!("@datalyr/{library}"), "userProperties": merged}}),
            serde_json::json!({"event_name": name, "user_id": user, "visitor_id": anonymous, "event_data": properties}),
            serde_json::json!({"eventName": name, "userId": user, "visitorId": anonymous, "eventData": properties,
                "userProperties": merged}),
        ];
        for body in bodies {
            let events = read(&body.to_string());
            prop_assert_eq!(events.len(), 1);
            check(&events[0])?;
        }
    }
}

#[test]
fn no_secret_of_a_captured_url_is_stored() {
    let mut count = 0;
    for capture in CAPTURES.iter() {
        for event in read(&capture.raw) {
            count += 1;
            let detail = event.touch.as_ref().map_or("", |touch| &*touch.detail);
            let landing = event.touch.as_ref().and_then(|touch| touch.landing_page.as_deref()).unwrap_or_default();
            for text in [&*event.properties, event.context.as_deref().unwrap_or_default(), detail, landing] {
                for secret in ["sekret", "a%40b.co", "dl_kprofile_id"] {
                    assert!(!text.contains(secret), "{} {secret}: {text}", capture.kind);
                }
            }
        }
    }
    assert_eq!(count, 127);
}
