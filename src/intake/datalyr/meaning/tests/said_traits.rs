//! Traits in every style.

use serde_json::{Map, Value, json};

use super::{captured, one, read, track, web};
use crate::domain::track::TrackEvent;

/// Traits as an object; each key must be there once.
fn traits(event: &TrackEvent) -> Value {
    let entries: Vec<_> =
        event.traits.iter().map(|t| (t.key.to_string(), serde_json::from_str(&t.value).unwrap())).collect();
    let object: Map<String, Value> = entries.iter().cloned().collect();
    assert_eq!(object.len(), entries.len(), "{entries:?}");
    Value::Object(object)
}

#[test]
fn traits_of_captured_events() {
    let jane = json!({"email": "jane@example.com", "name": "Jane Doe", "plan": "premium"});
    assert_eq!(traits(&one("identify", "1.3.1")), jane);
    for version in ["1.3.0", "1.2.3", "1.2.2", "1.1.0", "1.0.2"] {
        assert_eq!(
            traits(&one("old_identify", version)),
            json!({"email": "old@example.com", "name": "Old"}),
            "{version}"
        );
    }
    let app = json!({"email": "rn@example.com", "first_name": "Jane", "phone": "+15551234"});
    for (kind, version) in [
        ("rn_identify", "1.7.18"),
        ("rn_raw_identify", "1.7.18"),
        ("rn_expo_identify", "1.7.18"),
        ("rn_old_identify", "1.7.12"),
    ] {
        assert_eq!(traits(&one(kind, version)), app, "{kind}");
    }
    for version in ["1.7.12", "1.7.2", "1.2.0", "1.0.2"] {
        let batch = captured("web_batch", version);
        assert_eq!(
            traits(&batch[2]),
            json!({"email": "jane@example.com", "name": "Jane Doe", "plan": "pro"}),
            "{version}"
        );
        assert!(batch.iter().enumerate().all(|(at, event)| at == 2 || event.traits.is_empty()));
    }
    for (kind, version) in [("alias", "1.3.1"), ("group", "1.3.1"), ("rn_alias", "1.7.18"), ("rn_purchase", "1.7.18")] {
        assert!(one(kind, version).traits.is_empty(), "{kind}");
    }
}

#[test]
fn every_style_ends_under_the_same_keys() {
    let expected = json!({"email": "a@b.co", "first_name": "Jane", "last_name": "Doe", "phone": "+1", "age": 7});
    let camel = r#""email":" a@b.co ","firstName":"Jane","lastName":"Doe","phoneNumber":"+1","age":7"#;
    let snake = r#""email":"a@b.co","first_name":"Jane","last_name":"Doe","phone":"+1","age":7"#;
    let ids = r#","userId":"u","anonymousId":"anon_x""#;
    let automatic = r#""anonymous_id":"anon_x","platform":"ios","sessionId":"s","source":"mobile_app","timestamp":1,"utm_source":"x","fbclid":"1""#;
    for event in [
        track("api", "$identify", ids, &format!(r#"{{{camel},"anonymous_id":"anon_x"}}"#)),
        track("api", "$identify", ids, &format!(r#"{{"$set":{{{snake}}},"anonymous_id":"anon_x"}}"#)),
        track("react-native", "$identify", ids, &format!(r#"{{"userId":"u",{automatic},{camel}}}"#)),
        track("swift", "$identify", ids, &format!(r#"{{"user_id":"u",{automatic},"properties":{{{camel}}}}}"#)),
        web("$identify", r#","user_id":"u""#, &format!(r#"{{"user_id":"u","url":"/","email":"x","traits":{{{snake}}}}}"#)),
        read(&format!(
            r#"{{"eventName":"$identify","visitorId":"v","userId":"u","eventData":{{{automatic}}},"userProperties":{{{camel}}}}}"#
        ))
        .remove(0),
    ] {
        assert_eq!(traits(&event), expected, "{}", event.properties);
    }
}

#[test]
fn of_several_spellings_the_known_one_counts_and_null_says_nothing() {
    for properties in [
        r#"{"firstName":"Janet","first_name":"Jane"}"#,
        r#"{"first_name":"Jane","firstName":"Janet"}"#,
        r#"{"first_name":"Janet","first_name":"Jane","plan":null}"#,
        r#"{"$set":{"first_name":"Janet"},"first_name":"Jane","":1}"#,
        r#"{"traits":{"firstName":"Jane","plan":null}}"#,
    ] {
        assert_eq!(traits(&track("api", "$identify", "", properties)), json!({"first_name": "Jane"}), "{properties}");
    }
}

#[test]
fn an_app_says_what_it_says_now_and_not_what_it_said_before() {
    let identify = |properties: &str, merged: &str| {
        let body = format!(
            r#"{{"event":"$identify","userId":"u","properties":{properties},
            "context":{{"library":"@datalyr/react-native","userProperties":{merged}}}}}"#
        );
        traits(&read(&body).remove(0))
    };
    let merged = r#"{"plan":"free","team":"red","country":"DE"}"#;
    assert_eq!(
        identify(r#"{"userId":"u","country":"DE","locale":"en","team":"red"}"#, merged),
        json!({"team": "red", "country": "DE"})
    );
    // The SDK's own country, by the locale.
    assert_eq!(identify(r#"{"userId":"u","country":"US","team":"red"}"#, merged), json!({"team": "red"}));
    assert_eq!(
        identify(r#"{"userId":"u","locale":"en"}"#, merged),
        json!({"plan": "free", "team": "red", "country": "DE"})
    );
}

#[test]
fn there_is_no_room_for_everything() {
    let many: Vec<_> = (0..300).map(|n| format!(r#""k{n}":{n}"#)).collect();
    let event = track("api", "$identify", "", &format!("{{{}}}", many.join(",")));
    assert_eq!(event.traits.len(), 100);
    let (long, large) = ("k".repeat(129), "v".repeat(8192));
    let event = track("api", "$identify", "", &format!(r#"{{"{long}":1,"a":"{large}","b":[1,{{"c":2}}]}}"#));
    assert_eq!(traits(&event), json!({"b": [1, {"c": 2}]}));
}
