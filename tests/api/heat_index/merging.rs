//! Enough points for the writer to merge the index by itself, and for pieces to be full.

use super::model::Model;
use super::plan::{PATHS, SCREENS, SentBatch, SentEvent, Told};
use super::questions::{Page, Question, Range, as_f64};
use super::{compare, merge};
use crate::installation::Hearth;
use crate::payload::THEN_MS;

/// Several times what the tail of the index may hold, in batches near the limit of a body.
const BATCHES: i32 = 6;
const POINTS: i32 = 9_000;

/// The most points of a piece.
const MAX_PIECE: i64 = 16_384;

/// A batch of two clicks on screens of different buckets; `n` tells them from others.
fn two_screens(n: i32, screens: [usize; 2]) -> SentBatch {
    let event = |id, screen: usize| SentEvent {
        id,
        ts: as_f64(THEN_MS) + f64::from(n),
        path: PATHS[0],
        screen: SCREENS[screen],
        told: Told::Click { x: 1.0, y: 1.0 },
    };
    let events = vec![event("a", screens[0]), event("b", screens[1])];
    SentBatch { session: "ties", started_at: 0.0, last_seen_at: 0.0, events }
}

#[test]
fn of_equally_frequent_buckets_the_first_seen_wins_however_often_pieces_are_merged() {
    let hearth = Hearth::start();
    let mut model = Model::default();
    let range = Range { from: None, to: None };
    let question = Question::Heatmap { path: None, kind: None, range, resolution: 8, bucket: None, mode: "mix" };
    for n in 0..12 {
        let batch = two_screens(n, if n == 0 { [1, 0] } else { [0, 1] });
        hearth.ingest(&batch.to_json()).ok();
        model.insert(&batch);
        let told = question.told(&hearth.send(&question.request(&hearth.project)).ok());
        assert_eq!(told["meta"]["bucket"], SCREENS[1].bucket.unwrap(), "after {n}");
        merge(&hearth);
        compare(&hearth, &hearth.project, &model, std::slice::from_ref(&question)).unwrap();
    }
}

fn large_batch(n: i32) -> SentBatch {
    let points = |salt: i32| {
        (0..POINTS).map(move |at| (f64::from(at * 7 % 1_400), f64::from((at * salt) % 5_000), f64::from(at))).collect()
    };
    let event = |id, path, salt, screen: usize| SentEvent {
        id,
        ts: as_f64(THEN_MS) - f64::from(BATCHES - n) * f64::from(POINTS),
        path,
        screen: SCREENS[screen],
        told: Told::Move(points(salt)),
    };
    SentBatch {
        session: "large",
        started_at: 0.0,
        last_seen_at: 0.0,
        events: vec![event("a", PATHS[0], 11 + n, 0), event("b", PATHS[1], 13 + n, 1)],
    }
}

fn questions() -> Vec<Question> {
    let middle = as_f64(THEN_MS) - f64::from(POINTS) * 2.5;
    let everything = Range { from: None, to: None };
    let map =
        |path, range, mode| Question::Heatmap { path, kind: Some("move"), range, resolution: 97, bucket: None, mode };
    vec![
        map(None, everything, "mix"),
        map(Some(PATHS[0]), everything, "mix"),
        map(None, everything, "filter"),
        map(None, everything, "scale"),
        map(Some(PATHS[1]), Range { from: Some(middle), to: None }, "mix"),
        map(None, Range { from: Some(middle), to: Some(middle + 10_000.0) }, "mix"),
        Question::Totals { range: Range { from: Some(middle), to: None } },
        Question::Events {
            path: Some(PATHS[1]),
            kind: None,
            range: everything,
            page: Page { limit: 5, offset: 20_000 },
        },
    ]
}

#[test]
fn the_writer_merges_a_long_tail_and_no_answer_changes() {
    let hearth = Hearth::start();
    let mut model = Model::default();
    for n in 0..BATCHES {
        let batch = large_batch(n);
        hearth.ingest(&batch.to_json()).ok();
        model.insert(&batch);
    }
    // The answer to this one comes after the merge that the ones before have caused.
    let last = large_batch(BATCHES);
    hearth.ingest(&last.to_json()).ok();
    model.insert(&last);
    assert!(hearth.count_rows("heat_tail") < i64::from(BATCHES), "the writer has merged");
    compare(&hearth, &hearth.project, &model, &questions()).unwrap();

    merge(&hearth);
    assert_eq!(hearth.count_rows("heat_tail"), 0);
    compare(&hearth, &hearth.project, &model, &questions()).unwrap();
    let (largest, points): (i64, i64) = hearth
        .file()
        .query_row("SELECT MAX(point_count), SUM(point_count) FROM heat_chunk", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!((largest, points), (MAX_PIECE, i64::from(POINTS) * 2 * i64::from(BATCHES + 1)));
    assert!(hearth.count_rows("heat_chunk") < 16, "the pieces of a stream stay few");
}
