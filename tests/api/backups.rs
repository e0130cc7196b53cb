//! Copies of the database: made while it is written to, shown, rotated, and brought back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hearth::backup::error::BackupError;
use hearth::backup::listing::{Copy, list};
use hearth::backup::making::{Made, Order, Place, make};
use hearth::backup::restoring::{Restored, Source, plan, restore};
use hearth::backup::upgrade::{UpgradeError, upgrade};
use hearth::backup::watch::{Phase, Watch};
use hearth::config::Storage;
use hearth::store::StoreError;
use hearth::store::connection::{Ownership, with_suffix};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use crate::installation::Hearth;
use crate::payload::{NOW_MS, batch, click};

fn watched<T>(work: impl FnOnce(&mut Watch<'_>) -> T) -> T {
    let mut follow = |_: Phase, _, _| {};
    work(&mut Watch { follow: &mut follow, stop: Arc::default() })
}

fn copy_to(storage: &Storage, file: &Path, is_compressed: bool) -> Result<Made, BackupError> {
    watched(|watch| make(Order { storage, place: Place::File(file), is_compressed, now_ms: NOW_MS }, watch))
}

fn bring_back(storage: &Storage, file: &Path) -> Result<Restored, BackupError> {
    watched(|watch| restore(storage, Source::File(file), NOW_MS, watch))
}

/// Where another installation would be.
fn elsewhere(hearth: &Hearth, directory: &TempDir) -> Storage {
    Storage { path: directory.path().join("hearth.db"), ..hearth.config.storage.clone() }
}

fn count_events(database: &Path) -> usize {
    let file = Connection::open(database).unwrap();
    file.query_row("SELECT COUNT(*) FROM heat_event", [], |row| row.get(0)).unwrap()
}

fn copies(hearth: &Hearth) -> PathBuf {
    hearth.config.storage.path.parent().unwrap().join("backups")
}

/// Waits until the server has made so many copies in all.
fn until_made(hearth: &Hearth, wanted: u64) -> Value {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let status: Value = serde_json::from_str(&hearth.get("/api/v1/status").text()).unwrap();
        let backup = &status["backup"];
        assert_eq!(backup["failed"], 0, "{backup}");
        if backup["made"] == wanted && backup["is_under_way"] == false {
            return backup.clone();
        }
        assert!(Instant::now() < deadline, "{backup}");
        std::thread::yield_now();
    }
}

#[test]
fn a_copy_holds_everything_that_was_acknowledged_before_it_began() {
    let hearth = Hearth::start();
    let directory = tempfile::tempdir().unwrap();
    let (acked, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                hearth.ingest(&batch("s", &[click(&format!("e{number}"), number)])).ok();
                acked.fetch_add(1, Ordering::SeqCst);
            }
        });
        for round in 0..3 {
            let before = acked.load(Ordering::SeqCst);
            let file = directory.path().join(format!("copy-{round}"));
            let made = copy_to(&hearth.config.storage, &file, round % 2 == 0).unwrap();
            let after = acked.load(Ordering::SeqCst);
            let there = Storage { path: directory.path().join(format!("{round}.db")), ..hearth.config.storage.clone() };
            assert_eq!(bring_back(&there, &file).unwrap().database_bytes, made.database_bytes);
            let held = count_events(&there.path);
            assert!(held >= before && held <= after + 1, "{before} acknowledged before, {held} held, {after} after");
        }
        is_over.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_restored_database_answers_as_the_one_it_is_a_copy_of() {
    let mut hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click("a", 0), click("b", 10)])).ok();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("copy.db.zst");
    copy_to(&hearth.config.storage, &file, true).unwrap();
    let (before, projects) = (hearth.get_own("totals").text(), hearth.get("/api/v1/projects").text());
    hearth.ingest(&batch("t", &[click("c", 0)])).ok();
    assert_ne!(hearth.get_own("totals").text(), before);
    hearth.stop();
    let restored = bring_back(&hearth.config.storage, &file).unwrap();
    let aside = restored.aside.unwrap();
    assert_eq!((count_events(&aside), count_events(&hearth.config.storage.path)), (3, 2));
    hearth.restart();
    assert_eq!((hearth.get_own("totals").text(), hearth.get("/api/v1/projects").text()), (before, projects));
}

#[test]
fn nothing_is_restored_while_anybody_has_the_database() {
    let mut hearth = Hearth::start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("copy.db.zst");
    copy_to(&hearth.config.storage, &file, true).unwrap();
    let refused = |what: &str| match bring_back(&hearth.config.storage, &file) {
        Err(BackupError::Store(StoreError::InUse(_)) | BackupError::Busy(_)) => {}
        other => panic!("{what}: {other:?}"),
    };
    refused("a server");
    hearth.stop();
    let refused = |what: &str| match bring_back(&hearth.config.storage, &file) {
        Err(BackupError::Store(StoreError::InUse(_)) | BackupError::Busy(_)) => {}
        other => panic!("{what}: {other:?}"),
    };
    let path = &hearth.config.storage.path;
    let beside = Ownership::take_beside(path).unwrap();
    refused("a command that writes much");
    drop(beside);
    let copying = Ownership::take_for_copy(path).unwrap();
    refused("a copy");
    assert!(matches!(copy_to(&hearth.config.storage, &with_suffix(&file, "2"), true), Err(BackupError::Busy(_))));
    drop(copying);
    let small = hearth.file();
    small.query_row("SELECT COUNT(*) FROM project", [], |_| Ok(())).unwrap();
    refused("a command that has it open");
    drop(small);
    bring_back(&hearth.config.storage, &file).unwrap();
}

#[test]
fn what_is_no_whole_copy_is_refused_and_the_database_stays() {
    let mut hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("copy.db.zst");
    copy_to(&hearth.config.storage, &file, true).unwrap();
    hearth.stop();
    let database = std::fs::read(&hearth.config.storage.path).unwrap();
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    let mut other_label = whole.clone();
    let at = whole.windows(15).position(|bytes| bytes == b"database_sha256").unwrap() + 20;
    other_label[at] = if other_label[at] == b'0' { b'1' } else { b'0' };
    let (packed_text, truncated) = (zstd::encode_all(&b"dear diary"[..], 1).unwrap(), &whole[..whole.len() - 100]);
    let wrong: [&[u8]; 6] = [&flipped, &other_label, truncated, &packed_text, b"dear diary", b""];
    for (number, bytes) in wrong.into_iter().enumerate() {
        std::fs::write(&file, bytes).unwrap();
        let refused = bring_back(&hearth.config.storage, &file);
        assert!(
            matches!(refused, Err(BackupError::Damaged { .. } | BackupError::NotACopy(_))),
            "{number}: {refused:?}"
        );
        assert!(std::fs::read(&hearth.config.storage.path).unwrap() == database, "{number}");
    }
    let itself = bring_back(&hearth.config.storage, &hearth.config.storage.path);
    assert!(matches!(itself, Err(BackupError::Itself(_))), "{itself:?}");
    let names: Vec<_> = std::fs::read_dir(hearth.config.storage.path.parent().unwrap()).unwrap().collect();
    let left = names.into_iter().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!left.into_iter().any(|name| name.contains("restor")), "nothing is left of the tries");
}

#[test]
fn a_copy_of_a_newer_hearth_is_refused() {
    let mut hearth = Hearth::start();
    hearth.file().execute_batch(
        "INSERT INTO refinery_schema_history SELECT 99, 'from the future', applied_on, checksum FROM refinery_schema_history LIMIT 1",
    ).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("copy.db");
    copy_to(&hearth.config.storage, &file, false).unwrap();
    hearth.stop();
    let refused = bring_back(&elsewhere(&hearth, &directory), &file);
    assert!(matches!(refused, Err(BackupError::Store(StoreError::NewerFile { found: 99, .. }))), "{refused:?}");
}

#[test]
fn a_damaged_database_is_put_aside_with_its_log() {
    let mut hearth = Hearth::start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("copy.db.zst");
    copy_to(&hearth.config.storage, &file, true).unwrap();
    hearth.stop();
    let path = hearth.config.storage.path.clone();
    std::fs::write(&path, [7; 8192]).unwrap();
    std::fs::write(with_suffix(&path, "-wal"), [8; 100]).unwrap();
    let aside = bring_back(&hearth.config.storage, &file).unwrap().aside.unwrap();
    assert_eq!(std::fs::read(&aside).unwrap(), [7; 8192]);
    assert_eq!(std::fs::read(with_suffix(&aside, "-wal")).unwrap(), [8; 100]);
    hearth.restart();
    assert_eq!(hearth.get("/api/v1/projects").status, 200);
}

#[test]
fn the_plan_changes_nothing() {
    let hearth = Hearth::start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("copy.db.zst");
    let made = copy_to(&hearth.config.storage, &file, true).unwrap();
    let plan = plan(&hearth.config.storage, Source::File(&file), NOW_MS).unwrap();
    assert_eq!(plan.label.unwrap().schema, made.schema);
    assert!(!plan.aside.unwrap().exists());
    assert_eq!(hearth.get("/api/v1/projects").status, 200);
}

#[test]
fn nothing_is_overwritten_and_nothing_is_copied_from_nothing() {
    let hearth = Hearth::start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("copy");
    std::fs::write(&file, "precious").unwrap();
    assert!(matches!(copy_to(&hearth.config.storage, &file, true), Err(BackupError::Exists(_))));
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    let nowhere = copy_to(&elsewhere(&hearth, &directory), &directory.path().join("other"), true);
    assert!(matches!(nowhere, Err(BackupError::NoDatabase(_))), "{nowhere:?}");
    let full = Storage { min_free: u64::MAX / 2, ..hearth.config.storage.clone() };
    let refused = copy_to(&full, &directory.path().join("other"), true);
    assert!(matches!(refused, Err(BackupError::NoSpace { .. })), "{refused:?}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn the_server_makes_copies_when_asked_rotates_them_and_shows_them() {
    let hearth = Hearth::with(&["backup.keep=2"]);
    let admin = hearth.admin();
    assert!(hearth.page_as(&admin, "/admin/backups").text().contains("none is made by itself"));
    for made in 1..=3 {
        // What was never finished, and what is somebody else's.
        std::fs::create_dir_all(copies(&hearth)).unwrap();
        std::fs::write(copies(&hearth).join(".hearth-20200101T000000Z.db.zst.copying"), "half").unwrap();
        std::fs::write(copies(&hearth).join("hearth-notes.txt"), "precious").unwrap();
        hearth.clock.advance_ms(60_000);
        assert_eq!(hearth.post_as(&admin, "/admin/backups", &[]).status, 303);
        let backup = until_made(&hearth, made);
        assert_eq!(backup["newest_at"], NOW_MS + i64::try_from(made).unwrap() * 60_000);
    }
    let there = list(&copies(&hearth)).unwrap();
    let ages: Vec<_> = there.iter().map(|copy| (copy.made_at_ms() - NOW_MS) / 60_000).collect();
    assert_eq!(ages, [3, 2]);
    assert!(there.iter().all(|copy: &Copy| copy.is_verified && copy.reason().as_str() == "manual"));
    assert_eq!(std::fs::read_dir(copies(&hearth)).unwrap().count(), 3, "two copies, and the notes");
    let page = hearth.page_as(&admin, "/admin/backups").text();
    assert!(page.contains(&there[0].name.to_string()) && page.contains(">verified<"), "{page}");
    assert!(page.contains("The newest whole copy was made just now."), "{page}");
    assert!(hearth.page_as(&admin, "/admin/status").text().contains("<dt>Last backup</dt><dd>just now</dd>"));
    // A copy that was cut off is told from one that is whole.
    let cut = std::fs::OpenOptions::new().write(true).open(&there[0].path).unwrap();
    cut.set_len(there[0].file_bytes - 1).unwrap();
    assert!(hearth.page_as(&admin, "/admin/backups").text().contains(">not whole<"));
}

#[test]
fn a_copy_that_cannot_be_made_is_told() {
    let hearth = Hearth::with(&["backup.directory=/dev/null/copies"]);
    let admin = hearth.admin();
    hearth.post_as(&admin, "/admin/backups", &[]);
    let deadline = Instant::now() + Duration::from_mins(1);
    let failing = || serde_json::from_str::<Value>(&hearth.get("/api/v1/status").text()).unwrap()["backup"].clone();
    while failing()["failed"] == 0 {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    assert_eq!(failing()["failing_since"], NOW_MS);
    let page = hearth.page_as(&admin, "/admin/backups").text();
    assert!(page.contains("The copies cannot be listed") || page.contains("could not be made"), "{page}");
    assert!(hearth.page_as(&admin, "/admin/status").text().contains("the last try failed"));
    assert!(!hearth.get("/api/v1/status").text().contains("/dev/null"), "the API names no files");
}

#[test]
fn the_salt_is_in_no_copy() {
    let hearth = Hearth::start();
    hearth.ingest(&batch("s", &[click("a", 0)])).ok();
    let salt = std::fs::read(with_suffix(&hearth.config.storage.path, ".salt")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("copy.db");
    copy_to(&hearth.config.storage, &file, false).unwrap();
    let copy = std::fs::read(&file).unwrap();
    // Zeros are everywhere; what is random is not.
    let is_random = |part: &&[u8]| part.iter().collect::<std::collections::BTreeSet<_>>().len() > 8;
    let parts: Vec<_> = salt.chunks(16).filter(is_random).collect();
    assert!(parts.len() >= 2, "{salt:?}");
    for part in parts {
        assert!(!copy.windows(part.len()).any(|bytes| bytes == part));
    }
}

#[test]
fn a_database_of_a_newer_hearth_is_left_alone_also_if_its_log_holds_something() {
    let mut hearth = Hearth::start();
    hearth.stop();
    let storage = &hearth.config.storage;
    let file = hearth.file();
    file.execute_batch(
        "INSERT INTO refinery_schema_history SELECT 99, 'from the future', applied_on, checksum FROM refinery_schema_history LIMIT 1",
    )
    .unwrap();
    // As after a crash: the log is there, and nobody has the file open.
    let read = |end: &str| std::fs::read(with_suffix(&storage.path, end)).unwrap();
    let (bytes, log) = (read(""), read("-wal"));
    drop(file);
    std::fs::write(&storage.path, &bytes).unwrap();
    std::fs::write(with_suffix(&storage.path, "-wal"), &log).unwrap();
    let refused = watched(|watch| upgrade(storage, &hearth.config.backup, NOW_MS, watch));
    assert!(matches!(refused, Err(UpgradeError::Store(StoreError::NewerFile { found: 99, .. }))), "{refused:?}");
    assert!(read("") == bytes && read("-wal") == log, "not a byte was changed");
}
