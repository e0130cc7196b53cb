//! Deleting a project: hidden at once, and in the end no row of it is left.

use hearth::store::dictionary::TextHash;
use hearth::store::retention::project::{Deleting, begin, delete};
use hearth::store::{StoreError, migrate, registry};
use std::time::Duration;

use crate::client::Request;
use crate::installation::Hearth;
use crate::payload::{batch, click};
use crate::retention_world::{send_of_each, settle, wait_for};
use crate::track_erase::start;
use crate::track_erase_world::{MARK, tell};
use crate::traffic_model::row_id;

/// Tables with a column that names a project, and how many rows name this one.
fn rows_of(hearth: &Hearth, project: i64) -> Vec<(String, i64)> {
    let file = hearth.file();
    let tables: Vec<String> = file
        .prepare(
            "SELECT own.name FROM sqlite_schema AS own, pragma_table_info(own.name) AS field
             WHERE own.type = 'table' AND field.name = 'project_id' ORDER BY own.name",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(tables.len() > 25, "{tables:?}");
    let count = |table: String| {
        let rows = hearth.count_rows(&format!("{table} WHERE project_id = {project}"));
        (table, rows)
    };
    tables.into_iter().map(count).filter(|(_, rows)| *rows > 0).collect()
}

/// Tables that name no project, and hold rows of the first one only.
const ITS_OWN: [&str; 7] =
    ["heat_event", "track_tie", "track_tied", "track_alias", "track_trait", "track_touch", "heat_session_former_user"];

#[test]
fn nothing_of_a_deleted_project_is_left_and_others_notice_nothing() {
    let mut hearth = start();
    tell(&hearth, MARK, 1);
    tell(&hearth, "bob", 2);
    send_of_each(&hearth, "more");
    let other = hearth.add_project("Other");
    hearth.ingest_to(&other, &batch("other", &[click("c", 0)])).ok();
    settle(&hearth);
    let project = row_id(&hearth, &hearth.project);
    assert!(rows_of(&hearth, project.0).len() > 15);
    let events = format!("/api/v1/projects/{}/events?limit=100", other.id);
    let of_other = |hearth: &Hearth| hearth.send(&Request::get(events.clone()).bearer(&other.token)).ok().json();
    let before = of_other(&hearth);

    let begun = hearth.store().administer(|transaction, now_ms| begin(transaction, project, now_ms)).unwrap();
    assert_eq!(begun, Deleting::Begun);
    // Whoever asks for it or about it is told that it is not there.
    let names: Vec<_> = registry::projects(&hearth.file()).unwrap().into_iter().map(|project| project.name).collect();
    assert_eq!(names, ["Other"]);
    assert_eq!(registry::find_project_named(&hearth.file(), &hearth.project.id).unwrap(), None);
    wait_for("rows go", || {
        rows_of(&hearth, project.0).iter().all(|(table, _)| ["project_key", "read_token"].contains(&table.as_str()))
    });
    assert_eq!(hearth.count_rows("project"), 2, "its own row stays as long as somebody may remember it");
    hearth.clock.advance_ms(61_000);
    wait_for("the project goes", || hearth.count_rows("project") == 1);
    assert_eq!(rows_of(&hearth, project.0), []);
    for table in ITS_OWN {
        let rows = hearth.count_rows(table);
        assert_eq!(rows, i64::from(table == "heat_event"), "{table}");
    }
    assert_eq!(of_other(&hearth), before);
    hearth.restart_with(|config| config.traffic.project = String::new());
    assert_ne!(hearth.ingest(&batch("again", &[click("d", 0)])).status, 200);
    assert_ne!(hearth.get("/api/v1/projects").status, 200);
    assert_eq!(of_other(&hearth), before);
    let again = hearth.file();
    let added = registry::add_project(&again, "New", 0).unwrap();
    assert!(added.project.0 > project.0, "no id is given twice");
    let check: String = again.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn what_is_under_way_to_a_deleted_project_is_not_stored() {
    let hearth = Hearth::start();
    hearth.add_project("Other");
    let project = row_id(&hearth, &hearth.project);
    // The server remembers the key.
    send_of_each(&hearth, "before");
    let request = crate::traffic_model::request(&hearth, "GET", "/", 200, 1);
    hearth.store().administer(|transaction, now_ms| begin(transaction, project, now_ms)).unwrap();
    assert_ne!(hearth.ingest(&batch("late", &[click("late", 0)])).status, 200);
    crate::traffic_model::store(&hearth, vec![request]);
    hearth.clock.advance_ms(61_000);
    wait_for("the project goes", || hearth.count_rows("project") == 1);
    assert_eq!(rows_of(&hearth, project.0), []);
}

#[test]
fn the_only_project_stays_and_the_oldest_may_go() {
    let mut hearth = Hearth::start();
    let first = row_id(&hearth, &hearth.project);
    let begin = |hearth: &Hearth, project| -> Result<Deleting, StoreError> {
        hearth.store().administer(move |transaction, now_ms| begin(transaction, project, now_ms))
    };
    assert_eq!(begin(&hearth, first).unwrap(), Deleting::IsTheOnlyOne);
    let other = hearth.add_project("Other");
    let other = row_id(&hearth, &other);
    send_of_each(&hearth, "one");
    settle(&hearth);
    hearth.stop();
    // As a command does it when no server runs.
    let mut file = hearth.file();
    let hash = TextHash::new(&migrate::install_secret(&file).unwrap());
    let transaction = file.transaction().unwrap();
    assert_eq!(hearth::store::retention::project::begin(&transaction, first, 0).unwrap(), Deleting::Begun);
    while !delete(&transaction, hash, first, Duration::ZERO).unwrap().is_done {}
    transaction.commit().unwrap();
    assert_eq!(rows_of(&hearth, first.0), []);
    assert_eq!(hearth.count_rows("project"), 1);
    hearth.restart_with(|config| config.traffic.project = String::new());
    assert_eq!(begin(&hearth, first).unwrap(), Deleting::NotFound);
    assert_eq!(begin(&hearth, other).unwrap(), Deleting::IsTheOnlyOne);
}
