//! What holds for every body: nothing panics, and what is kept is JSON.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::{captures, read};

fn check(body: Vec<u8>) -> Result<(), TestCaseError> {
    let Ok(decoded) = read(body) else { return Ok(()) };
    for event in &decoded.events {
        let is_object = |text: &str| text.starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok();
        prop_assert!(is_object(&event.properties), "{}", event.properties);
        prop_assert!(event.context.as_deref().is_none_or(is_object), "{:?}", event.context);
        let client = event.client_time.as_deref();
        prop_assert!(client.is_none_or(|json| json.chars().count() <= 64), "{:?}", client);
        prop_assert!(client.is_none_or(|json| serde_json::from_str::<&RawValue>(json).is_ok()), "{:?}", client);
        prop_assert!(!event.name.is_empty() && event.name.chars().count() <= 256);
        prop_assert!(event.id.as_deref().is_none_or(|id| id.encode_utf16().count() <= 256));
    }
    for part in &decoded.quarantined {
        prop_assert!(part.body.len() <= 4096);
    }
    Ok(())
}

/// A value that is none too rarely something that means something.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just("1e400".to_owned()),
        any::<f64>().prop_filter("JSON is finite", |number| number.is_finite()).prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "(\\\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\\\\\|x|é){0,6}".prop_map(|text| format!("\"{text}\"")),
    ];
    scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            object(inner),
        ]
    })
}

const KEYS: &str = "event|event_name|eventName|events|eventId|event_id|userId|user_id|anonymousId|visitor_id|visitorId|\
    properties|event_data|eventData|context|timestamp|session_id|sessionId|source|library|version|sdk_version|\
    workspace_id|workspaceId|distinct_id|userProperties|anonymous_id|\\PC{0,4}";

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let member = (KEYS, value).prop_map(|(key, value)| format!("{}:{value}", serde_json::to_string(&key).unwrap()));
    prop::collection::vec(member, 0..10).prop_map(|members| format!("{{{}}}", members.join(",")))
}

proptest! {
    #[test]
    fn bytes_of_any_kind_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(body)?;
    }

    #[test]
    fn texts_that_look_like_json_are_read_or_refused(body in "[\\[\\]{}:,\"events\\\\u0-9.\\- é]{0,60}") {
        check(body.into_bytes())?;
    }

    #[test]
    fn events_of_any_values_are_stored(event in object(value()), in_batch: bool, sent in value()) {
        let body = if in_batch { format!(r#"{{"events":[{event}],"timestamp":{sent}}}"#) } else { event };
        check(body.into_bytes())?;
    }

    #[test]
    fn captures_with_a_fault_are_read_or_refused(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        length in 0..20_usize,
        instead in prop_oneof![prop::collection::vec(any::<u8>(), 0..3), value().prop_map(String::into_bytes)],
    ) {
        let mut body = which.get(&captures::BODIES).clone().into_bytes();
        let at = at.index(body.len());
        let end = body.len().min(at + length);
        body.splice(at..end, instead);
        check(body)?;
    }
}
