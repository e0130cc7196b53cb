//! Fills a database with recorded requests, through the store as the proxy does, on a clock that is moved.
//!
//! Usage: `traffic_fill DATABASE COUNT`. The requests are spread evenly over a week that ends at
//! [`END_MS`]; the same arguments make the same requests. Prints as JSON how
//! to read them, and how many rows a second were stored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a tool of the benchmarks")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use hearth::config::{self, Overrides, Surroundings};
use hearth::domain::Batch;
use hearth::domain::clock::{Clock, ManualClock};
use hearth::domain::id::ProjectId;
use hearth::domain::traffic::{Protocol, TrafficBatch, TrafficRecord, TrafficUser};
use hearth::store::registry::{self, Secret};
use hearth::store::{Store, connection};
use serde_json::json;

/// 2026-11-01T00:00:00Z.
const END_MS: i64 = 1_793_491_200_000;

/// How many batches the requests come in: one every five minutes, for a week.
const BATCHES: u64 = 7 * 24 * 12;

const MS_PER_BATCH: i64 = 300_000;

const ROUTES: u64 = 50;

/// Half of them are known by name.
const USERS: u64 = 2_000;

const METHODS: [&str; 4] = ["GET", "GET", "GET", "POST"];
const STATUSES: [u16; 20] =
    [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 204, 304, 304, 301, 404, 404, 401, 200, 500];

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % end
    }
}

/// The texts that records share.
struct Texts {
    methods: Vec<Arc<str>>,
    routes: Vec<Arc<str>>,
    agents: Vec<Arc<str>>,
    host: Arc<str>,
}

fn record(numbers: &mut Numbers, texts: &Texts, project: ProjectId, ended_at_ms: i64) -> TrafficRecord {
    // Some routes are asked for far more often than others.
    let route = numbers.below(ROUTES).min(numbers.below(ROUTES)).min(numbers.below(ROUTES));
    let pick = |list: &[Arc<str>], at: u64| Arc::clone(&list[usize::try_from(at).unwrap() % list.len()]);
    let user = numbers.below(USERS);
    let magnitude = numbers.below(13);
    let duration_us = 300 + numbers.below(256 << magnitude);
    TrafficRecord {
        id: 0,
        project,
        ended_at_ms,
        created_at_ms: 0,
        duration_us,
        first_byte_us: Some(duration_us / 2),
        upstream_us: Some(duration_us - 200),
        method: pick(&texts.methods, numbers.below(4)),
        route: pick(&texts.routes, route),
        host: Arc::clone(&texts.host),
        original_url: format!("/section/{route}/{}?page={}", numbers.below(100_000), numbers.below(20)).into(),
        status: STATUSES[usize::try_from(numbers.below(20)).unwrap()],
        is_slow: duration_us >= 1_000_000,
        failure: None,
        protocol: Protocol::Http11,
        bytes_in: 0,
        bytes_out: numbers.below(20_000),
        user: user.is_multiple_of(2).then(|| TrafficUser {
            id: format!("user-{user}").into(),
            name: Some(format!("Name {user}").into()),
            email: None,
        }),
        // A session of each user an hour.
        session_id: Some(format!("5f0c7a50-1111-4222-8333-{user:05}{:07}", ended_at_ms / 3_600_000).into()),
        country: hearth::domain::country::Country::UNKNOWN,
        ip: None,
        user_agent: Some(pick(&texts.agents, user)),
        referrer: None,
        trace_id: None,
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().expect("DATABASE"));
    let count: u64 = arguments.next().expect("COUNT").parse().unwrap();

    let overrides = Overrides {
        data: Some(path.display().to_string()),
        set: vec!["storage.min_free=0".to_owned()],
        ..Overrides::default()
    };
    let config = config::load_from(&overrides, &Surroundings::default())
        .map_err(|problems| problems.to_string())
        .unwrap()
        .config;
    let clock = Arc::new(ManualClock::at(END_MS - i64::try_from(BATCHES).unwrap() * MS_PER_BATCH));
    let texts = Texts {
        methods: METHODS.map(Arc::from).to_vec(),
        routes: (0..ROUTES).map(|n| format!("/section/{n}/:id").into()).collect(),
        agents: (0..50)
            .map(|n| format!("Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0").into())
            .collect(),
        host: "app.example".into(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&config.storage, clock.clone()).unwrap();
        let file = connection::open_writer(&config.storage).unwrap();
        let project = registry::add_project(&file, "Bench", clock.now_ms()).unwrap();
        let token = registry::create_secret(&file, Secret::ReadToken, project.project, clock.now_ms()).unwrap();
        drop(file);
        let mut numbers = Numbers(1);
        let started = Instant::now();
        for batch in 0..BATCHES {
            let size = count * (batch + 1) / BATCHES - count * batch / BATCHES;
            let records = (0..size).map(|_| record(&mut numbers, &texts, project.project, clock.now_ms())).collect();
            store.submit(Batch::Traffic(TrafficBatch { records })).await.unwrap();
            clock.advance_ms(MS_PER_BATCH);
        }
        store.close().await.unwrap();
        #[expect(clippy::cast_precision_loss, reason = "a figure")]
        let rate = count as f64 / started.elapsed().as_secs_f64();
        println!(
            "{}",
            json!({"project": project.project_uuid, "token": token, "endMs": END_MS, "rowsPerSecond": rate.round()})
        );
    });
}
