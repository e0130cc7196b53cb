//! Proxied requests for tests: made, stored, and counted by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hearth::domain::Batch;
use hearth::domain::clock::Clock;
use hearth::domain::id::ProjectId;
use hearth::domain::traffic::{Failure, Protocol, TrafficBatch, TrafficRecord, TrafficUser};
use hearth::store::registry::find_project;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::installation::{Hearth, Project};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// The row id of a project.
pub fn row_id(hearth: &Hearth, project: &Project) -> ProjectId {
    let uuid = Uuid::try_parse(&project.id).unwrap();
    hearth.store().read(|file| Ok(find_project(file, uuid)?)).unwrap().unwrap()
}

/// A plain request of the first project, that ends now.
pub fn request(hearth: &Hearth, method: &str, route: &str, status: u16, duration_us: u64) -> TrafficRecord {
    TrafficRecord {
        id: 0,
        project: row_id(hearth, &hearth.project),
        ended_at_ms: hearth.clock.now_ms(),
        created_at_ms: 0,
        duration_us,
        first_byte_us: None,
        upstream_us: None,
        method: method.into(),
        route: route.into(),
        host: "app.test".into(),
        original_url: route.into(),
        status,
        is_slow: duration_us >= 1_000_000,
        failure: None,
        protocol: Protocol::Http11,
        bytes_in: 0,
        bytes_out: 0,
        user: None,
        session_id: None,
        country: hearth::domain::country::Country::UNKNOWN,
        ip: None,
        user_agent: None,
        referrer: None,
        trace_id: None,
    }
}

pub fn user(id: &str) -> TrafficUser {
    TrafficUser { id: id.into(), name: None, email: None }
}

/// Stores requests as the recorder does, in one batch; they are stored at what the clock shows.
pub fn store(hearth: &Hearth, records: Vec<TrafficRecord>) {
    hearth.runtime.block_on(hearth.store().submit(Batch::Traffic(TrafficBatch { records }))).unwrap();
}

/// The same numbers every time.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end` (`SplitMix64`).
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }
}

/// Everything that was stored for one project, in the order of insertion.
pub struct Model {
    pub records: Vec<TrafficRecord>,
}

impl Model {
    /// Stores random requests over about two days, in small batches.
    pub fn fill(hearth: &Hearth, seed: u64, batches: usize) -> Self {
        let mut random = Random::new(seed);
        let mut records: Vec<TrafficRecord> = Vec::new();
        for _ in 0..batches {
            hearth.clock.advance_ms(i64::try_from(random.below(40 * 60_000)).unwrap());
            let now_ms = hearth.clock.now_ms();
            let count = random.below(8) + 1;
            let mut batch: Vec<_> = (0..count).map(|_| random_request(hearth, &mut random)).collect();
            store(hearth, batch.clone());
            batch.sort_by_key(|record| record.ended_at_ms);
            for mut record in batch {
                record.id = i64::try_from(records.len()).unwrap() + 1;
                record.created_at_ms = now_ms;
                records.push(record);
            }
        }
        Self { records }
    }

    /// The records from one minute to another, both whole.
    pub fn minutes(&self, from_ms: i64, to_ms: i64) -> Self {
        self.between(from_ms, to_ms, MINUTE_MS)
    }

    /// The records from one hour to another, both whole.
    pub fn hours(&self, from_ms: i64, to_ms: i64) -> Self {
        self.between(from_ms, to_ms, HOUR_MS)
    }

    fn between(&self, from_ms: i64, to_ms: i64, length_ms: i64) -> Self {
        let range = from_ms.div_euclid(length_ms)..=to_ms.div_euclid(length_ms);
        self.only(|record| range.contains(&record.created_at_ms.div_euclid(length_ms)))
    }

    pub fn only(&self, is_wanted: impl Fn(&TrafficRecord) -> bool) -> Self {
        Self { records: self.records.iter().filter(|record| is_wanted(record)).cloned().collect() }
    }

    /// Ids, newest first.
    pub fn ids(&self) -> Vec<i64> {
        let mut places: Vec<_> = self.records.iter().map(|record| (record.created_at_ms, record.id)).collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        places.into_iter().map(|(_, id)| id).collect()
    }

    pub fn count(&self) -> u64 {
        self.records.len() as u64
    }

    pub fn errors(&self) -> u64 {
        self.only(|record| record.status >= 400).count()
    }

    pub fn slow(&self) -> u64 {
        self.only(|record| record.is_slow).count()
    }

    /// Milliseconds with three decimals, as JSON has them; 0 of nothing.
    pub fn average_ms(&self) -> Value {
        let sum: u64 = self.records.iter().map(|record| record.duration_us).sum();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        number((sum as f64 / self.count().max(1) as f64).round() / 1000.0)
    }

    pub fn max_ms(&self) -> Value {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        number(self.records.iter().map(|record| record.duration_us).max().unwrap_or_default() as f64 / 1000.0)
    }

    pub fn users(&self) -> BTreeSet<String> {
        self.records.iter().filter_map(|record| Some(record.user.as_ref()?.id.to_string())).collect()
    }

    /// Counts by status.
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        self.count_by(|record| Some(record.status))
    }

    pub fn count_by<K: Ord>(&self, key: impl Fn(&TrafficRecord) -> Option<K>) -> BTreeMap<K, u64> {
        let mut counts = BTreeMap::new();
        for key in self.records.iter().filter_map(key) {
            *counts.entry(key).or_default() += 1;
        }
        counts
    }

    /// The records of each route and method, as lists name it.
    pub fn by_route(&self) -> BTreeMap<(String, String), Self> {
        let key = |record: &TrafficRecord| (record.route.to_string(), method_name(&record.method).to_owned());
        let keys: BTreeSet<_> = self.records.iter().map(key).collect();
        keys.into_iter().map(|wanted| (wanted.clone(), self.only(|record| key(record) == wanted))).collect()
    }

    /// The duration in milliseconds at a quantile, by nearest rank.
    pub fn quantile_ms(&self, percent: usize) -> f64 {
        let mut durations: Vec<_> = self.records.iter().map(|record| record.duration_us).collect();
        durations.sort_unstable();
        let rank = (durations.len() * percent).div_ceil(100).max(1);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let ms = durations[rank - 1] as f64 / 1000.0;
        ms
    }
}

/// Methods that are not registered are one in all counts.
pub fn method_name(method: &str) -> &str {
    if method == "BREW" { "_OTHER" } else { method }
}

/// A number as JavaScript writes it.
pub fn number(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "compared with what it was made of")]
    let whole = number as i64;
    #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "whole or not")]
    if whole as f64 == number { json!(whole) } else { json!(number) }
}

fn random_request(hearth: &Hearth, random: &mut Random) -> TrafficRecord {
    let method = random.one_of(&["GET", "GET", "GET", "POST", "DELETE", "BREW"]);
    let route = random.one_of(&["/", "/users/:id", "/api/products", "/api/products/:id", "/rare"]);
    let status = random.one_of(&[200, 200, 200, 201, 204, 301, 304, 404, 404, 422, 500, 502]);
    let longest_us = random.one_of(&[2_000, 300_000, 3_000_000]);
    let duration_us = random.below(longest_us) + 1;
    let mut record = request(hearth, method, route, status, duration_us);
    record.ended_at_ms -= i64::try_from(random.below(500)).unwrap();
    record.original_url = format!("/users/{}?page={}", random.below(1_000), random.below(9)).into();
    record.bytes_in = random.below(100);
    record.bytes_out = random.below(100_000);
    record.first_byte_us = Some(duration_us / 2);
    record.failure = (status == 502).then_some(Failure::UpstreamRefused);
    let user = random.one_of(&[None, Some("1"), Some("2"), Some("ünï/3"), Some("4")]);
    record.user = user.map(|id| TrafficUser {
        id: id.into(),
        name: Some(format!("Name {id}").into()),
        email: (id == "1").then(|| "one@example.org".into()),
    });
    record.session_id = random.one_of(&[None, Some("s-1"), Some("s-2"), Some("s-3")]).map(Into::into);
    record.user_agent = random.one_of(&[None, Some("Browser/1"), Some("curl/8")]).map(Arc::from);
    record.ip = random.one_of(&[None, Some("192.0.2.1"), Some("2001:db8::1")]).map(Into::into);
    record
}
