//! Pages of Hearth's own API: every item once, in order, whatever comes in meanwhile.

use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::payload::{THEN_MS, batch, click, with};

const HOUR_MS: i64 = 3_600_000;

/// Follows the pages of `first` to the end, doing `between` after each; returns the items.
fn follow(hearth: &Hearth, first: &str, items: &str, mut between: impl FnMut(usize)) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next = Some(first.to_owned());
    let mut pages = 0;
    while let Some(target) = next {
        let answer = hearth.get(target).ok();
        let body = answer.json();
        found.extend(body[items].as_array().unwrap().iter().cloned());
        // The header and the body must say the same.
        next = answer.header("link").map(|link| {
            let target = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
            assert!(target.ends_with(&format!("cursor={}", body["next_cursor"].as_str().unwrap())));
            target.to_owned()
        });
        assert_eq!(next.is_none(), body["next_cursor"].is_null());
        pages += 1;
        assert!(pages < 100, "the pages never end");
        between(pages);
    }
    found
}

#[test]
fn each_event_is_visited_once_even_with_equal_times_and_while_others_come_in() {
    let hearth = Hearth::start();
    // Three sessions, 14 events each, at only four different times in three hours.
    for session in ["s1", "s2", "s3"] {
        let clicks: Vec<_> = (0..14).map(|n| click(&format!("{session}-{n}"), -HOUR_MS * (n % 4))).collect();
        hearth.ingest(&batch(session, &clicks)).ok();
    }
    let first = format!("/api/v1/projects/{}/events?limit=5", hearth.project.id);
    let visited = follow(&hearth, &first, "events", |page| {
        let events = [click(&format!("new-{page}"), -HOUR_MS * 9), click(&format!("newest-{page}"), HOUR_MS)];
        if page <= 3 {
            hearth.ingest(&batch("s1", &events)).ok();
        }
    });
    let ids: Vec<_> = visited.iter().map(|event| event["event_id"].as_str().unwrap()).collect();
    let mut expected: Vec<_> =
        (0..14).flat_map(|n| ["s1", "s2", "s3"].map(|session| format!("{session}-{n}"))).collect();
    expected.extend((1..=3).map(|page| format!("newest-{page}")));
    let mut sorted: Vec<_> = ids.iter().map(ToString::to_string).collect();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected, "each once; behind the cursor nothing new is seen, before it everything");
    assert!(visited.is_sorted_by_key(|event| event["ts"].as_f64().unwrap()));
}

#[test]
fn pages_together_are_what_one_large_page_is() {
    let hearth = Hearth::start();
    for session in ["s1", "s2"] {
        let clicks: Vec<_> = (0..23).map(|n| click(&format!("{session}-{n}"), n % 5)).collect();
        hearth.ingest(&batch(session, &clicks)).ok();
    }
    for question in ["events", "sessions/s1/timeline"] {
        let base = format!("/api/v1/projects/{}/{question}", hearth.project.id);
        let whole = hearth.get(format!("{base}?limit=500")).ok().json();
        for limit in [1, 7, 23, 46] {
            let pages = follow(&hearth, &format!("{base}?limit={limit}"), "events", |_| {});
            assert_eq!(json!(pages), whole["events"], "{question} {limit} at a time");
        }
    }
}

#[test]
fn sessions_are_paged_by_their_start() {
    let hearth = Hearth::start();
    for n in 0..11 {
        let session = json!({"session": {"id": format!("s{n}"), "startedAt": THEN_MS + n % 3, "lastSeenAt": THEN_MS}});
        hearth.ingest(&with(batch("", &[click(&format!("c{n}"), 0)]), &session)).ok();
    }
    let first = format!("/api/v1/projects/{}/sessions?limit=4", hearth.project.id);
    let visited = follow(&hearth, &first, "sessions", |_| {});
    let ids: Vec<_> = visited.iter().map(|session| session["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["s0", "s3", "s6", "s9", "s1", "s4", "s7", "s10", "s2", "s5", "s8"]);
    assert_eq!(hearth.get(first).ok().json()["total"], 11);
}

#[test]
fn a_timeline_is_one_session_in_order_of_time() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s1", &[click("third", 30), click("first", 10)])).ok();
    hearth.ingest(&batch("s2", &[click("other", 15)])).ok();
    hearth.ingest(&batch("s1", &[click("second", 20)])).ok();
    let events = hearth.get_own("sessions/s1/timeline").ok().json();
    let ids: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|event| event["event_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["first", "second", "third"]);
}

#[test]
fn filters_hold_on_every_page_and_tokens_are_not_repeated() {
    let hearth = Hearth::start();
    let clicks: Vec<_> =
        (0..10).map(|n| with(click(&format!("c{n}"), n), &json!({"path": format!("/{}", n % 2)}))).collect();
    hearth.ingest(&batch("s1", &clicks)).ok();
    let target = format!("/api/v1/projects/{}/events?path=%2F1&limit=2&type=click&token={}", hearth.project.id, "x");
    let first = hearth.get(target).ok();
    assert!(!first.header("link").unwrap().contains("token"));
    let from = format!("/api/v1/projects/{}/events?path=%2F1&limit=2&from={}", hearth.project.id, THEN_MS + 3);
    let visited = follow(&hearth, &from, "events", |_| {});
    let ids: Vec<_> = visited.iter().map(|event| event["event_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["c3", "c5", "c7", "c9"]);
}
