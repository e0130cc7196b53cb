//! The write path under pressure: bounded, each batch for itself, nothing lost on the way out.

use std::sync::mpsc;

use hearth::domain::heat::{Detail, HeatBatch, HeatEvent, Kind, Place, ProjectRef, SessionFacts};
use hearth::domain::id::{ClientId, ProjectId};
use hearth::domain::text::Texts;
use hearth::domain::traffic::TrafficBatch;
use hearth::domain::{Batch, Receipt};
use hearth::store::{Store, StoreError};
use tokio::task::JoinHandle;

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{NOW_MS, batch, click};
use crate::traffic_model::request;

/// A batch of one click, for the first project or for one that would have to be made.
fn one_click(session: &str, project: ProjectRef) -> Batch {
    let mut texts = Texts::default();
    let (path, json) = (texts.add("/"), texts.add("{}"));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of the present fit a double")]
    let event = HeatEvent {
        kind: Kind::Click,
        ts: NOW_MS as f64,
        event_id: ClientId::new(session),
        path,
        meta_json: json,
        bucket: None,
        target: None,
        detail: Detail::None,
        place: Place::Point { x: 1.0, y: 1.0 },
    };
    let session = SessionFacts {
        external_id: ClientId::new(session),
        address_hash: None,
        country: hearth::domain::country::Country::UNKNOWN,
        first_path: path,
        user_agent: None,
        device_json: json,
        client_json: None,
        started_at: None,
        last_seen_at: None,
    };
    Batch::Heat(Box::new(HeatBatch {
        project,
        received_at_ms: NOW_MS,
        session,
        user: None,
        texts,
        events: vec![event],
    }))
}

fn known() -> ProjectRef {
    ProjectRef::Known(ProjectId(1))
}

fn beyond_the_cap(key: u8) -> ProjectRef {
    ProjectRef::Unregistered { key_hash: [key; 32], key_prefix: "x".into(), max_projects: 1 }
}

/// Submits all batches and returns when each of them waits in the queue.
fn submit_all(hearth: &Hearth, batches: Vec<Batch>) -> Vec<JoinHandle<Result<Receipt, StoreError>>> {
    let store = hearth.store().clone();
    hearth.runtime.block_on(async {
        let wanted = store.health().queued_batches() + batches.len() as u64;
        let submit = |batch| {
            let store: Store = store.clone();
            tokio::spawn(async move { store.submit(batch).await })
        };
        let waiting = batches.into_iter().map(submit).collect();
        while store.health().queued_batches() < wanted {
            tokio::task::yield_now().await;
        }
        waiting
    })
}

fn results(hearth: &Hearth, waiting: Vec<JoinHandle<Result<Receipt, StoreError>>>) -> Vec<Result<Receipt, StoreError>> {
    waiting.into_iter().map(|batch| hearth.runtime.block_on(batch).unwrap()).collect()
}

#[test]
fn a_full_queue_is_an_answer_and_passes() {
    let hearth = Hearth::with(&["storage.queue_batches=1"]);
    let file = hearth.file();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let (answers, answered) = mpsc::channel();
        for n in 0..4 {
            let (answers, hearth) = (answers.clone(), &hearth);
            scope.spawn(move || answers.send(hearth.ingest(&batch(&format!("s{n}"), &[click("a", 0)]))).unwrap());
        }
        // The writer waits for the file, and only one more may wait for the writer.
        let refused = answered.recv().unwrap().refused(503, "overloaded");
        assert_eq!(refused.header("retry-after"), Some("1"));
        answered.recv().unwrap().refused(503, "overloaded");
        file.execute_batch("ROLLBACK").unwrap();
        let rest = [answered.recv().unwrap().status, answered.recv().unwrap().status];
        assert!(rest.contains(&200) && rest.iter().all(|status| [200, 503].contains(status)), "{rest:?}");
        let stored = rest.iter().filter(|status| **status == 200).count();
        assert_eq!(hearth.count_rows("heat_session"), i64::try_from(stored).unwrap());
    });
    hearth.ingest(&batch("after", &[click("a", 0)])).ok();
    hearth.send(&Request::get("/readyz")).ok();
}

#[test]
fn the_queue_is_bounded_in_bytes_too() {
    let hearth = Hearth::with(&["heat.max_body_bytes=1000", "storage.queue_bytes=1KiB"]);
    let file = hearth.file();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let size = one_click("s", known()).bytes();
    assert!((256..=1024).contains(&size), "{size}");
    let waiting = submit_all(&hearth, (0..1024 / size).map(|n| one_click(&format!("s{n}"), known())).collect());
    let refused = hearth.runtime.block_on(hearth.store().submit(one_click("s", known())));
    assert!(matches!(refused, Err(StoreError::QueueFull)), "{refused:?}");
    file.execute_batch("ROLLBACK").unwrap();
    assert!(results(&hearth, waiting).iter().all(Result::is_ok));
    assert!(hearth.runtime.block_on(hearth.store().submit(one_click("s", known()))).is_ok());
    assert_eq!(hearth.store().health().queued_batches(), 0);
}

#[test]
fn a_batch_that_cannot_be_stored_does_not_harm_its_neighbours() {
    let hearth = Hearth::with(&["storage.commit_max_delay=1s"]);
    let file = hearth.file();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let batches = (0..7).map(|n| match n % 2 {
        0 => one_click(&format!("s{n}"), known()),
        _ => one_click(&format!("s{n}"), beyond_the_cap(n)),
    });
    let waiting = submit_all(&hearth, batches.collect());
    file.execute_batch("ROLLBACK").unwrap();
    for (n, result) in results(&hearth, waiting).into_iter().enumerate() {
        match n % 2 {
            0 => assert_eq!(result.unwrap().project.unwrap().uuid.to_string(), hearth.project.id),
            _ => assert!(matches!(result, Err(StoreError::ProjectLimit)), "{result:?}"),
        }
    }
    assert_eq!(["heat_session", "heat_event", "project"].map(|table| hearth.count_rows(table)), [4, 4, 1]);
    assert!(hearth.count_rows("heat_tail") <= 2, "they were neighbours in one transaction");
    assert_eq!(hearth.get_heat("heatmap").ok().json()["meta"]["total"], 4);
    let status = hearth.get("/api/v1/status").ok().json();
    assert_eq!((&status["committed_batches"], &status["failed_batches"]), (&4.into(), &3.into()));
}

#[test]
fn closing_writes_what_waits_and_takes_nothing_more() {
    let hearth = Hearth::start();
    let file = hearth.file();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = submit_all(&hearth, (0..10).map(|n| one_click(&format!("s{n}"), known())).collect());
    let store = hearth.store().clone();
    let closing = hearth.runtime.spawn(async move { store.close().await });
    file.execute_batch("ROLLBACK").unwrap();
    hearth.runtime.block_on(closing).unwrap().unwrap();
    assert!(results(&hearth, waiting).iter().all(Result::is_ok));
    assert_eq!(hearth.count_rows("heat_event"), 10);
    let late = hearth.runtime.block_on(hearth.store().submit(one_click("late", known())));
    assert!(matches!(late, Err(StoreError::Stopped)), "{late:?}");
    hearth.ingest(&batch("late", &[click("a", 0)])).refused(503, "store_unavailable");
    let ready = hearth.send(&Request::get("/readyz"));
    assert_eq!((ready.status, &ready.json()["reason"]), (503, &"stopped".into()));
    hearth.send(&Request::get("/healthz")).ok();
    hearth.get_heat("events").ok();
}

#[test]
fn too_little_space_is_told_before_anything_is_tried() {
    let hearth = Hearth::with(&["storage.min_free=1024GiB"]);
    let answer = hearth.ingest(&batch("s", &[click("a", 0)])).refused(503, "no_space");
    assert_eq!(answer.header("retry-after"), Some("1"));
    let ready = hearth.send(&Request::get("/readyz"));
    assert_eq!((ready.status, &ready.json()["reason"]), (503, &"below_floor".into()));
    let metrics = hearth.get("/api/metrics").ok().json();
    assert_eq!((&metrics["metrics"]["ingestCount"], &metrics["metrics"]["ingestErrorCount"]), (&0.into(), &1.into()));
}

#[test]
fn requests_take_a_quarter_of_the_queue_and_push_nothing_out() {
    let hearth = Hearth::with(&["heat.max_body_bytes=1000", "storage.queue_bytes=16KiB"]);
    let file = hearth.file();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let seen = || Batch::Traffic(TrafficBatch { records: vec![request(&hearth, "GET", "/", 200, 1)] });
    let places = 16 * 1024 / 4 / seen().bytes();
    let mut waiting = submit_all(&hearth, (0..places).map(|_| seen()).collect());
    let refused = hearth.runtime.block_on(hearth.store().submit(seen()));
    assert!(matches!(refused, Err(StoreError::QueueFull)), "{refused:?}");
    let places = 16 * 1024 * 3 / 4 / one_click("s10", known()).bytes();
    let clicks = (0..places).map(|n| one_click(&format!("s{n}"), known())).collect();
    waiting.extend(submit_all(&hearth, clicks));
    file.execute_batch("ROLLBACK").unwrap();
    assert!(results(&hearth, waiting).iter().all(Result::is_ok));
    assert!(hearth.runtime.block_on(hearth.store().submit(seen())).is_ok(), "the room is given back");
}
