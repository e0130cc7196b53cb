//! What is too old goes, and nothing else: the rest answers as if the old had never been there.

use hearth::store::retention::compact::{Compaction, compact};

use crate::installation::Hearth;
use crate::payload::{batch, movement};
use crate::retention_world::{
    DAY_MS, FOR_EVER, HOUR_MS, Steps, day_of, look, oldest_days, prune, rules, send_of_each, settle, wait_for,
};
use crate::track_erase::{answers, merge, start};
use crate::track_erase_world::{MARK, tell, tell_alone};

/// Every table of a file and how many rows it has, without those that remember what was once there.
fn counts(hearth: &Hearth) -> Vec<(String, i64)> {
    let file = hearth.file();
    let tables: Vec<String> = file
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let remembers = |name: &str| {
        name.starts_with("retention_")
            || name.starts_with("sqlite_")
            || name.starts_with("visit")
            || name == "dictionary"
    };
    // How the index is cut into pieces depends on what was there; heatmaps say whether it is right.
    let is_cut = |name: &str| name == "heat_tail" || name == "heat_chunk";
    let counted = tables.into_iter().filter(|name| !remembers(name) && !is_cut(name));
    counted.map(|name| (name.clone(), hearth.count_rows(&name))).collect()
}

fn integrity(hearth: &Hearth) -> String {
    hearth.file().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

#[test]
fn what_is_too_old_was_never_there_and_visits_stay() {
    for (steps, is_merged) in
        [(Steps::Long, false), (Steps::Long, true), (Steps::Crashing, false), (Steps::Crashing, true)]
    {
        let mut hearth = start();
        let twin = start();
        tell_alone(&hearth, MARK, 2);
        settle(&hearth);
        if is_merged {
            merge(&hearth);
        }
        for world in [&hearth, &twin] {
            world.clock.advance_ms(10 * DAY_MS);
            tell(world, "bob", 1);
            tell(world, "cyd", 3);
            settle(world);
        }
        let visits = hearth.count_rows("visit");
        assert!(visits > twin.count_rows("visit"));
        assert_eq!(prune(&hearth, rules([20, 20, 20, 20, 20]), true, steps), 0, "nothing is so old");

        let rows = prune(&hearth, rules([5, 5, 5, 5, 0]), true, steps);
        assert!(rows >= 30, "{rows}");
        hearth.restart();
        assert_eq!(counts(&hearth), counts(&twin), "{steps:?}, merged: {is_merged}");
        let (told, expected) = (answers(&hearth), answers(&twin));
        for (told, expected) in told.iter().zip(&expected) {
            assert_eq!(told, expected, "{steps:?}, merged: {is_merged}");
        }
        assert_eq!(hearth.count_rows("visit"), visits, "visits have a rule of their own");
        assert_eq!(integrity(&hearth), "ok");

        // Who comes back is new, and mixes with nobody's visits.
        tell_alone(&hearth, MARK, 2);
        tell_alone(&twin, MARK, 2);
        settle(&hearth);
        settle(&twin);
        assert_eq!(counts(&hearth), counts(&twin), "{steps:?}, merged: {is_merged}");
        assert!(hearth.count_rows("visit") >= visits);
    }
}

#[test]
fn a_run_deletes_two_days_and_a_day_has_one_run() {
    let hearth = Hearth::with(&FOR_EVER);
    let first_day = day_of(&hearth);
    for day in 0..8 {
        send_of_each(&hearth, &format!("day{day}"));
        settle(&hearth);
        assert_eq!(oldest_days(&hearth, first_day), [Some(0); 5]);
        // The time is noted.
        assert_eq!(prune(&hearth, rules([30; 5]), false, Steps::Long), 0);
        hearth.clock.advance_ms(DAY_MS);
    }
    // The eighth day is over, and the rules let all but the last one go.
    send_of_each(&hearth, "today");
    settle(&hearth);
    let rules = rules([1; 5]);
    assert!(look(&hearth, rules).kinds.iter().all(|kind| kind.days_behind() == 7));
    assert!(prune(&hearth, rules, false, Steps::Long) > 0);
    assert_eq!(oldest_days(&hearth, first_day), [Some(2); 5]);
    assert_eq!(prune(&hearth, rules, false, Steps::Long), 0, "one run a day");
    hearth.clock.advance_ms(-HOUR_MS);
    assert_eq!(prune(&hearth, rules, false, Steps::Long), 0, "nor one for each hour");

    hearth.clock.advance_ms(DAY_MS + HOUR_MS);
    send_of_each(&hearth, "tomorrow");
    settle(&hearth);
    assert!(prune(&hearth, rules, false, Steps::Crashing) > 0);
    assert_eq!(oldest_days(&hearth, first_day), [Some(4); 5]);

    assert!(prune(&hearth, rules, true, Steps::Long) > 0, "somebody says that all may go");
    assert_eq!(oldest_days(&hearth, first_day), [Some(8); 5]);
    assert!(look(&hearth, rules).kinds.iter().all(|kind| kind.days_behind() == 0));
}

#[test]
fn a_session_that_goes_on_stays_whole() {
    let hearth = Hearth::with(&FOR_EVER);
    let click = |id: &str| batch("long", &[crate::payload::click(id, 0)]);
    hearth.ingest(&click("a")).ok();
    hearth.clock.advance_ms(3 * DAY_MS);
    hearth.ingest(&click("b")).ok();
    hearth.ingest(&batch("short", &[crate::payload::click("c", 0)])).ok();
    settle(&hearth);
    assert_eq!(prune(&hearth, rules([0, 0, 2, 0, 0]), true, Steps::Long), 0);
    assert_eq!((hearth.count_rows("heat_session"), hearth.count_rows("heat_event")), (2, 3));
}

#[test]
fn the_server_deletes_by_itself_and_gives_space_back() {
    let mut hearth = Hearth::with(&["retention.heat=2d", "retention.visits=2d"]);
    let points: Vec<_> = (0..400).map(|n| (n * 7 % 1366, n * 13 % 768, n * 16)).collect();
    for session in 0..150 {
        let moves: Vec<_> = (0..8).map(|n| movement(&format!("m-{session}-{n}"), n * 7_000, &points)).collect();
        hearth.ingest(&batch(&format!("s-{session}"), &moves)).ok();
    }
    settle(&hearth);
    merge(&hearth);
    let pages = |hearth: &Hearth| look(hearth, rules([0; 5])).pages;
    let full = pages(&hearth);
    assert!(full.can_shrink && full.all > 700, "{full:?}");
    // A server that runs notes the time each hour.
    for _ in 0..4 {
        hearth.clock.advance_ms(DAY_MS);
        hearth.ingest(&batch("daily", &[crate::payload::click(&format!("c-{}", day_of(&hearth)), 0)])).ok();
        let noted = "(SELECT 1 FROM retention_clock WHERE suspect_since_ms IS NULL AND noted_ms / 86400000 = ";
        let is_noted = format!("{noted}{})", day_of(&hearth));
        wait_for("the time is noted", || hearth.count_rows(&is_noted) == 1);
    }
    wait_for("sessions go", || hearth.count_rows("heat_session") == 1);
    wait_for("points go", || hearth.count_rows("heat_doomed_run") == 0);
    wait_for("space is given back", || pages(&hearth).free <= 256);
    assert!(pages(&hearth).all < full.all - 400, "{:?} of {full:?}", pages(&hearth));
    hearth.stop();
    let length = std::fs::metadata(&hearth.config.storage.path).unwrap().len();
    assert!(length < (full.all - 400) * full.page_bytes, "{length}");

    // Written anew it is as small as can be.
    let Compaction::Done(compacted) = compact(&hearth.config.storage).unwrap() else { panic!("there is space") };
    assert!(compacted.after_bytes <= compacted.before_bytes);
    assert_eq!(pages(&hearth).free, 0);
    hearth.restart();
    assert!(compact(&hearth.config.storage).is_err(), "a server has it");
    assert_eq!(hearth.count_rows("heat_session"), 1);
    assert_eq!(integrity(&hearth), "ok");
}

#[test]
fn pages_and_programs_are_told_how_far_deleting_is() {
    let hearth = Hearth::with(&["retention.requests=3d"]);
    send_of_each(&hearth, "one");
    settle(&hearth);
    let told = hearth.get("/api/v1/status").ok().json()["retention"].clone();
    assert_eq!((&told["kinds"][0]["kind"], &told["kinds"][0]["kept_ms"]), (&"requests".into(), &(3 * DAY_MS).into()));
    assert_eq!(told["kinds"][4]["kept_ms"], serde_json::Value::Null);
    assert_eq!(told["kinds"][0]["oldest_at"], day_of(&hearth) * DAY_MS);
    assert_eq!(told["can_shrink"], true);
    assert_eq!(told["clock"], "believed");
}
