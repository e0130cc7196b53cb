//! What no column has stays in the context, so that bodies read back as they were sent.

use serde_json::json;

use super::{context, event, json as parsed};

#[test]
fn properties_stay_as_they_came() {
    let text = r#"{ "__proto__":{"x":1},"constructor":1,"a.b":1,"":2,"k\u0000y":"v\u0000v","n":1e+21, "a":1,"a":2 }"#;
    assert_eq!(&*event(&format!(r#"{{"event":"a","properties":{text}}}"#)).properties, text);
    for absent in ["", r#","properties":null"#] {
        let event = event(&format!(r#"{{"event":"a"{absent}}}"#));
        assert_eq!((&*event.properties, event.context), ("{}", None));
    }
    for odd in [r#""text""#, "[1,2]", "7"] {
        let event = event(&format!(r#"{{"event":"a","properties":{odd}}}"#));
        assert_eq!((&*event.properties, context(&event)), ("{}", json!({"properties": parsed(odd)})));
    }
}

#[test]
fn the_context_has_what_no_column_has() {
    let event = event(
        r#"{"event":"a","eventId":"e","anonymousId":"x","timestamp":"2026-11-20T16:10:00Z","ip":"top","extra":[1],
        "properties":{"anonymous_id":"x"},
        "context":{"library":"@datalyr/api","version":"1.3.1","source":"api","session_id":"s","schema_version":1,
        "ip":"inner","userProperties":{"plan":"pro"}}}"#,
    );
    assert_eq!(
        context(&event),
        json!({"schema_version": 1, "ip": "inner", "userProperties": {"plan": "pro"}, "event.ip": "top", "extra": [1]})
    );
}

#[test]
fn what_columns_have_in_other_words_is_there_as_sent() {
    let (name, id) = ("n".repeat(300), "i".repeat(300));
    let long = format!("[{}]", "1,".repeat(50) + "1");
    let event = event(&format!(
        r#"{{"event":"{name}","eventId":"{id}","timestamp":{long},"anonymousId":{{}},"context":"text"}}"#
    ));
    assert_eq!(event.name.len(), 256);
    let expected =
        json!({"event": name, "eventId": id, "timestamp": parsed(&long), "anonymousId": {}, "context": "text"});
    assert_eq!(context(&event), expected);
    assert!(event.client_time.is_some_and(|client| client.len() == 64));
}

#[test]
fn a_browser_event_leaves_what_its_ids_do_not_repeat() {
    let event = event(
        r#"{"workspace_id":"ws","event_name":"a","eventName":"b","event_data":{"x":1},"eventData":{"x":2},
        "visitor_id":"v","anonymous_id":"v","distinct_id":"v","canonical_id":"other","user_id":null,
        "source":"web","sdk_name":"datalyr-web-sdk","sdk_version":"1.7.12","session_id":"s","sessionId":"s",
        "resolution_method":"browser_sdk","resolution_confidence":1,"schema_version":1}"#,
    );
    assert_eq!(
        context(&event),
        json!({"eventName": "b", "eventData": {"x": 2}, "canonical_id": "other", "resolution_method": "browser_sdk",
            "resolution_confidence": 1, "schema_version": 1})
    );
}

#[test]
fn the_device_of_a_raw_event_is_found_under_both_spellings() {
    for key in ["deviceContext", "fingerprintData"] {
        let event =
            event(&format!(r#"{{"eventName":"a","workspaceId":"w","{key}":{{"model":"m"}},"eventData":{{}}}}"#));
        assert_eq!(context(&event), json!({"workspaceId": "w", key: {"model": "m"}}));
    }
}

#[test]
fn of_equal_keys_the_last_counts() {
    let event = event(
        r#"{"event":"a","event":"b","eventId":"1","eventId":"2","context":{"source":"x","source":"api"},
        "properties":{"a":1},"properties":{"b":2}}"#,
    );
    assert_eq!((&*event.name, event.id.as_deref(), &*event.channel), ("b", Some("2"), "api"));
    assert_eq!((&*event.properties, event.context), (r#"{"b":2}"#, None));
}
