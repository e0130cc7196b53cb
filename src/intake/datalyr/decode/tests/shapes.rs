//! Which shape a body has, and where its parts are found (datalyr.md 4.4).

use serde_json::json;

use super::{NOW_MS, RULES, context, event, read};
use crate::domain::track::EventKind;
use crate::intake::datalyr::decode::{DecodeRefusal, Shape, Surroundings, decode};

#[test]
fn shapes_are_told_apart_by_what_is_there() {
    for (body, shape, name) in [
        (r#"{"event":"a","eventId":"1"}"#, Shape::Track, "a"),
        (r#"{"eventName":"a","workspaceId":"ws"}"#, Shape::Raw, "a"),
        (r#"{"event_name":"a","workspace_id":"ws"}"#, Shape::Web, "a"),
        (r#"{"eventName":"b","event_name":"a","event":"c"}"#, Shape::Web, "a"),
        (r#"{"events":[{"event_name":"a"}],"event":"b"}"#, Shape::Web, "a"),
        (r#"{"events":[{"eventName":"a","event_name":"a"}]}"#, Shape::Web, "a"),
        (r#"{"events":"none","event":"a"}"#, Shape::Track, "a"),
        (r#"{"event_name":null,"eventName":null,"event":"a"}"#, Shape::Track, "a"),
        ("\u{feff} \r\n\t{\"event\":\"a\"} \n", Shape::Track, "a"),
        (r#"{"\u0065vent":"a"}"#, Shape::Track, "a"),
        (r#"{"event":"b","event":"a"}"#, Shape::Track, "a"),
    ] {
        let decoded = read(body).unwrap();
        assert_eq!((decoded.shape, &*decoded.events[0].name), (shape, name), "{body}");
    }
}

#[test]
fn what_is_no_event_is_refused() {
    let two = r#"{"event":"a"}{"event":"b"}"#;
    for (body, refusal) in [
        ("not json", DecodeRefusal::InvalidJson),
        ("", DecodeRefusal::InvalidJson),
        ("   ", DecodeRefusal::InvalidJson),
        ("a=1&b=2", DecodeRefusal::InvalidJson),
        (r#"{"event":"a"}x"#, DecodeRefusal::InvalidJson),
        (two, DecodeRefusal::InvalidJson),
        ("{}{}", DecodeRefusal::InvalidJson),
        (r#"{"event":"a",}"#, DecodeRefusal::InvalidJson),
        (r#"{"event":undefined}"#, DecodeRefusal::InvalidJson),
        (r#"{"event":"a"#, DecodeRefusal::InvalidJson),
        ("{\"event\":\"a\u{0}b\"}", DecodeRefusal::InvalidJson),
        ("{\"event\":\"a\nb\"}", DecodeRefusal::InvalidJson),
        (r#"{"event":"\x41"}"#, DecodeRefusal::InvalidJson),
        (r#"{"event":"\u12"}"#, DecodeRefusal::InvalidJson),
        (r#"{"event":"a","properties":{"n":01}}"#, DecodeRefusal::InvalidJson),
        (r#"{"event":"a","properties":{"n":NaN}}"#, DecodeRefusal::InvalidJson),
        ("[]", DecodeRefusal::UnknownShape),
        ("5", DecodeRefusal::UnknownShape),
        (r#""x""#, DecodeRefusal::UnknownShape),
        ("null", DecodeRefusal::UnknownShape),
        ("true", DecodeRefusal::UnknownShape),
        ("{}", DecodeRefusal::UnknownShape),
        (r#"{"a":1}"#, DecodeRefusal::UnknownShape),
        (r#"[{"event":"a"}]"#, DecodeRefusal::UnknownShape),
        (r#"{"events":{"event_name":"a"}}"#, DecodeRefusal::UnknownShape),
        (r#"{"userId":"u","properties":{}}"#, DecodeRefusal::UnknownShape),
        (r#"{"event":""}"#, DecodeRefusal::NoName),
        (r#"{"event":7}"#, DecodeRefusal::NoName),
        (r#"{"event":{}}"#, DecodeRefusal::NoName),
        (r#"{"eventName":""}"#, DecodeRefusal::NoName),
        (r#"{"event_name":""}"#, DecodeRefusal::NoName),
    ] {
        assert_eq!(read(body).unwrap_err(), refusal, "{body}");
    }
    for body in [&b"{\"event\":\"a\xff\xfeb\"}"[..], b"{\"event\":\"\xed\xa0\x80\"}", b"\xff"] {
        assert_eq!(read(body).unwrap_err(), DecodeRefusal::InvalidJson);
    }
}

#[test]
fn a_server_event_is_taken_apart() {
    let event = event(
        r#"{"event":"Order Completed","eventId":" e1 ","userId":12345,"anonymousId":"anon_1",
        "properties":{"anonymous_id":"anon_0","sessionId":"s0","timestamp":1,"source":"mobile_app"},
        "context":{"library":"@datalyr/react-native","version":"1.7.18","session_id":"s1","source":"mobile_app"},
        "timestamp":"2026-11-20T16:10:00.000+0000"}"#,
    );
    assert_eq!((&*event.name, event.kind), ("Order Completed", EventKind::Other));
    assert_eq!(event.id.as_deref(), Some(" e1 "));
    assert_eq!(event.anonymous.as_deref(), Some("anon_1"));
    assert_eq!(event.session.as_deref(), Some("s1"));
    assert_eq!((event.time_ms, event.client_time), (NOW_MS - 600_000, None));
    assert_eq!(&*event.channel, "mobile_app");
    assert_eq!(
        (event.library.as_deref(), event.library_version.as_deref()),
        (Some("@datalyr/react-native"), Some("1.7.18"))
    );
}

#[test]
fn what_a_server_event_lacks_is_found_elsewhere() {
    let anonymous = |body| event(body).anonymous.map(String::from);
    assert_eq!(anonymous(r#"{"event":"a","properties":{"anonymous_id":"x"}}"#).as_deref(), Some("x"));
    assert_eq!(anonymous(r#"{"event":"a","anonymousId":" ","properties":{"anonymous_id":7}}"#).as_deref(), Some("7"));
    assert_eq!(anonymous(r#"{"event":"a","anonymousId":{}}"#), None);
    let session = |body| event(body).session.map(String::from);
    assert_eq!(session(r#"{"event":"a","properties":{"sessionId":"s"}}"#).as_deref(), Some("s"));
    assert_eq!(session(r#"{"event":"a","properties":{"session_id":"s","sessionId":""}}"#).as_deref(), Some("s"));
    assert_eq!(session(r#"{"event":"a","context":[],"properties":"s"}"#), None);
}

#[test]
fn a_channel_is_what_is_said_or_follows_from_the_library() {
    let track = |context: &str| event(&format!(r#"{{"event":"a","context":{context}}}"#)).channel;
    assert_eq!(&*track(r#"{"library":"@datalyr/api"}"#), "api");
    assert_eq!(&*track("{}"), "api");
    assert_eq!(&*track("null"), "api");
    assert_eq!(&*track(r#"{"library":"@datalyr/swift","source":""}"#), "mobile_app");
    assert_eq!(&*track(r#"{"library":"@datalyr/react-native"}"#), "mobile_app");
    assert_eq!(&*track(r#"{"library":"@datalyr/swiftly"}"#), "api");
    assert_eq!(&*track(r#"{"library":"@datalyr/api","source":"kiosk"}"#), "kiosk");
    assert_eq!(&*event(r#"{"event_name":"a"}"#).channel, "web");
    assert_eq!(&*event(r#"{"eventName":"a"}"#).channel, "mobile_app");
    assert_eq!(&*event(r#"{"eventName":"a","source":"ios_app"}"#).channel, "ios_app");
}

#[test]
fn a_raw_event_is_taken_apart() {
    let body = r#"{"workspaceId":"mobile_sdk","visitorId":"V","sessionId":"s","eventId":"e","eventName":"purchase",
        "eventData":{"value":1,"sdk_version":"1.5.0"},"source":"mobile_app","timestamp":1795191000}"#;
    let about = Surroundings { received_at_ms: NOW_MS, user_agent: Some("@datalyr/react-native/1.7.18") };
    let decoded = decode(body.into(), &RULES, &about).unwrap();
    assert_eq!((decoded.shape, decoded.workspace.as_deref()), (Shape::Raw, Some("mobile_sdk")));
    let event = &decoded.events[0];
    assert_eq!((event.anonymous.as_deref(), event.session.as_deref()), (Some("V"), Some("s")));
    assert_eq!(event.library.as_deref(), Some("@datalyr/react-native"));
    assert_eq!(event.library_version.as_deref(), Some("1.5.0"));
    assert_eq!(event.time_ms, NOW_MS - 600_000);
    let decoded = decode(br#"{"eventName":"a"}"#.to_vec(), &RULES, &about).unwrap();
    assert_eq!(decoded.events[0].library_version.as_deref(), Some("1.7.18"));
}

#[test]
fn a_browser_event_is_taken_apart_in_either_spelling() {
    let snake = r#"{"workspace_id":"ws","event_id":"e","event_name":"pageview","event_data":{"timestamp":1,"source":"x"},
        "source":"web","timestamp":"2026-11-20T16:10:00Z","visitor_id":"v","anonymous_id":"v","user_id":null,
        "session_id":"s","sdk_name":"datalyr-web-sdk","sdk_version":"1.7.12"}"#;
    let camel = r#"{"workspaceId":"ws","eventId":"e","eventName":"pageview","event_name":"",
        "eventData":{"timestamp":1,"source":"x"},"source":"web","timestamp":1795191000000,"visitorId":"v",
        "sessionId":"s","sdk_name":"datalyr-web-sdk","sdk_version":"1.7.12"}"#;
    for body in [snake, camel] {
        let decoded = read(body).unwrap();
        assert_eq!((decoded.shape, decoded.workspace.as_deref()), (Shape::Web, Some("ws")));
        let event = &decoded.events[0];
        assert_eq!((event.id.as_deref(), event.kind), (Some("e"), EventKind::PageView));
        assert_eq!((event.anonymous.as_deref(), event.session.as_deref()), (Some("v"), Some("s")));
        assert_eq!((event.time_ms, &*event.channel), (NOW_MS - 600_000, "web"));
        assert_eq!(&*event.properties, r#"{"timestamp":1,"source":"x"}"#);
        assert_eq!(event.library.as_deref(), Some("datalyr-web-sdk"));
    }
    let inside = event(r#"{"event_name":"a","event_data":{"session_id":"s","session_start":5}}"#);
    assert_eq!(inside.session.as_deref(), Some("s"));
}

#[test]
fn a_batch_is_read_in_its_order_and_shifted_if_its_clock_is_wrong() {
    let decoded = read(
        r#"{"events":[{"event_name":"a","timestamp":"2026-11-20T10:00:00Z"},{"event_name":"b"}],
        "batchId":"x","timestamp":"2026-11-20T10:20:00Z"}"#,
    )
    .unwrap();
    assert_eq!(decoded.events.iter().map(|event| &*event.name).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(decoded.events[0].time_ms, NOW_MS - 20 * 60_000);
    assert_eq!(decoded.events[0].client_time.as_deref(), Some(r#""2026-11-20T10:00:00Z""#));
    assert_eq!((decoded.events[1].time_ms, decoded.events[1].client_time.as_deref()), (NOW_MS, None));
    let nothing = read(r#"{"events":[],"batchId":"x","workspaceId":"ws"}"#).unwrap();
    assert_eq!((nothing.events.len(), nothing.workspace.as_deref()), (0, Some("ws")));
}

#[test]
fn odd_numbers_and_halves_of_characters_lose_nothing() {
    let event = event(
        r#"{"event":"\ud83d!","properties":{"a":1e400,"b":-0,"c":1e309,"d":123456789012345678901234567890,
        "\udc00":"cut\ud83d...","e":"\ud83d\ude00"}}"#,
    );
    assert_eq!(&*event.name, "\u{fffd}!");
    assert!(event.properties.starts_with(r#"{"a":1e400,"b":-0,"c":1e309,"d":123456789012345678901234567890,"#));
    assert!(event.properties.ends_with(r#""\ufffd":"cut\ufffd...","e":"\ud83d\ude00"}"#));
}

#[test]
fn hidden_events_and_signals_are_marked() {
    assert!(event(r#"{"event":"$att_status"}"#).is_hidden);
    let signal = event(r#"{"event_name":"$shopify_cart","event_data":{"shopify_cart_id":"c"}}"#);
    assert_eq!((signal.kind, signal.is_hidden), (EventKind::Signal, false));
    assert_eq!(context(&event(r#"{"event":"a"}"#)), json!(null));
}
