//! The schema against recorded answers of heat-collector 0.3.7.

use super::form::{EVENT_TYPES, own_fields};
use super::{MAX_ISSUES, check, is_device, is_meta, is_viewport};
use crate::domain::heat::Kind;
use crate::intake::heat::issues::Place;
use crate::js::json::{Limits, Value, parse};

const BASE: &str = r#""eventId":"e","sessionId":"s","ts":1,"path":"/","viewport":{"w":1,"h":1},"device":{}"#;

const DISCRIMINATOR: &str =
    "Invalid discriminator value. Expected 'click' | 'move' | 'scroll' | 'pageview' | 'custom' | 'input' | 'keyboard'";

fn value(text: &str) -> Value {
    parse(text, Limits { max_depth: 64, allow_infinite: true }).unwrap()
}

/// The messages about a payload: those of the root, then those of each field.
fn errors(payload: &str) -> serde_json::Value {
    serde_json::to_value(check(&value(payload)).details()).unwrap()
}

/// The messages about a payload with these events.
fn event_errors(events: &str) -> Vec<String> {
    let payload = value(&format!(r#"{{"session":{{"id":"s"}},"events":[{events}]}}"#));
    let details = check(&payload).details();
    assert!(details.form_errors().is_empty());
    details.field_errors("events").iter().map(ToString::to_string).collect()
}

/// An event with all that events have in common, and `rest`.
fn event(rest: &str) -> String {
    format!("{{{BASE},{rest}}}")
}

fn check_fields(payload: &str, fields: &serde_json::Value) {
    let expected = serde_json::json!({"formErrors": [], "fieldErrors": fields});
    assert_eq!(errors(payload), expected, "{payload}");
}

#[test]
fn root_and_envelope() {
    use serde_json::json;
    let array = json!({"formErrors": ["Expected object, received array"], "fieldErrors": {}});
    assert_eq!(errors("[]"), array);
    check_fields("{}", &json!({"session": ["Required"], "events": ["Required"]}));
    check_fields(
        r#"{"sdk":1,"app":"x","session":[],"user":true,"events":"no"}"#,
        &json!({
            "sdk": ["Expected object, received number"],
            "app": ["Expected object, received string"],
            "session": ["Expected object, received array"],
            "user": ["Expected object, received boolean"],
            "events": ["Expected array, received string"],
        }),
    );
    check_fields(
        r#"{"session":{"id":1,"startedAt":"1","lastSeenAt":null},"user":{"id":5,"traits":[]},"events":[]}"#,
        &json!({
            "session": [
                "Expected string, received number",
                "Expected number, received string",
                "Expected number, received null",
            ],
            "user": ["Expected string, received number", "Expected object, received array"],
            "events": ["Array must contain at least 1 element(s)"],
        }),
    );
    check_fields(
        r#"{"session":{},"user":null,"sdk":{"name":1},"app":{"env":{}},"events":null}"#,
        &json!({
            "sdk": ["Expected string, received number"],
            "app": ["Expected string, received object"],
            "session": ["Required"],
            "user": ["Expected object, received null"],
            "events": ["Expected array, received null"],
        }),
    );
}

#[test]
fn fields_are_found_in_schema_order() {
    let report = check(&value(r#"{"events":0,"user":0,"session":0,"app":0,"sdk":0}"#));
    let fields: Vec<_> = report.issues().iter().filter_map(|issue| issue.place.field()).collect();
    assert_eq!(fields, ["sdk", "app", "session", "user", "events"]);
}

#[test]
fn valid_payloads_have_no_issues() {
    for payload in [
        format!(
            r#"{{"session":{{"id":"","extra":1,"startedAt":-1.5,"lastSeenAt":1e18}},"events":[{}]}}"#,
            event(r#""type":"click","x":1,"y":1e999,"selector":"","button":-1.5,"meta":{},"foo":1"#)
        ),
        format!(
            r#"{{"sdk":{{}},"app":{{}},"user":{{"id":"","traits":{{}}}},"session":{{"id":"s"}},"events":[{}]}}"#,
            [
                event(r#""type":"move","points":[]"#),
                event(r#""type":"move","points":[{"x":1,"y":2,"tsOffset":3,"pressure":9}]"#),
                event(r#""type":"scroll","scrollY":0,"scrollDepthPct":0"#),
                event(r#""type":"pageview","to":"""#),
                event(r#""type":"custom","name":"n","props":{"a":null}"#),
                event(r#""type":"input","action":"change","length":1,"masked":"*""#),
                event(r#""type":"keyboard","category":"other""#),
            ]
            .join(",")
        ),
    ] {
        let report = check(&value(&payload));
        assert!(report.is_valid() && report.envelope_is_valid(), "{payload}: {:?}", report.issues());
    }
}

#[test]
fn events_need_a_known_type() {
    for events in ["{}", r#"{"type":"foo"}"#, r#"{"type":7}"#, r#"{"type":null}"#, r#"{"type":"CLICK"}"#] {
        assert_eq!(event_errors(events), [DISCRIMINATOR], "{events}");
    }
    assert_eq!(
        event_errors(r#""x",1,[],true,null"#),
        ["string", "number", "array", "boolean", "null"]
            .map(|received| format!("Expected object, received {received}"))
    );
}

#[test]
fn required_fields_are_required() {
    for (kind, own) in
        [("click", 2), ("move", 1), ("scroll", 2), ("pageview", 1), ("custom", 1), ("input", 1), ("keyboard", 1)]
    {
        assert_eq!(event_errors(&format!(r#"{{"type":"{kind}"}}"#)), vec!["Required"; 6 + own], "{kind}");
    }
}

#[test]
fn types_are_not_coerced() {
    for (events, expected) in [
        (
            r#"{"eventId":1,"sessionId":null,"ts":"5","path":3,"viewport":{"w":1,"h":1},"device":{},"type":"click","x":"1","y":null}"#.to_owned(),
            vec![
                "Expected string, received number",
                "Expected string, received null",
                "Expected number, received string",
                "Expected string, received number",
                "Expected number, received string",
                "Expected number, received null",
            ],
        ),
        (
            event(r#""type":"click","x":true,"y":{},"selector":null,"button":"0","meta":null"#),
            vec![
                "Expected object, received null",
                "Expected number, received boolean",
                "Expected number, received object",
                "Expected string, received null",
                "Expected number, received string",
            ],
        ),
        (
            event(r#""type":"click","x":1,"y":1,"viewport":{"w":"1","dpr":null},"device":[]"#),
            vec![
                "Expected number, received string",
                "Required",
                "Expected number, received null",
                "Expected object, received array",
            ],
        ),
        (
            event(r#""type":"move","points":[{"x":1},{"x":"1","y":1,"tsOffset":1},5,null,[]]"#),
            vec![
                "Required",
                "Required",
                "Expected number, received string",
                "Expected object, received number",
                "Expected object, received null",
                "Expected object, received array",
            ],
        ),
        (event(r#""type":"move","points":{}"#), vec!["Expected array, received object"]),
        (event(r#""type":"pageview","to":"/","from":null"#), vec!["Expected string, received null"]),
        (event(r#""type":"custom","props":[]"#), vec!["Required", "Expected object, received array"]),
    ] {
        assert_eq!(event_errors(&events), expected, "{events}");
    }
}

#[test]
fn words_are_named_in_the_message() {
    for (events, expected) in [
        (
            r#""type":"input","action":"hover""#,
            "Invalid enum value. Expected 'focus' | 'blur' | 'change', received 'hover'",
        ),
        (r#""type":"input","action":null"#, "Expected 'focus' | 'blur' | 'change', received null"),
        (
            r#""type":"keyboard","category":"letters""#,
            "Invalid enum value. Expected 'navigation' | 'editing' | 'modifier' | 'system' | 'other', received 'letters'",
        ),
        (
            r#""type":"keyboard","category":1"#,
            "Expected 'navigation' | 'editing' | 'modifier' | 'system' | 'other', received number",
        ),
    ] {
        assert_eq!(event_errors(&event(events)), [expected]);
    }
}

#[test]
fn single_events_can_be_told_apart() {
    let good = event(r#""type":"click","x":1,"y":1"#);
    let bad = event(r#""type":"click","x":"a""#);
    let report = check(&value(&format!(r#"{{"session":{{"id":"s"}},"events":[{good},{bad},7,{good}]}}"#)));
    assert!(!report.is_valid() && report.envelope_is_valid());
    assert_eq!((report.event_count(), report.refused_events()), (4, &[1, 2][..]));
    assert_eq!([0, 1, 2, 3, 4].map(|index| report.event_is_valid(index)), [true, false, false, true, false]);
    assert_eq!(report.event_details(1).field_errors("events"), ["Expected number, received string", "Required"]);
    assert_eq!(report.event_details(2).field_errors("events"), ["Expected object, received number"]);
    assert_eq!(report.issues()[0].place, Place::Event(1));

    let report = check(&value(&format!(r#"{{"session":{{}},"events":[{good},{bad}]}}"#)));
    assert!(!report.envelope_is_valid());
    assert!(!check(&value(r#"{"session":{"id":"s"},"events":[]}"#)).envelope_is_valid());
}

#[test]
fn issues_are_bounded_but_counted() {
    let report = check(&value(&format!(r#"{{"session":{{"id":"s"}},"events":[{}0]}}"#, "0,".repeat(MAX_ISSUES + 5))));
    assert_eq!((report.issues().len(), report.issue_count()), (MAX_ISSUES, MAX_ISSUES + 6));
    assert!(report.envelope_is_valid());
    assert_eq!(report.refused_events().len(), MAX_ISSUES + 6);
}

#[test]
fn parts_of_an_event_can_be_checked_alone() {
    assert!(is_viewport(&value(r#"{"w":1,"h":0,"dpr":1.5,"zoom":3}"#)));
    assert!(!is_viewport(&value(r#"{"w":1}"#)));
    assert!(!is_viewport(&value("null")));
    assert!(is_device(&value(r#"{"ua":"","q":1}"#)));
    assert!(!is_device(&value(r#"{"ua":null}"#)));
    assert!(is_meta(&value("{}")));
    assert!(!is_meta(&value("[]")));
}

#[test]
fn every_kind_is_listed() {
    let quoted: Vec<String> = Kind::ALL.iter().map(|kind| format!("'{}'", kind.name())).collect();
    assert_eq!(EVENT_TYPES, quoted.join(" | "));
    assert!(Kind::ALL.iter().all(|kind| !own_fields(*kind).is_empty()));
}
