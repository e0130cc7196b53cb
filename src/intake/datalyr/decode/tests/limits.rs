//! What is too much: refused if it is the only event, quarantined in a batch (datalyr.md 7.10, 8).

use super::{event, read};
use crate::domain::track::QuarantineReason;
use crate::intake::datalyr::decode::DecodeRefusal;

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

fn keyed(count: usize) -> String {
    let members: Vec<_> = (0..count).map(|number| format!("\"k{number}\":1")).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn a_single_event_is_taken_up_to_its_limits() {
    let track = |properties: &str| format!(r#"{{"event":"a","properties":{properties}}}"#);
    let deep = |levels| track(&format!(r#"{{"x":{}}}"#, nested(levels)));
    assert_eq!(event(&deep(62)).properties.len(), 6 + 124);
    assert_eq!(read(deep(63)).unwrap_err(), DecodeRefusal::TooDeep);
    assert_eq!(read(deep(100_000)).unwrap_err(), DecodeRefusal::TooDeep);
    assert_eq!(read("[".repeat(500_000)).unwrap_err(), DecodeRefusal::InvalidJson);
    assert_eq!(read(nested(500_000)).unwrap_err(), DecodeRefusal::UnknownShape);
    assert_eq!(event(&track(&keyed(9_998))).properties.len(), keyed(9_998).len());
    assert_eq!(read(track(&keyed(9_999))).unwrap_err(), DecodeRefusal::TooManyKeys);
    assert_eq!(read(keyed(100_000)).unwrap_err(), DecodeRefusal::TooManyKeys);
    assert!(event(&track(&format!(r#"{{"x":"{}"}}"#, "x".repeat(900_000)))).properties.len() > 900_000);
    assert!(event(&track(&format!(r#"{{"{}":1}}"#, "k".repeat(900_000)))).properties.len() > 900_000);
    let large = track(&format!(r#"{{"x":"{}"}}"#, "x".repeat(1 << 20)));
    assert_eq!(read(large).unwrap_err(), DecodeRefusal::EventTooLarge);
}

#[test]
fn in_a_batch_only_the_bad_ones_are_left_out() {
    let parts = [
        r#"{"event_name":"good","workspace_id":"ws"}"#.to_owned(),
        "7".to_owned(),
        r#"["event_name"]"#.to_owned(),
        r#"{"event_name":""}"#.to_owned(),
        r#"{"event_name":7}"#.to_owned(),
        r#"{"event":"server"}"#.to_owned(),
        format!(r#"{{"event_name":"deep","event_data":{{"x":{}}}}}"#, nested(1000)),
        format!(r#"{{"event_name":"many","event_data":{}}}"#, keyed(10_001)),
        format!(r#"{{"event_name":"large","event_data":{{"x":"{}"}}}}"#, "é".repeat(1 << 19)),
        r#"{"event_name":"stray","workspace_id":"ws_2"}"#.to_owned(),
        r#"{"event_name":"nameless workspace"}"#.to_owned(),
    ];
    let decoded = read(format!(r#"{{"events":[{}]}}"#, parts.join(" , "))).unwrap();
    assert_eq!(decoded.workspace.as_deref(), Some("ws"));
    let names: Vec<_> = decoded.events.iter().map(|event| &*event.name).collect();
    assert_eq!(names, ["good", "nameless workspace"]);
    let reasons: Vec<_> = decoded.quarantined.iter().map(|part| part.reason).collect();
    assert_eq!(
        reasons,
        [
            QuarantineReason::NotAnObject,
            QuarantineReason::NotAnObject,
            QuarantineReason::NoName,
            QuarantineReason::NoName,
            QuarantineReason::NoName,
            QuarantineReason::TooDeep,
            QuarantineReason::TooManyKeys,
            QuarantineReason::TooLarge,
            QuarantineReason::OtherWorkspace,
        ]
    );
    assert_eq!(&*decoded.quarantined[2].body, parts[3]);
    let cut = &*decoded.quarantined[7].body;
    assert!((4093..=4096).contains(&cut.len()) && parts[8].starts_with(cut));
}

#[test]
fn the_workspace_is_that_of_the_first_real_event() {
    let decoded = read(
        r#"{"events":[{"event_name":"","workspace_id":"other"},{"event_name":"a"},{"event_name":"b","workspaceId":"ws"}]}"#,
    )
    .unwrap();
    assert_eq!((decoded.workspace.as_deref(), decoded.events.len()), (Some("ws"), 2));
    let decoded = read(r#"{"events":[{"event_name":"","workspace_id":7}]}"#).unwrap();
    assert_eq!((decoded.workspace.as_deref(), decoded.quarantined.len()), (Some("7"), 1));
}

#[test]
fn a_batch_has_a_most() {
    let batch = |count| format!(r#"{{"events":[{}]}}"#, vec![r#"{"event_name":"a"}"#; count].join(","));
    assert_eq!(read(batch(10_000)).unwrap().events.len(), 10_000);
    assert_eq!(read(batch(10_001)).unwrap_err(), DecodeRefusal::TooManyEvents);
}
