//! One id is one event for as long as it is remembered (datalyr.md 7.1).

use hearth::domain::Batch;
use hearth::domain::batch::Receipt;
use hearth::domain::id::ProjectId;
use hearth::domain::track::{TrackBatch, TrackEvent};

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::track_store_file::{PROJECT, TrackFile, WINDOW_MS, batch, event, event_of_anonymous, fact, tie, touch};

/// Writes one event of a project at a time; true if it was a duplicate.
fn is_duplicate(
    file: &mut TrackFile,
    project: i64,
    id: &str,
    received_at_ms: i64,
    remembered_for_ms: Option<i64>,
) -> bool {
    let batch = batch(vec![event(id)]);
    let mut batch = TrackBatch { project: ProjectId(project), received_at_ms, remembered_for_ms, ..batch };
    let receipt = file.write(&mut batch);
    assert_eq!(batch.events[0].seq == 0, receipt.duplicates == 1, "only what is stored has a number");
    receipt.duplicates == 1
}

/// What it shows, how long ids are remembered, and of each copy how long after the first it is received and whether it is
/// a duplicate.
type Case = (&'static str, Option<i64>, &'static [(i64, bool)]);

#[test]
fn an_id_is_remembered_from_its_first_receipt() {
    let six = Some(WINDOW_MS);
    let cases: [Case; 7] = [
        ("within", six, &[(0, true), (WINDOW_MS - 1, true)]),
        ("the end", six, &[(WINDOW_MS, false)]),
        ("not sliding", six, &[(WINDOW_MS - 1, true), (WINDOW_MS + 1, false)]),
        ("anew", six, &[(WINDOW_MS, false), (2 * WINDOW_MS - 1, true), (2 * WINDOW_MS, false)]),
        ("the clock goes back", six, &[(-1, true), (-WINDOW_MS * 100, true), (1, true)]),
        ("for ever", None, &[(WINDOW_MS, true), (WINDOW_MS * 1_000_000, true)]),
        ("no time", Some(0), &[(0, false), (0, false)]),
    ];
    for (name, window, copies) in cases {
        for is_restarted in [false, true] {
            let mut file = TrackFile::new();
            assert!(!is_duplicate(&mut file, 1, "e", NOW_MS, window), "{name}");
            for (at, &(after_ms, expected)) in copies.iter().enumerate() {
                if is_restarted {
                    file.restart();
                }
                assert_eq!(is_duplicate(&mut file, 1, "e", NOW_MS + after_ms, window), expected, "{name} {at}");
            }
        }
    }
}

#[test]
fn ids_are_compared_exactly_and_within_a_project() {
    let mut file = TrackFile::new();
    let long = "x".repeat(255);
    let uuid = "6c99614c-5951-4d33-9a17-aa82c5eb683d";
    let ids = [
        "evt_a".to_owned(),
        "EVT_A".to_owned(),
        " evt_a".to_owned(),
        "evt_a\0".to_owned(),
        "7".to_owned(),
        "07".to_owned(),
        "7.0".to_owned(),
        "é".to_owned(),
        "e\u{301}".to_owned(),
        uuid.to_owned(),
        uuid.to_uppercase(),
        uuid.replace('-', ""),
        long.clone() + "a",
        long + "b",
    ];
    for project in [1, 2] {
        for id in &ids {
            assert!(!is_duplicate(&mut file, project, id, NOW_MS, Some(WINDOW_MS)), "{id}");
        }
        for id in &ids {
            assert!(is_duplicate(&mut file, project, id, NOW_MS, Some(WINDOW_MS)), "{id}");
        }
    }
    assert_eq!(file.count("track_event"), 2 * 14);
}

#[test]
fn events_without_an_id_are_events_each() {
    let mut file = TrackFile::new();
    let nameless = TrackEvent { id: None, ..event("") };
    assert_eq!(file.write_events(vec![nameless.clone(), nameless.clone()]), 0);
    assert_eq!(file.write_events(vec![nameless]), 0);
    assert_eq!((file.count("track_event"), file.count("track_key")), (3, 0));
}

#[test]
fn ids_with_the_same_hash_are_different_ids() {
    let mut file = TrackFile::new();
    file.write_events(vec![event("a")]);
    // As if "b" had the hash of "a".
    file.connection.execute("UPDATE track_event SET event_id = 'b'", []).unwrap();
    assert_eq!(file.write_events(vec![event("a")]), 0);
    assert_eq!(file.write_events(vec![event("a")]), 1);
    assert_eq!(file.count("track_key"), 2);
}

#[test]
fn an_id_outlives_its_event() {
    let mut file = TrackFile::new();
    file.write_events(vec![event("a")]);
    file.connection.execute("DELETE FROM track_event", []).unwrap();
    file.writer.forget();
    assert_eq!(file.write_events(vec![event("a")]), 1);
    assert_eq!(file.count("track_event"), 0);
}

#[test]
fn the_first_copy_wins_and_a_later_one_changes_nothing() {
    let mut file = TrackFile::new();
    let first = TrackEvent { session: Some("s".into()), ..event_of_anonymous("e", "a") };
    let copy = TrackEvent {
        name: "other".into(),
        time_ms: NOW_MS - 5_000,
        user: Some("u".into()),
        traits: vec![fact("email", r#""a@b.co""#)],
        statements: vec![tie("a", "u")],
        touch: Some(Box::new(touch(1, NOW_MS))),
        ..first.clone()
    };
    let mut sent = batch(vec![first, copy.clone(), event("f")]);
    assert_eq!(file.write(&mut sent).duplicates, 1);
    let numbers: Vec<_> = sent.events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, [1, 0, 2]);
    let before = file.rows();
    file.restart();
    assert_eq!(file.write_events(vec![copy.clone(), copy]), 2);
    assert_eq!(file.rows(), before);
    assert_eq!(file.texts("SELECT value FROM track_identifier"), ["a"]);
}

#[test]
fn forgetting_takes_what_is_old_and_nothing_else() {
    let mut file = TrackFile::new();
    let old = |n: i64| batch((0..n).map(|at| event(&format!("old {at}"))).collect());
    file.write(&mut old(4_500));
    let young_ms = NOW_MS + WINDOW_MS / 2;
    let mut young = TrackBatch { received_at_ms: young_ms, ..batch(vec![event("young")]) };
    file.write(&mut young);

    assert_eq!(file.forget_keys(NOW_MS + WINDOW_MS).unwrap(), 0, "not a millisecond too early");
    assert_eq!(file.forget_keys(NOW_MS + WINDOW_MS + 1).unwrap(), 3, "in steps");
    assert_eq!((file.count("track_key"), file.count("track_event")), (1, 4_501));
    assert!(is_duplicate(&mut file, PROJECT.0, "young", young_ms + 1, Some(WINDOW_MS)));
    assert!(!is_duplicate(&mut file, PROJECT.0, "old 7", young_ms + WINDOW_MS - 1, Some(WINDOW_MS)));
    assert_eq!(file.forget_keys(young_ms + WINDOW_MS).unwrap(), 0);
    assert_eq!(file.forget_keys(young_ms + 2 * WINDOW_MS).unwrap(), 1);
    assert_eq!(file.count("track_key"), 0);
}

#[test]
fn what_is_remembered_for_ever_is_never_forgotten() {
    let mut file = TrackFile::new();
    file.write(&mut TrackBatch { remembered_for_ms: None, ..batch(vec![event("e")]) });
    assert_eq!(file.forget_keys(i64::MAX).unwrap(), 0);
    // A writer that has not heard yet how long that is waits for a batch.
    file.restart();
    assert_eq!(file.forget_keys(i64::MAX).unwrap(), 0);
    assert_eq!(file.count("track_key"), 1);
}

#[test]
fn a_receipt_in_the_future_does_not_stop_forgetting() {
    let mut file = TrackFile::new();
    let century_ms = 100_i64 * 365 * 24 * 3_600_000;
    assert!(!is_duplicate(&mut file, 1, "future", NOW_MS + century_ms, Some(WINDOW_MS)));
    assert!(!is_duplicate(&mut file, 1, "now", NOW_MS, Some(WINDOW_MS)));
    file.forget_keys(NOW_MS + 2 * WINDOW_MS).unwrap();
    assert_eq!(file.count("track_key"), 1);
    assert!(is_duplicate(&mut file, 1, "future", NOW_MS + 2 * WINDOW_MS, Some(WINDOW_MS)));
    assert!(!is_duplicate(&mut file, 1, "now", NOW_MS + 2 * WINDOW_MS, Some(WINDOW_MS)));
}

#[test]
fn under_load_the_store_forgets_by_itself() {
    let hearth = Hearth::start();
    let send = |prefix: &str, received_at_ms: i64| -> Receipt {
        let events = (0..1_000).map(|at| event(&format!("{prefix}{at}"))).collect();
        let batch = TrackBatch { received_at_ms, ..batch(events) };
        hearth.runtime.block_on(hearth.store().submit(Batch::Track(Box::new(batch)))).unwrap()
    };
    send("a", NOW_MS);
    hearth.clock.advance_ms(2 * WINDOW_MS);
    // A step is taken after each of these, before the next is looked at.
    send("b", NOW_MS + 2 * WINDOW_MS);
    assert_eq!(send("b", NOW_MS + 2 * WINDOW_MS).duplicates, 1_000);
    assert_eq!(hearth.count_rows("track_key"), 1_000);
}
