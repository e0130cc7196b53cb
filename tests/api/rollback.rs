//! A batch that fails half-way leaves nothing of itself, in the file or in the writer's memory.

use serde_json::{Value, json};

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{batch, click, event, movement};

/// Lets every batch fail that has an event named `poison`, after what stands before it was written.
fn poison(hearth: &Hearth) {
    let trigger = "CREATE TRIGGER poison BEFORE INSERT ON heat_event WHEN NEW.event_id = 'poison' \
                   BEGIN SELECT RAISE(ABORT, 'poisoned'); END";
    hearth.file().execute_batch(trigger).unwrap();
}

/// What the installation tells about a session's project.
fn told(hearth: &Hearth) -> [Value; 3] {
    [
        hearth.get_heat("events").ok().json()["events"].clone(),
        hearth.get_heat("heatmap?type=all").ok().json()["meta"]["typeBreakdown"].clone(),
        hearth.get_own("totals").ok().json(),
    ]
}

#[test]
fn nothing_of_a_failed_batch_stays() {
    let hearth = Hearth::start();
    poison(&hearth);
    hearth.ingest(&batch("good", &[click("a", 0), movement("m", 1, &[(1, 1, 0), (2, 2, 1)])])).ok();
    let before = told(&hearth);
    let half = |session: &str| {
        let path = json!({"path": "/only here", "category": "other"});
        batch(session, &[click("b", 2), event("keyboard", "k", 3, &path), click("poison", 4)])
    };
    hearth.ingest(&half("good")).refused(500, "ingest_failed");
    hearth.ingest(&half("new")).refused(500, "ingest_failed");
    assert_eq!(told(&hearth), before);
    assert_eq!(hearth.get_heat("sessions").ok().header("x-hearth-total"), Some("1"));

    // What was rolled back is no duplicate, and its texts are written again.
    let again = hearth.ingest(&batch(
        "new",
        &[click("b", 2), event("keyboard", "k", 3, &json!({"path": "/only here", "category": "other"}))],
    ));
    assert_eq!(again.ok().header("x-hearth-duplicates"), None);
    assert_eq!(hearth.get_heat("events?path=/only%20here").ok().header("x-hearth-total"), Some("1"));
    assert_eq!(hearth.get_heat("heatmap?type=all").ok().json()["meta"]["total"], 5);
    assert_eq!(hearth.get_own("events").ok().json()["events"].as_array().unwrap().len(), 4);
    hearth.send(&Request::get("/readyz")).ok();
}

#[test]
fn numbers_of_rolled_back_events_are_not_given_twice_after_a_restart() {
    let mut hearth = Hearth::start();
    poison(&hearth);
    hearth.ingest(&batch("s", &[click("poison", 0)])).refused(500, "ingest_failed");
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    hearth.restart();
    hearth.ingest(&batch("s", &[click("b", 1), click("c", 2)])).ok();
    let listed = hearth.get_heat("events").ok().json();
    let ids: std::collections::HashSet<_> =
        listed["events"].as_array().unwrap().iter().map(|row| row["id"].to_string()).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_batch_fails_alone_among_its_neighbours() {
    let hearth = Hearth::with(&["storage.commit_max_delay=1s"]);
    poison(&hearth);
    let file = hearth.file();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let events = |n: u32| if n.is_multiple_of(2) { "good" } else { "poison" };
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8)
            .map(|n| {
                let hearth = &hearth;
                let sent = batch(&format!("s{n}"), &[click("before", 0), click(events(n), 1)]);
                scope.spawn(move || hearth.ingest(&sent).status)
            })
            .collect();
        while hearth.store().health().queued_batches() < 8 {
            std::thread::yield_now();
        }
        file.execute_batch("ROLLBACK").unwrap();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200, 500, 200, 500, 200, 500, 200, 500]);
    assert!(hearth.count_rows("heat_tail") <= 2, "they were neighbours in one transaction");
    assert_eq!(hearth.get_heat("heatmap").ok().json()["meta"]["total"], 8);
    assert_eq!(hearth.get_heat("events").ok().header("x-hearth-total"), Some("8"));
    assert_eq!(hearth.count_rows("heat_session"), 4);
}

#[test]
fn a_transaction_that_cannot_be_written_is_refused_whole_and_the_next_one_is_tried() {
    let hearth = Hearth::start();
    let file = hearth.file();
    file.execute_batch("ALTER TABLE heat_tail RENAME TO hidden").unwrap();
    let refused = hearth.ingest(&batch("s", &[click("a", 0)])).refused(503, "store_unavailable");
    assert_eq!(refused.header("retry-after"), Some("1"));
    file.execute_batch("ALTER TABLE hidden RENAME TO heat_tail").unwrap();
    assert_eq!(["heat_session", "heat_event", "dictionary"].map(|table| hearth.count_rows(table)), [0; 3]);
    assert_eq!(hearth.ingest(&batch("s", &[click("a", 0)])).ok().header("x-hearth-duplicates"), None);
    assert_eq!(hearth.get_heat("heatmap?path=/shop").ok().json()["meta"]["total"], 1);
    assert_eq!(hearth.get_heat("events?path=/shop").ok().json()["events"].as_array().unwrap().len(), 1);
    assert_eq!(hearth.get_heat("sessions").ok().header("x-hearth-total"), Some("1"));
    hearth.send(&Request::get("/readyz")).ok();
}
