//! Deleting as `hearth prune` does it, with rules and times of a test's own.

use std::time::{Duration, Instant};

use hearth::domain::clock::Clock;
use hearth::store::dictionary::TextHash;
use hearth::store::migrate;
use hearth::store::retention::progress::progress;
use hearth::store::retention::pruner::Pruner;
use hearth::store::retention::{ClockState, Kind, Progress, Rules};
use rusqlite::TransactionBehavior;

use crate::installation::Hearth;
use crate::payload::{batch, event, with};
use crate::track_payload::keyed;
use crate::traffic_model::{request, store, user};
use serde_json::json;

pub const DAY_MS: i64 = 86_400_000;
pub const HOUR_MS: i64 = 3_600_000;

/// Steps that a run of a test takes at most; more is one that does not end.
const MAX_STEPS: usize = 20_000;

/// Rules that keep every kind for so many days; 0: for ever.
pub fn rules(days: [u64; 5]) -> Rules {
    let [requests, rollups, heat, events, visits] = days.map(|days| Duration::from_secs(days * 86_400));
    Rules::of(&hearth::config::Retention { requests, rollups, heat, events, visits })
}

/// Settings of a server that keeps everything: what goes, the test says.
pub const FOR_EVER: [&str; 5] = [
    "retention.requests=0s",
    "retention.rollups=0s",
    "retention.heat=0s",
    "retention.events=0s",
    "retention.visits=0s",
];

/// How steps are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// As long as they like.
    Long,
    /// As short as can be, and every third is taken back as by a crash.
    Crashing,
}

/// Deletes until nothing is left to be deleted now, by the clock of the installation; returns how many rows.
pub fn prune(hearth: &Hearth, rules: Rules, is_unbounded: bool, steps: Steps) -> u64 {
    let mut file = hearth.file();
    let hash = TextHash::new(&migrate::install_secret(&file).unwrap());
    let new = || {
        let mut pruner = Pruner::new(hash);
        pruner.keep(rules);
        pruner
    };
    let (mut pruner, mut rows, now_ms) = (new(), 0, hearth.clock.now_ms());
    if is_unbounded {
        let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        pruner.allow_all(&transaction, now_ms).unwrap();
        transaction.commit().unwrap();
    }
    for number in 0..MAX_STEPS {
        let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let patience = if steps == Steps::Long { Duration::from_secs(1) } else { Duration::ZERO };
        let step = pruner.step(&transaction, now_ms, Instant::now() + patience).unwrap();
        if steps == Steps::Crashing && number % 3 == 2 {
            drop(transaction);
            pruner = new();
            continue;
        }
        transaction.commit().unwrap();
        rows += step.rows;
        if !step.has_more {
            return rows;
        }
    }
    panic!("it does not end: {:?}", look(hearth, rules));
}

pub fn look(hearth: &Hearth, rules: Rules) -> Progress {
    progress(&hearth.file(), rules, hearth.clock.now_ms()).unwrap()
}

pub fn clock_state(hearth: &Hearth) -> ClockState {
    look(hearth, Rules::default()).clock
}

/// The oldest day of each kind, counted from a day.
pub fn oldest_days(hearth: &Hearth, from_day: i64) -> Vec<Option<i64>> {
    let kinds = look(hearth, Rules::default()).kinds;
    assert_eq!(kinds.iter().map(|kind| kind.kind).collect::<Vec<_>>(), Kind::ALL);
    kinds.iter().map(|kind| kind.oldest_day.map(|day| day - from_day)).collect()
}

/// The day that the clock shows, counted from the epoch.
pub fn day_of(hearth: &Hearth) -> i64 {
    hearth.clock.now_ms().div_euclid(DAY_MS)
}

/// Sends something of each kind, at what the clock shows.
pub fn send_of_each(hearth: &Hearth, mark: &str) {
    let now_ms = hearth.clock.now_ms();
    let view = event("pageview", &format!("{mark}-v"), 0, &json!({"to": "/shop"}));
    let click = event("click", &format!("{mark}-c"), 0, &json!({"x": 5, "y": 6}));
    let now = json!({"ts": now_ms});
    hearth.ingest(&batch(&format!("s-{mark}"), &[with(view, &now), with(click, &now)])).ok();
    let said = json!({
        "event": "opened", "eventId": format!("{mark}-e"), "userId": format!("user-{mark}"), "properties": {"sessionId": format!("app-{mark}")},
        "session_id": format!("app-{mark}"), "context": {"source": "api"},
    });
    hearth.send(&keyed("/track", &hearth.project.key, &said)).ok();
    let mut request = request(hearth, "GET", "/shop", 200, 1_000);
    request.user = Some(user(&format!("user-{mark}")));
    request.session_id = Some(format!("session-{mark}").into());
    store(hearth, vec![request]);
}

/// Waits for what the writer does by itself.
pub fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

/// Waits until visits are made and requests are counted.
pub fn settle(hearth: &Hearth) {
    wait_for("visits are made", || hearth.count_rows("visit_due") == 0);
    let behind =
        "(SELECT 1 FROM traffic_progress WHERE rolled_up_id < (SELECT COALESCE(MAX(id), 0) FROM traffic_request))";
    wait_for("requests are counted", || hearth.count_rows(behind) == 0);
}
