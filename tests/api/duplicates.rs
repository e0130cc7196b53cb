//! What is sent again is stored once (heat-collector.md D2): SDKs, browsers and proxies repeat whole batches.

use serde_json::{Value, json};

use crate::client::Answer;
use crate::installation::Hearth;
use crate::payload::{batch, click, click_at, event, movement, one_of_each, with};

fn duplicates(answer: &Answer) -> &str {
    answer.header("x-hearth-duplicates").unwrap_or("0")
}

fn listed(hearth: &Hearth) -> Value {
    hearth.get_heat("events").ok().json()["events"].clone()
}

#[test]
fn a_batch_that_is_sent_again_changes_nothing() {
    let hearth = Hearth::start();
    let sent = batch("s1", &one_of_each());
    assert_eq!(duplicates(&hearth.ingest(&sent).ok()), "0");
    let (rows, map) = (listed(&hearth), hearth.get_heat("heatmap?type=all").ok().json());
    for _ in 0..2 {
        let again = hearth.ingest(&sent).ok();
        assert_eq!((duplicates(&again), again.header("x-ingested-events")), ("7", Some("7")));
    }
    assert_eq!(listed(&hearth), rows);
    assert_eq!(hearth.get_heat("heatmap?type=all").ok().json(), map);
    assert_eq!(hearth.get_heat("sessions").ok().json()["sessions"][0]["eventCount"], 8);
}

#[test]
fn a_batch_is_known_again_after_a_restart() {
    let mut hearth = Hearth::start();
    let sent = batch("s1", &one_of_each());
    hearth.ingest(&sent).ok();
    let rows = listed(&hearth);
    hearth.restart();
    assert_eq!(duplicates(&hearth.ingest(&sent).ok()), "7");
    assert_eq!(listed(&hearth), rows);
}

#[test]
fn one_id_three_times_in_a_batch_is_one_event() {
    let hearth = Hearth::start();
    let answer = hearth.ingest(&batch("s1", &[click("a", 0), click("a", 0), click("a", 0)])).ok();
    assert_eq!((duplicates(&answer), answer.header("x-ingested-events")), ("2", Some("3")));
    assert_eq!(listed(&hearth).as_array().unwrap().len(), 1);
}

#[test]
fn one_id_at_another_time_or_of_another_type_is_another_event() {
    let hearth = Hearth::start();
    let events = [
        click("a", 0),
        click("a", 1),
        event("keyboard", "a", 0, &json!({"category": "other"})),
        movement("a", 0, &[(1, 1, 0)]),
        movement("a", 0, &[(1, 2, 0)]),
        movement("a", 0, &[(1, 1, 0), (1, 2, 1)]),
    ];
    assert_eq!(duplicates(&hearth.ingest(&batch("s1", &events)).ok()), "0");
    assert_eq!(duplicates(&hearth.ingest(&batch("s2", &events)).ok()), "0", "another session");
    assert_eq!(listed(&hearth).as_array().unwrap().len(), 14);
}

#[test]
fn what_else_a_repeated_event_says_does_not_matter() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s1", &[click_at("a", 0, 1, 1)])).ok();
    let other = with(click_at("a", 0, 2, 2), &json!({"path": "/other"}));
    assert_eq!(duplicates(&hearth.ingest(&batch("s1", &[other])).ok()), "1");
    let rows = listed(&hearth);
    assert_eq!((&rows[0]["x"], &rows[0]["path"]), (&json!(1), &json!("/shop")));
}

#[test]
fn moves_are_known_again_whatever_their_offsets() {
    let hearth = Hearth::start();
    let sent = batch("s1", &[movement("m", 0, &[(1, 1, 0), (2, 2, -5_000), (3, 3, 7_200_000)]), movement("n", 0, &[])]);
    hearth.ingest(&sent).ok();
    let again = hearth.ingest(&sent).ok();
    assert_eq!(duplicates(&again), "1", "a move without points is no row, so it is none again");
    assert_eq!(listed(&hearth).as_array().unwrap().len(), 3);
}

#[test]
fn new_events_beside_repeated_ones_are_stored() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s1", &[click("a", 10), click("b", 20)])).ok();
    let mixed =
        hearth.ingest(&batch("s1", &[click("b", 20), click("early", 5), click("late", 30), click("a", 10)])).ok();
    assert_eq!(duplicates(&mixed), "2");
    let ids: Vec<_> = hearth.get_own("events").ok().json()["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["early", "a", "b", "late"]);
}
