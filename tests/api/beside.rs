//! A second writer beside the server: both write the same sessions, users, texts and event ids, and every answer is what
//! one writer alone would have given.

use std::collections::HashMap;

use hearth::domain::Batch;
use hearth::domain::clock::Clock;
use hearth::domain::country::Country;
use hearth::domain::heat::{HeatBatch, ProjectRef, SessionFacts, UserFacts};
use hearth::domain::id::{ClientId, ProjectId};
use hearth::domain::import::{ImportProgress, Imported, SourceIdentity};
use hearth::domain::track::TrackBatch;
use hearth::domain::traffic::{TrafficBatch, TrafficRecord};
use hearth::intake::heat::decode::{DecodeRules, decode};
use hearth::store::import_sources::{self, KnownSource};
use hearth::store::{Store, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::installation::Hearth;
use crate::payload::{NOW_MS, THEN_MS, batch, click_at, event, movement, with};
use crate::track_attribution_world::{event as app_event, of};
use crate::traffic_model::{Random, request, row_id, user};
use crate::traffic_rollups::assert_exact;

/// What a test sends: the same numbers make the same batches.
struct World<'h> {
    hearth: &'h Hearth,
    project: ProjectId,
    rules: DecodeRules,
    random: Random,
}

impl<'h> World<'h> {
    fn new(hearth: &'h Hearth, seed: u64) -> Self {
        let project = row_id(hearth, &hearth.project);
        let rules = DecodeRules::new(&hearth.config.heat, &hearth.config.privacy);
        Self { hearth, project, rules, random: Random::new(seed) }
    }

    fn next(&mut self) -> Batch {
        match self.random.below(3) {
            0 => self.heat(),
            1 => self.track(),
            _ => self.traffic(),
        }
    }

    /// Events of one of a few sessions, now and then of some that were sent before.
    fn heat(&mut self) -> Batch {
        let session = format!("s-{}", self.random.below(6));
        let mut events = Vec::new();
        for _ in 0..=self.random.below(4) {
            let number = self.random.below(400);
            let (id, ms) = (format!("e-{number}"), i64::try_from(number * 37).unwrap());
            let path = json!({"path": format!("/page/{}", number % 7)});
            let at = i64::try_from(number % 90).unwrap() * 10;
            events.push(match number % 4 {
                0 => with(click_at(&id, ms, at, at * 2), &path),
                1 => with(movement(&id, ms, &[(at, 5, 0), (at + 9, 8, 16), (at, 3, 32)]), &path),
                2 => with(event("pageview", &id, ms, &json!({"to": format!("/page/{}", number % 7)})), &path),
                _ => with(event("custom", &id, ms, &json!({"name": format!("name {}", number % 5)})), &path),
            });
        }
        let user = self.random.one_of(&[None, Some("ada"), Some("bob")]);
        let mut body = batch(&session, &events);
        if let Some(user) = user {
            body["user"] = json!({"id": user, "traits": {"plan": self.random.below(3)}});
        }
        let decoded = decode(&body.to_string(), &self.rules).unwrap();
        Batch::Heat(Box::new(HeatBatch {
            project: ProjectRef::Known(self.project),
            received_at_ms: self.hearth.clock.now_ms(),
            session: SessionFacts {
                external_id: ClientId::new(&decoded.session_id),
                address_hash: None,
                first_path: decoded.first_path,
                user_agent: decoded.device_ua,
                device_json: decoded.device_json,
                client_json: None,
                country: Country::UNKNOWN,
                started_at: decoded.started_at,
                last_seen_at: decoded.last_seen_at,
            },
            user: decoded.user.map(|user| UserFacts {
                external_id: user.id.into(),
                traits_json: user.traits_json.map(String::into_boxed_str),
                proven: false,
            }),
            texts: decoded.texts,
            events: decoded.events,
        }))
    }

    fn track(&mut self) -> Batch {
        let mut events = Vec::new();
        for _ in 0..=self.random.below(3) {
            let number = self.random.below(300);
            let name = format!("name {}", number % 5);
            let mut told = app_event(&name, THEN_MS + i64::try_from(number * 41).unwrap());
            told.id = Some(format!("t-{number}").into());
            let user = self.random.one_of(&[None, Some("ada"), Some("cy")]);
            let anonymous = format!("anon-{}", self.random.below(4));
            events.push(of(told, user, Some(&anonymous), Some(&format!("sess-{}", number % 4))));
        }
        Batch::Track(Box::new(TrackBatch {
            project: self.project,
            received_at_ms: self.hearth.clock.now_ms(),
            remembered_for_ms: None,
            address_hash: None,
            country: Country::UNKNOWN,
            events,
            quarantined: Vec::new(),
            max_quarantined: 0,
        }))
    }

    fn traffic(&mut self) -> Batch {
        let mut records = Vec::new();
        for _ in 0..=self.random.below(5) {
            let route = self.random.one_of(&["/", "/users/:id", "/page/1"]);
            let status = self.random.one_of(&[200, 204, 404, 500]);
            let duration_us = self.random.below(2_000_000);
            let name = self.random.one_of(&["ada", "bob", "dee"]);
            records.push(TrafficRecord {
                user: (self.random.below(3) > 0).then(|| user(name)),
                session_id: Some(format!("r-{}", self.random.below(5)).into()),
                ..request(self.hearth, self.random.one_of(&["GET", "POST"]), route, status, duration_us)
            });
        }
        Batch::Traffic(TrafficBatch { records })
    }
}

fn open_beside(hearth: &Hearth) -> Store {
    hearth.runtime.block_on(async { Store::open_beside(&hearth.config.storage, hearth.clock.clone()).unwrap() })
}

fn close(hearth: &Hearth, store: &Store) {
    hearth.runtime.block_on(store.close()).unwrap();
}

/// Every answer, without ids that are made up: each is a number in the order in which they are met.
fn answers(hearth: &Hearth) -> Vec<(String, Value)> {
    let mut names = HashMap::new();
    let mut told = Vec::new();
    let heat = ["events?limit=1000", "sessions?limit=200", "heatmap?type=all", "heatmap?type=click&path=/page/4"];
    for rest in heat {
        told.push((rest.to_owned(), hearth.get_heat(rest).ok().json()));
    }
    let own = [
        "totals",
        "track/events?limit=200",
        "track/totals",
        "track/sessions",
        "persons?limit=200",
        "persons/user:ada",
        "traffic",
        "traffic/routes",
        "traffic/users",
        "traffic/users/ada",
        "traffic/requests?limit=200",
        "visits/totals",
        "visits?limit=100",
        "visits/breakdown?by=page",
        "heatmaps",
        "sessions/s-1",
        "sessions/s-2/timeline",
    ];
    for rest in own {
        let answer = hearth.get_own(rest);
        assert_eq!(answer.status, 200, "{rest}: {}", answer.text());
        told.push((rest.to_owned(), answer.json()));
    }
    for (_, answer) in &mut told {
        number_ids(answer, &mut names);
    }
    told
}

/// Replaces UUIDs and opaque cursors.
fn number_ids(value: &mut Value, names: &mut HashMap<String, usize>) {
    match value {
        Value::String(text) if Uuid::try_parse(text).is_ok() => {
            let next = names.len();
            *text = format!("id {}", names.entry(text.clone()).or_insert(next));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| number_ids(item, names)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                // Cursors hold sequence numbers, which may have gaps.
                if !key.to_lowercase().contains("cursor") && key != "next" && key != "seq" {
                    number_ids(value, names);
                } else if !value.is_null() {
                    *value = json!("somewhere");
                }
            }
        }
        _ => {}
    }
}

/// Fills a Hearth through its own writer, and through one beside it if `is_beside`.
fn filled(seed: u64, is_beside: bool) -> Hearth {
    let mut hearth = Hearth::start();
    let mut requests = 0;
    {
        let beside = is_beside.then(|| open_beside(&hearth));
        let mut choice = Random::new(seed + 1);
        let mut world = World::new(&hearth, seed);
        for _ in 0..150 {
            hearth.clock.advance_ms(i64::try_from(world.random.below(20_000)).unwrap());
            let batch = world.next();
            if let Batch::Traffic(batch) = &batch {
                requests += i64::try_from(batch.records.len()).unwrap();
            }
            let store = beside.as_ref().filter(|_| choice.below(2) == 0).unwrap_or(hearth.store());
            hearth.runtime.block_on(store.submit(batch)).unwrap();
        }
        if let Some(beside) = beside {
            close(&hearth, &beside);
        }
    }
    assert_exact(&mut hearth, requests);
    hearth.restart();
    assert_eq!(hearth.count_rows("visit_due"), 0);
    hearth
}

#[test]
fn two_writers_give_the_answers_of_one() {
    for seed in [1, 2, 3] {
        let (one, two) = (filled(seed, false), filled(seed, true));
        for ((what, of_one), (_, of_two)) in answers(&one).into_iter().zip(answers(&two)) {
            assert_eq!(of_one, of_two, "seed {seed}: {what}");
        }
    }
}

#[test]
fn writers_at_the_same_time_lose_nothing_and_number_nothing_twice() {
    let mut hearth = Hearth::start();
    let beside = open_beside(&hearth);
    let mut requests = 0;
    let mut clicks = 0_u64;
    for seed in 0..40 {
        let (mut one, mut two) = (World::new(&hearth, seed), World::new(&hearth, seed + 100));
        let pair = [(hearth.store(), one.traffic()), (&beside, two.traffic())];
        for (_, batch) in &pair {
            let Batch::Traffic(batch) = batch else { unreachable!() };
            requests += i64::try_from(batch.records.len()).unwrap();
        }
        let [(first, a), (second, b)] = pair;
        let of = |name: String, seed: u64| {
            let events: Vec<_> = (0..3)
                .map(|at| click_at(&format!("{name}-{at}"), i64::try_from(seed * 10 + at).unwrap(), 1, 2))
                .collect();
            let decoded = decode(&batch("together", &events).to_string(), &one.rules).unwrap();
            let Batch::Heat(mut heat) = World::new(&hearth, 0).heat() else { unreachable!() };
            heat.session.external_id = ClientId::new("together");
            (heat.session.first_path, heat.session.device_json) = (decoded.first_path, decoded.device_json);
            (heat.session.user_agent, heat.user) = (None, None);
            (heat.texts, heat.events) = (decoded.texts, decoded.events);
            Batch::Heat(heat)
        };
        let (c, d) = (of(format!("one-{seed}"), seed), of(format!("two-{seed}"), seed));
        clicks += 6;
        hearth.runtime.block_on(async {
            let (a, b, c, d) = tokio::join!(first.submit(a), second.submit(b), first.submit(c), second.submit(d));
            for result in [a, b, c, d] {
                assert_eq!(result.unwrap().duplicates, 0);
            }
        });
    }
    close(&hearth, &beside);
    assert_exact(&mut hearth, requests);
    hearth.restart();
    assert_eq!(hearth.get_heat("heatmap").ok().json()["meta"]["total"], clicks);
    let rows: (u64, u64) = hearth
        .file()
        .query_row("SELECT COUNT(*), COUNT(DISTINCT seq) FROM heat_event", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(rows, (clicks, clicks));
    assert_eq!(hearth.count_rows("heat_session"), 1);
}

#[test]
fn a_file_that_is_not_there_is_not_made_and_a_second_one_beside_is_refused() {
    let hearth = Hearth::start();
    let beside = open_beside(&hearth);
    let open = |config: &hearth::config::Storage| {
        hearth.runtime.block_on(async { Store::open_beside(config, hearth.clock.clone()) }).err()
    };
    assert!(matches!(open(&hearth.config.storage), Some(StoreError::InUse(_))));
    close(&hearth, &beside);
    assert!(open(&hearth.config.storage).is_none(), "the place is free again");

    let directory = tempfile::tempdir().unwrap();
    let mut elsewhere = hearth.config.storage.clone();
    elsewhere.path = directory.path().join("nothing.db");
    assert!(matches!(open(&elsewhere), Some(StoreError::NoFile(_))));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_piece_of_an_import_and_its_position_are_stored_together_or_not_at_all() {
    let hearth = Hearth::start();
    let source = SourceIdentity { kind: "test", fingerprint: [9; 32] };
    let project = Some(row_id(&hearth, &hearth.project));
    let piece = |position: u64| {
        let mut world = World::new(&hearth, 7);
        let progress = ImportProgress { source, project, position, read: 2, refused: 1, is_finished: false };
        let batches = vec![world.heat(), world.traffic()];
        hearth.runtime.block_on(hearth.store().submit(Batch::Imported(Box::new(Imported { batches, progress }))))
    };
    let known = || hearth.store().read(|file| import_sources::find(file, &source, project)).unwrap();
    assert_eq!(piece(10).unwrap().duplicates, 0);
    assert_eq!(known(), Some(KnownSource { position: 10, read: 2, refused: 1, is_finished: false }));
    let (events, requests) = (hearth.count_rows("heat_event"), hearth.count_rows("traffic_request"));

    let trigger = "CREATE TRIGGER poison BEFORE INSERT ON traffic_request BEGIN SELECT RAISE(ABORT, 'poisoned'); END";
    hearth.file().execute_batch(trigger).unwrap();
    piece(20).unwrap_err();
    assert_eq!(known().unwrap().position, 10);
    assert_eq!((hearth.count_rows("heat_event"), hearth.count_rows("traffic_request")), (events, requests));

    hearth.file().execute_batch("DROP TRIGGER poison").unwrap();
    assert!(piece(20).unwrap().duplicates > 0, "the heat events were there already");
    assert_eq!(known(), Some(KnownSource { position: 20, read: 4, refused: 2, is_finished: false }));
    assert_eq!(hearth.count_rows("heat_event"), events);
    assert!(NOW_MS <= hearth.clock.now_ms());
}
