//! Rollups of requests are what plain SQL over the rows gives, whatever happened in between.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hearth::domain::Batch;
use hearth::domain::clock::Clock;
use hearth::domain::id::ProjectId;
use hearth::domain::traffic::{TrafficBatch, TrafficRecord, TrafficUser};
use hearth::query::traffic::buckets::{
    Grain, OTHER_METHOD_ID, RouteFilter, Summary, TimeSpan, active_users, by_route, timeline, totals,
};
use hearth::store::StoreError;
use hearth::store::connection::{wal_path, with_suffix};
use hearth::store::health::Condition;
use hearth::store::traffic::distinct::Distinct;
use hearth::store::traffic::statuses::Statuses;
use rusqlite::Connection;

use crate::installation::Hearth;
use crate::payload::NOW_MS;
use crate::traffic_model::{Random, request, row_id, store, user};

/// A bucket of a project: row id, number of the grain, bucket.
type Place = (i64, i64, i64);

/// Rows taken together by plain SQL or read from a rollup: count, errors, slow, sum and maximum of durations, bytes.
type Sums = [u64; 7];

fn sums(summary: &Summary) -> Sums {
    let Summary { count, errors, slow, duration_us, max_us, bytes_in, bytes_out, .. } = *summary;
    [count, errors, slow, duration_us, max_us, bytes_in, bytes_out]
}

/// Everything that the rollups of a file say.
#[derive(Debug, Default, PartialEq)]
struct Told {
    routes: BTreeMap<(Place, i64, i64, i64), Sums>,
    buckets: BTreeMap<Place, Sums>,
    statuses: BTreeMap<Place, BTreeMap<u16, u64>>,
    users: BTreeMap<Place, BTreeSet<i64>>,
    user_counts: BTreeMap<(Place, i64), [u64; 4]>,
    last_seen: BTreeMap<i64, i64>,
}

/// What the rollups hold. Few users: their ids can be read.
fn rolled_up(file: &Connection) -> Told {
    let mut told = Told::default();
    each(
        file,
        "SELECT project_id, grain, bucket, route_id, method_id, status_class, summary FROM traffic_rollup",
        |row| {
            let summary = Summary::decode(&row.get::<_, Vec<u8>>(6)?).unwrap();
            assert!(
                summary.quantile(1.0).unwrap() >= summary.average_us().unwrap() * 0.98,
                "durations are in the sketch"
            );
            told.routes.insert((place(row)?, row.get(3)?, row.get(4)?, row.get(5)?), sums(&summary));
            Ok(())
        },
    );
    each(file, "SELECT project_id, grain, bucket, summary, statuses, users FROM traffic_bucket", |row| {
        let bytes = |column: usize| row.get::<_, Vec<u8>>(column).unwrap();
        told.buckets.insert(place(row)?, sums(&Summary::decode(&bytes(3)).unwrap()));
        told.statuses.insert(place(row)?, Statuses::decode(&bytes(4)).unwrap().into_counts());
        let Distinct::Exact(users) = Distinct::decode(&bytes(5)).unwrap() else { panic!("few users") };
        told.users.insert(place(row)?, users.into_iter().collect());
        Ok(())
    });
    let of_users =
        "SELECT project_id, grain, bucket, user_id, requests, errors, slow, duration_us FROM traffic_user_rollup";
    each(file, of_users, |row| {
        told.user_counts.insert((place(row)?, row.get(3)?), [row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?]);
        Ok(())
    });
    each(file, "SELECT id, last_seen_ms FROM traffic_user", |row| {
        told.last_seen.insert(row.get(0)?, row.get(1)?);
        Ok(())
    });
    told
}

/// What plain SQL over the rows gives.
fn recomputed(file: &Connection) -> Told {
    let mut told = Told::default();
    let sum =
        "COUNT(*), SUM(status >= 400), SUM(is_slow), SUM(duration_us), MAX(duration_us), SUM(bytes_in), SUM(bytes_out)";
    for (grain, ms) in [(0, 60_000), (1, 3_600_000), (2, 86_400_000)] {
        let place_sql = format!("project_id, {grain}, created_at_ms / {ms}");
        let method = "CASE WHEN (SELECT text FROM dictionary AS d WHERE d.id = method_id) IN ('GET', 'HEAD', 'POST') \
                      THEN method_id ELSE 0 END";
        let routes = format!(
            "SELECT {place_sql}, route_id, {method}, status / 100, {sum} FROM traffic_request GROUP BY 1, 2, 3, 4, 5, 6"
        );
        each(file, &routes, |row| {
            told.routes.insert((place(row)?, row.get(3)?, row.get(4)?, row.get(5)?), seven(row, 6)?);
            Ok(())
        });
        each(file, &format!("SELECT {place_sql}, {sum} FROM traffic_request GROUP BY 1, 2, 3"), |row| {
            told.buckets.insert(place(row)?, seven(row, 3)?);
            Ok(())
        });
        each(file, &format!("SELECT {place_sql}, status, user_id FROM traffic_request"), |row| {
            *told.statuses.entry(place(row)?).or_default().entry(row.get(3)?).or_default() += 1;
            told.users.entry(place(row)?).or_default().extend(row.get::<_, Option<i64>>(4)?);
            Ok(())
        });
        let users = format!(
            "SELECT {place_sql}, user_id, COUNT(*), SUM(status >= 400), SUM(is_slow), SUM(duration_us) \
             FROM traffic_request WHERE user_id IS NOT NULL AND {grain} > 0 GROUP BY 1, 2, 3, 4"
        );
        each(file, &users, |row| {
            told.user_counts.insert((place(row)?, row.get(3)?), [row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?]);
            Ok(())
        });
    }
    each(file, "SELECT user_id, MAX(created_at_ms) FROM traffic_request WHERE user_id IS NOT NULL GROUP BY 1", |row| {
        told.last_seen.insert(row.get(0)?, row.get(1)?);
        Ok(())
    });
    told
}

fn each(file: &Connection, sql: &str, mut visit: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>) {
    let mut statement = file.prepare(sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        visit(row).unwrap();
    }
}

fn place(row: &rusqlite::Row<'_>) -> rusqlite::Result<Place> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn seven(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Sums> {
    let mut sums = [0; 7];
    for (at, sum) in sums.iter_mut().enumerate() {
        *sum = row.get(first + at)?;
    }
    Ok(sums)
}

/// Stops in order and compares; the file must hold `count` requests.
pub fn assert_exact(hearth: &mut Hearth, count: i64) {
    hearth.stop();
    let file = hearth.file();
    let ids: (i64, i64, i64) = file
        .query_row(
            "SELECT COUNT(*), MAX(id), (SELECT rolled_up_id FROM traffic_progress) FROM traffic_request",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!(ids, (count, count, count), "rows, last id, rolled up");
    let told = rolled_up(&file);
    assert!(!told.routes.is_empty());
    assert_eq!(told, recomputed(&file));
}

fn random_request(hearth: &Hearth, projects: &[ProjectId], random: &mut Random) -> TrafficRecord {
    let method = random.one_of(&["GET", "GET", "HEAD", "POST", "get", "BREW", "PROPFIND"]);
    let route = random.one_of(&["/", "/users/:id", "/shop", "/shop/:id", "(other)"]);
    let status = random.one_of(&[200, 200, 201, 204, 301, 304, 400, 404, 499, 500, 502]);
    let magnitude = random.below(24);
    let duration_us = random.below(2 << magnitude);
    let name = random.one_of(&["ann", "bob", "cy", "d", "e"]);
    TrafficRecord {
        project: random.one_of(projects),
        user: (random.below(3) > 0).then(|| TrafficUser { id: name.into(), name: None, email: None }),
        session_id: (random.below(2) > 0).then(|| format!("s{}", random.below(9)).into()),
        bytes_in: random.below(100),
        bytes_out: random.below(100_000),
        ..request(hearth, method, route, status, duration_us)
    }
}

/// Stores random requests at random times, backwards now and then; returns how many.
fn store_random(hearth: &Hearth, projects: &[ProjectId], random: &mut Random) -> i64 {
    let mut stored = 0;
    for _ in 0..=random.below(12) {
        let jump = i64::try_from(random.below(5_400_000)).unwrap();
        hearth.clock.advance_ms(if random.below(5) == 0 { -jump } else { jump / 4 });
        let count = random.below(40) + 1;
        store(hearth, (0..count).map(|_| random_request(hearth, projects, random)).collect());
        stored += i64::try_from(count).unwrap();
    }
    stored
}

/// Waits until a condition holds.
fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let started = std::time::Instant::now();
    while !holds() {
        assert!(started.elapsed().as_secs() < 30, "{what}");
        std::thread::yield_now();
    }
}

fn rolled_up_id(hearth: &Hearth) -> i64 {
    let ask =
        |file: &Connection| Ok(file.query_row("SELECT rolled_up_id FROM traffic_progress", [], |row| row.get(0))?);
    hearth.store().read(ask).unwrap()
}

fn count_of_totals(hearth: &Hearth, projects: &[ProjectId]) -> i64 {
    let count =
        |project: &ProjectId| hearth.store().read(|file| totals(file, *project, TimeSpan::ALL)).unwrap().summary.count;
    projects.iter().map(count).sum::<u64>().try_into().unwrap()
}

fn two_projects(hearth: &Hearth) -> [ProjectId; 2] {
    let second = hearth.add_project("second");
    [row_id(hearth, &hearth.project), row_id(hearth, &second)]
}

#[test]
fn rollups_equal_the_rows_over_restarts_and_jumps_of_the_clock() {
    let mut hearth = Hearth::start();
    let projects = two_projects(&hearth);
    let mut random = Random::new(7);
    let mut count = 0;
    for _ in 0..4 {
        count += store_random(&hearth, &projects, &mut random);
        assert_eq!(count_of_totals(&hearth, &projects), count);
        hearth.restart();
        assert_eq!(count_of_totals(&hearth, &projects), count);
    }
    assert_exact(&mut hearth, count);
}

/// Copies the file and its log as a crash would leave them, while nothing is written, into a directory of its own.
fn crash_image(hearth: &Hearth, directory: &Path) {
    let file = hearth.file();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let copy = directory.join("hearth.db");
    std::fs::create_dir_all(directory).unwrap();
    std::fs::copy(&hearth.config.storage.path, &copy).unwrap();
    std::fs::copy(wal_path(&hearth.config.storage.path), with_suffix(&copy, "-wal")).unwrap();
    file.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn rollups_equal_the_rows_after_crashes_in_between() {
    let mut hearth = Hearth::start();
    let projects = two_projects(&hearth);
    let images = tempfile::tempdir().unwrap();
    let mut random = Random::new(11);
    let mut count = 0;
    for crash in 0..6 {
        count += store_random(&hearth, &projects, &mut random);
        if crash % 2 == 1 {
            wait_for("the writer rolls up by itself", || rolled_up_id(&hearth) == count);
            count += store_random(&hearth, &projects, &mut random);
        }
        let image = images.path().join(crash.to_string());
        crash_image(&hearth, &image);
        hearth.restart_with(|config| config.storage.path = image.join("hearth.db"));
        assert_eq!(count_of_totals(&hearth, &projects), count);
    }
    assert_exact(&mut hearth, count);
}

#[test]
fn rows_that_only_the_file_knows_are_rolled_up_in_steps() {
    let mut hearth = Hearth::start();
    let project = row_id(&hearth, &hearth.project);
    let routes: Vec<String> = (0..45_000).map(|n| format!("/{}", n % 9_000)).collect();
    store(&hearth, routes.iter().map(|route| request(&hearth, "GET", route, 200, 1_000)).collect());
    hearth.stop();
    hearth
        .file()
        .execute_batch(
            "DELETE FROM traffic_rollup; DELETE FROM traffic_bucket; UPDATE traffic_progress SET rolled_up_id = 0",
        )
        .unwrap();
    hearth.restart();
    assert_eq!(count_of_totals(&hearth, &[project]), 45_000);
    let listed = hearth.store().read(|file| by_route(file, project, TimeSpan::ALL, RouteFilter::default())).unwrap();
    assert_eq!((listed.len(), listed[0].summary.count), (9_000, 5));
    wait_for("one step follows the other", || rolled_up_id(&hearth) == 45_000);
    assert_exact(&mut hearth, 45_000);
}

#[test]
fn a_route_is_found_by_method_class_and_bucket() {
    let mut hearth = Hearth::start();
    let project = row_id(&hearth, &hearth.project);
    let minute_ms = NOW_MS.div_euclid(60_000) * 60_000;
    hearth.clock.advance_ms(minute_ms - NOW_MS);
    let plan = [("GET", "/a", 200), ("GET", "/a", 404), ("BREW", "/a", 418), ("brew", "/a", 200), ("GET", "/b", 200)];
    for (method, route, status) in plan {
        store(&hearth, vec![request(&hearth, method, route, status, 5_000)]);
        hearth.clock.advance_ms(60_000);
    }
    let ask = |hearth: &Hearth| {
        hearth
            .store()
            .read(|file| {
                let id =
                    |text: &str| file.query_row("SELECT id FROM dictionary WHERE text = ?1", [text], |row| row.get(0));
                let of_a = RouteFilter { route_id: Some(id("/a")?), ..RouteFilter::default() };
                let other = RouteFilter { method_id: Some(OTHER_METHOD_ID), ..RouteFilter::default() };
                let fine = RouteFilter { status_class: Some(2), ..of_a };
                let whole = TimeSpan::new(minute_ms, minute_ms + 300_000);
                let part = TimeSpan::new(minute_ms + 60_001, minute_ms + 180_000);
                let count = |span, filter| Ok::<_, StoreError>(by_route(file, project, span, filter)?.len());
                let starts = |filter, grain| {
                    let line = timeline(file, project, whole, grain, filter)?;
                    Ok::<_, StoreError>(line.iter().map(|(at, part)| (at - minute_ms, part.count)).collect::<Vec<_>>())
                };
                assert_eq!(count(whole, RouteFilter::default())?, 5);
                assert_eq!(
                    [count(whole, of_a)?, count(whole, other)?, count(whole, fine)?, count(part, of_a)?],
                    [4, 2, 2, 2]
                );
                assert_eq!(starts(fine, Grain::Minute)?, [(0, 1), (180_000, 1)]);
                assert_eq!(starts(other, Grain::Minute)?, [(120_000, 1), (180_000, 1)]);
                assert_eq!(starts(RouteFilter::default(), Grain::Day)?.iter().map(|(_, count)| count).sum::<u64>(), 5);
                Ok(())
            })
            .unwrap();
    };
    ask(&hearth);
    hearth.restart();
    ask(&hearth);
}

#[test]
fn active_users_are_those_of_the_last_rows_too() {
    let mut hearth = Hearth::start();
    let project = row_id(&hearth, &hearth.project);
    let seen = |hearth: &Hearth, name: &str| {
        store(hearth, vec![TrafficRecord { user: Some(user(name)), ..request(hearth, "GET", "/", 200, 1) }]);
        hearth.clock.advance_ms(60_000);
    };
    let active = |hearth: &Hearth| {
        [0, 60_000, 120_000]
            .map(|after| hearth.store().read(|file| active_users(file, project, NOW_MS + after)).unwrap())
    };
    for name in ["ann", "bob", "ann"] {
        seen(&hearth, name);
    }
    assert_eq!(active(&hearth), [2, 2, 1]);
    hearth.restart();
    assert_eq!(active(&hearth), [2, 2, 1]);
    seen(&hearth, "bob");
    assert_eq!(active(&hearth), [2, 2, 2]);
}

#[test]
fn nothing_of_a_failed_batch_is_rolled_up() {
    let mut hearth = Hearth::start();
    let poison = "CREATE TRIGGER poison BEFORE INSERT ON traffic_request WHEN NEW.status = 666 \
                  BEGIN SELECT RAISE(ABORT, 'poisoned'); END";
    hearth.file().execute_batch(poison).unwrap();
    let one = |status, name: &str| TrafficRecord {
        user: Some(user(name)),
        session_id: Some(name.into()),
        ..request(&hearth, "GET", &format!("/{name}"), status, 1)
    };
    store(&hearth, vec![one(200, "ann")]);
    let spoilt = TrafficBatch { records: vec![one(200, "bob"), one(666, "cy")] };
    assert!(hearth.runtime.block_on(hearth.store().submit(Batch::Traffic(spoilt))).is_err());
    assert_eq!(["traffic_request", "traffic_user", "traffic_session"].map(|table| hearth.count_rows(table)), [1; 3]);
    let again = vec![one(200, "bob"), one(500, "bob")];
    store(&hearth, again);
    assert_eq!(["traffic_request", "traffic_user", "traffic_session"].map(|table| hearth.count_rows(table)), [3, 2, 2]);
    assert_exact(&mut hearth, 3);
}

#[test]
fn requests_are_stored_while_rollups_cannot_be_written_and_rolled_up_later() {
    let mut hearth = Hearth::start();
    let project = row_id(&hearth, &hearth.project);
    let file = hearth.file();
    file.execute_batch("ALTER TABLE traffic_rollup RENAME TO hidden").unwrap();
    store(&hearth, vec![request(&hearth, "GET", "/", 200, 1)]);
    wait_for("a step fails", || hearth.store().health().condition() == Condition::WriteFailing);
    store(&hearth, vec![request(&hearth, "GET", "/", 200, 1)]);
    assert_eq!(rolled_up_id(&hearth), 0);
    file.execute_batch("ALTER TABLE hidden RENAME TO traffic_rollup").unwrap();
    wait_for("the next step works", || rolled_up_id(&hearth) == 2);
    assert_eq!(count_of_totals(&hearth, &[project]), 2);
    assert_exact(&mut hearth, 2);
}

#[test]
fn watchers_see_requests_as_they_were_stored() {
    let hearth = Hearth::start();
    let mut feed = hearth.store().feed().watch();
    let now_ms = hearth.clock.now_ms();
    let ended = |ms| TrafficRecord { ended_at_ms: now_ms - ms, ..request(&hearth, "GET", "/", 200, 1) };
    store(&hearth, vec![ended(10), ended(30), ended(20)]);
    let committed = hearth.runtime.block_on(feed.recv()).unwrap();
    let Batch::Traffic(batch) = &committed.batch else { panic!("requests") };
    let told: Vec<_> =
        batch.records.iter().map(|record| (record.id, record.created_at_ms, now_ms - record.ended_at_ms)).collect();
    assert_eq!(told, [(1, now_ms, 30), (2, now_ms, 20), (3, now_ms, 10)], "in the order in which they ended");
    assert_eq!(committed.receipt.project, None);
}

#[test]
fn names_are_as_last_told() {
    let mut hearth = Hearth::start();
    let told = |name: Option<&str>, email: Option<&str>| TrafficRecord {
        user: Some(TrafficUser { id: "ann".into(), name: name.map(Into::into), email: email.map(Into::into) }),
        ..request(&hearth, "GET", "/", 200, 1)
    };
    let known = |hearth: &Hearth| -> (Option<String>, Option<String>) {
        let row = "SELECT name, email FROM traffic_user WHERE external_id = 'ann'";
        hearth.file().query_row(row, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    let batches = [
        vec![told(None, Some("a@example"))],
        vec![told(Some("A"), None), told(Some("Ann"), None), told(None, None)],
        vec![told(None, Some("ann@example"))],
    ];
    let expected = [(None, Some("a@example")), (Some("Ann"), Some("a@example")), (Some("Ann"), Some("ann@example"))];
    let last = told(Some("Anna"), None);
    for (batch, (name, email)) in batches.into_iter().zip(expected) {
        store(&hearth, batch);
        assert_eq!(known(&hearth), (name.map(Into::into), email.map(Into::into)));
    }
    hearth.restart();
    store(&hearth, vec![last]);
    assert_eq!(known(&hearth), (Some("Anna".into()), Some("ann@example".into())));
}
