//! Query parameters against recorded answers of heat-collector 0.3.7.

use jiff::tz::TimeZone;

use crate::query::heatmap::ViewportMode;

use super::reader::EVENT_TYPES;
use super::{EventType, EventsParams, HeatmapParams, QueryRefusal, SessionDetailParams, SessionsParams};
use crate::domain::heat::Kind;

const NOW_MS: f64 = 1_760_000_000_000.0;

fn events(query: &str) -> Result<EventsParams, QueryRefusal> {
    EventsParams::parse(query, &TimeZone::UTC)
}

fn heatmap(query: &str) -> Result<HeatmapParams, QueryRefusal> {
    HeatmapParams::parse(query, &TimeZone::UTC, NOW_MS)
}

fn sessions(query: &str) -> Result<SessionsParams, QueryRefusal> {
    SessionsParams::parse(query, &TimeZone::UTC)
}

/// The `fieldErrors` of a refusal.
fn field_errors<T: std::fmt::Debug>(result: Result<T, QueryRefusal>) -> serde_json::Value {
    let refusal = result.unwrap_err();
    assert_eq!(refusal.code(), "invalid_query");
    serde_json::to_value(refusal.details().unwrap()).unwrap()["fieldErrors"].take()
}

#[test]
fn absent_parameters_have_defaults() {
    let params = events("path=&from=&to=&foo=bar&foo=baz").unwrap();
    assert_eq!((params.limit, params.offset.rows(), params.event_type), (200, 0, EventType::All));
    assert_eq!((params.path, params.from_ms, params.to_ms), (None, None, None));
    let params = heatmap("viewportBucket=").unwrap();
    assert_eq!((params.resolution, params.event_type, params.viewport_bucket), (128, None, None));
    assert_eq!(params.viewport_mode, ViewportMode::Mix);
    let params = sessions("userId=").unwrap();
    assert_eq!((params.limit, params.user_id), (50, None));
    let params = SessionDetailParams::parse("type=").unwrap();
    assert_eq!((params.limit, params.event_type, params.project_id), (200, None, None));
}

#[test]
fn numbers_are_read_like_javascript() {
    for (query, limit) in [
        ("limit=1e2", 100),
        ("limit=0x10", 16),
        ("limit=0b11", 3),
        ("limit=0o17", 15),
        ("limit=%205%20", 5),
        ("limit=+5", 5),
        ("limit=%2B5", 5),
        ("limit=5.0", 5),
        ("limit=.5e1", 5),
        ("limit=5.", 5),
        ("limit=00012", 12),
        ("limit=%095", 5),
        ("limit=%C2%A05", 5),
        ("limit[]=5", 5),
        ("limit[0]=7", 7),
        ("limit[][]=9", 9),
    ] {
        assert_eq!(events(query).map(|params| params.limit), Ok(limit), "{query}");
    }
    assert_eq!(events("offset=1e3").unwrap().offset.rows(), 1_000);
    assert_eq!(heatmap("resolution=0x40").unwrap().resolution, 64);
}

#[test]
fn offsets_have_no_end() {
    let offset = events("offset=1e30").unwrap().offset;
    assert_eq!(offset.rows(), i64::MAX);
    assert!((offset.as_f64() - 1e30).abs() < 1.0);
}

#[test]
fn every_failing_check_of_a_number_is_told() {
    let nan = "Expected number, received nan";
    let integer = "Expected integer, received float";
    let minimum = "Number must be greater than or equal to 1";
    let maximum = "Number must be less than or equal to 1000";
    for (query, expected) in [
        ("limit", vec![minimum]),
        ("limit=", vec![minimum]),
        ("limit=0", vec![minimum]),
        ("limit=1001", vec![maximum]),
        ("limit=-1", vec![minimum]),
        ("limit=abc", vec![nan]),
        ("limit=5.5", vec![integer]),
        ("limit=0.5", vec![integer, minimum]),
        ("limit=Infinity", vec![integer, maximum]),
        ("limit=NaN", vec![nan]),
        ("limit=1_000", vec![nan]),
        ("limit=1,000", vec![nan]),
        ("limit=5n", vec![nan]),
        ("limit=true", vec![nan]),
        ("limit=5%00", vec![nan]),
        ("limit=%zz", vec![nan]),
        ("limit=5;offset=3", vec![nan]),
        ("limit=1&limit=2", vec![nan]),
        ("limit[]=1&limit[]=2", vec![nan]),
        ("limit[a]=5", vec![nan]),
    ] {
        assert_eq!(field_errors(events(query)), serde_json::json!({ "limit": expected }), "{query}");
    }
    assert_eq!(
        field_errors(events("limit=0&offset=-1.5")),
        serde_json::json!({"limit": [minimum], "offset": [integer, "Number must be greater than or equal to 0"]})
    );
    assert_eq!(
        field_errors(heatmap("resolution=2000.5")),
        serde_json::json!({"resolution": [integer, "Number must be less than or equal to 1024"]})
    );
    assert_eq!(
        field_errors(sessions("limit=201")),
        serde_json::json!({"limit": ["Number must be less than or equal to 200"]})
    );
    assert_eq!(
        field_errors(SessionDetailParams::parse("limit=501")),
        serde_json::json!({"limit": ["Number must be less than or equal to 500"]})
    );
}

#[test]
fn types_are_known_words() {
    assert_eq!(events("type=all").unwrap().event_type, EventType::All);
    assert_eq!(heatmap("type=scroll").unwrap().event_type, Some(EventType::Only(Kind::Scroll)));
    assert_eq!(SessionDetailParams::parse("type=foo").unwrap().event_type.as_deref(), Some("foo"));
    for (query, received) in [("type=", ""), ("type=foo", "foo"), ("type=CLICK", "CLICK"), ("type=%20click", " click")]
    {
        let message = format!("Invalid enum value. Expected {EVENT_TYPES}, received '{received}'");
        assert_eq!(field_errors(events(query)), serde_json::json!({ "type": [message] }), "{query}");
        assert_eq!(field_errors(heatmap(query)), serde_json::json!({ "type": [message] }), "{query}");
    }
    for (query, received) in [("type=click&type=move", "array"), ("type[]=click", "array"), ("type[a]=b", "object")] {
        let message = format!("Expected {EVENT_TYPES}, received {received}");
        assert_eq!(field_errors(events(query)), serde_json::json!({ "type": [message] }), "{query}");
    }
    let quoted: Vec<String> = Kind::ALL.iter().map(|kind| format!("'{}'", kind.name())).collect();
    assert_eq!(EVENT_TYPES, format!("'all' | {}", quoted.join(" | ")));
}

#[test]
fn repeated_and_bracketed_texts_are_refused() {
    for name in ["path", "from", "to"] {
        let expected = serde_json::json!({ name: ["Expected string, received array"] });
        assert_eq!(field_errors(events(&format!("{name}=1&{name}=2"))), expected);
        assert_eq!(field_errors(sessions(&format!("{name}[]=a"))), expected);
        assert_eq!(
            field_errors(heatmap(&format!("{name}[x]=1"))),
            serde_json::json!({ name: ["Expected string, received object"] })
        );
    }
}

#[test]
fn issues_name_their_endpoint() {
    let messages = [
        heatmap("resolution=x").unwrap_err().message(),
        events("limit=x").unwrap_err().message(),
        sessions("limit=x").unwrap_err().message(),
        SessionDetailParams::parse("limit=x").unwrap_err().message(),
    ];
    let names = ["heatmap", "events", "sessions", "session events"];
    assert_eq!(messages.map(str::to_owned), names.map(|name| format!("Invalid {name} query parameters.")));
}

#[test]
fn times_are_numbers_or_dates() {
    for (text, from_ms) in [
        ("2020", 2_020.0),
        ("0x10", 16.0),
        ("1e3", 1_000.0),
        ("-5.5", -5.5),
        ("2020-06-15", 1_592_179_200_000.0),
        ("2020-06-15T14:34:56%2B02:00", 1_592_224_496_000.0),
        ("June%2015,%202020", 1_592_179_200_000.0),
        ("Infinity", f64::INFINITY),
    ] {
        assert_eq!(events(&format!("from={text}")).map(|params| params.from_ms), Ok(Some(from_ms)), "{text}");
    }
    let new_york = TimeZone::get("America/New_York").unwrap();
    let params = EventsParams::parse("from=2020/06/15", &new_york).unwrap();
    assert_eq!(params.from_ms, Some(1_592_193_600_000.0));
}

#[test]
fn bad_times_are_refused_from_first() {
    use QueryRefusal::{InvalidFrom, InvalidTimeRange, InvalidTo};
    for (query, refusal) in [
        ("from=abc", InvalidFrom),
        ("to=abc", InvalidTo),
        ("to=abc&from=abc", InvalidFrom),
        ("from=%20", InvalidFrom),
        ("from=NaN", InvalidFrom),
        ("from=2020-13-01", InvalidFrom),
        ("from=1,000", InvalidFrom),
        ("to=tomorrow", InvalidTo),
        ("from=2020-06-15T14:34:56+02:00", InvalidFrom),
        ("from=5&to=4", InvalidTimeRange),
        ("from=2020-01-02&to=2020-01-01", InvalidTimeRange),
    ] {
        assert_eq!(events(query), Err(refusal.clone()), "{query}");
        assert_eq!(sessions(query), Err(refusal.clone()), "{query}");
        assert_eq!(heatmap(query), Err(refusal), "{query}");
    }
    assert!(events("from=5&to=5").is_ok());
}

#[test]
fn only_a_heatmap_ends_now() {
    assert_eq!(heatmap("from=99999999999999"), Err(QueryRefusal::InvalidTimeRange));
    assert_eq!(heatmap("to=-1"), Err(QueryRefusal::InvalidTimeRange));
    assert!(events("from=99999999999999").is_ok());
    assert!(sessions("to=-1").is_ok());
}

#[test]
fn additions_of_hearth_are_read() {
    assert_eq!(heatmap("viewportMode=filter").unwrap().viewport_mode, ViewportMode::Filter);
    assert_eq!(heatmap("viewportMode=scale").unwrap().viewport_mode, ViewportMode::Scale);
    assert_eq!(heatmap("viewportMode=foo").unwrap().viewport_mode, ViewportMode::Mix);
    assert_eq!(heatmap("viewportMode=a&viewportMode=b").unwrap().viewport_mode, ViewportMode::Mix);
    assert_eq!(SessionDetailParams::parse("projectId=p").unwrap().project_id.as_deref(), Some("p"));
    assert_eq!(
        field_errors(SessionDetailParams::parse("projectId=p&projectId=q")),
        serde_json::json!({"projectId": ["Expected string, received array"]})
    );
}
