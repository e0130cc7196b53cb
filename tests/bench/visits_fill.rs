//! Fills a database with a year of visits and of proxied requests, through the store as the doors do, and measures what the
//! questions about visits take.
//!
//! Usage: `visits_fill --data FILE --events N --requests N [--runs N]`. Ten events make a visit: page views, clicks, a scroll
//! and now and then an event with a name. Both are spread evenly over twelve months that end at [`END_MS`]; the same
//! arguments make the same data. A file that is filled already is only measured. Prints as JSON whose it is, how fast
//! it was filled, and what each question took, in milliseconds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a tool of the benchmarks")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use hearth::config::{self, Config, Overrides, Surroundings};
use hearth::domain::Batch;
use hearth::domain::clock::{Clock, ManualClock};
use hearth::domain::heat::{Detail, HeatBatch, HeatEvent, Kind, Place, ProjectRef, SessionFacts, UserFacts};
use hearth::domain::id::{ClientId, ProjectId};
use hearth::domain::period::{Grain, Interval};
use hearth::domain::text::Texts;
use hearth::domain::traffic::{Protocol, TrafficBatch, TrafficRecord};
use hearth::domain::visit::GoalKind;
use hearth::query::visits::breakdown::{Part, Sort, breakdown};
use hearth::query::visits::filter::{Dimension, Operator, VisitFilter};
use hearth::query::visits::first_data::data_spans;
use hearth::query::visits::list::list;
use hearth::query::visits::now::now;
use hearth::query::visits::overview::{Wanted, overview};
use hearth::query::visits::page::{WantedPage, page};
use hearth::query::visits::scope::Scope;
use hearth::store::registry;
use hearth::store::visits::sealing;
use hearth::store::{Store, StoreError, connection, goals};
use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

/// 2026-11-21T12:00:00Z.
const END_MS: i64 = 1_795_262_400_000;

const DAY_MS: i64 = 24 * 3_600_000;

const YEAR_MS: i64 = 365 * DAY_MS;

const EVENTS_PER_VISIT: u64 = 10;

/// Visits that are sent at the same time.
const TOGETHER: u64 = 256;

/// Requests of one batch.
const REQUESTS_TOGETHER: u64 = 5_000;

const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
];

const REFERRERS: [&str; 8] = [
    "",
    "",
    "",
    "https://www.google.com/",
    "https://www.bing.com/",
    "https://t.co/x",
    "https://news.ycombinator.com/item",
    "https://blog.example/post",
];

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

    /// A number of which small ones are more frequent.
    fn popular(&mut self, end: u64) -> u64 {
        self.below(end).min(self.below(end)).min(self.below(end))
    }

    fn pick<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of the present fit a double")]
fn double(ms: i64) -> f64 {
    ms as f64
}

/// One visit that begins at a moment.
fn visit(project: ProjectId, number: u64, visits: u64, began_ms: i64) -> HeatBatch {
    let mut numbers = Numbers(number);
    let mut texts = Texts::default();
    // Two visits of a visitor on average.
    let visitor = numbers.below(visits.div_ceil(2).max(1));
    let agent = AGENTS[usize::try_from(visitor % 6).unwrap()];
    let context = |meta: &Value| {
        let device = json!({"ua": agent, "platform": "x", "language": "en"});
        json!({"viewport": {"w": 1366, "h": 768}, "device": device, "meta": meta}).to_string()
    };
    let mut first = json!({"host": "shop.example", "title": "Shop", "referrer": numbers.pick(&REFERRERS)});
    if numbers.below(5) == 0 {
        first["query"] =
            format!("utm_source=partner-{}&utm_medium=cpc&utm_campaign=c-{}", numbers.below(12), numbers.popular(60))
                .into();
    }
    let (first, later) =
        (texts.add(&context(&first)), texts.add(&context(&json!({"host": "shop.example", "title": "Shop"}))));
    let bucket = texts.add("1400x800");
    let mut path = texts.add("/");
    let mut at_ms = began_ms;
    let event = |kind: Kind, ts: i64, path, at: u64, meta_json, target, place| HeatEvent {
        kind,
        ts: double(ts),
        event_id: ClientId::Uuid(*Uuid::from_u64_pair(number, at).as_bytes()),
        path,
        meta_json,
        bucket: Some(bucket),
        target,
        detail: Detail::None,
        place,
    };
    let mut events = Vec::new();
    for at in 0..EVENTS_PER_VISIT {
        let meta = if at == 0 { first } else { later };
        let what = if at == 0 { 0 } else { numbers.below(10) };
        events.push(match what {
            0..=2 => {
                path = match numbers.popular(400) {
                    0 => texts.add("/"),
                    page if page < 30 => texts.add(&format!("/section/{page}")),
                    page => texts.add(&format!("/section/{}/item/{page}", page % 30)),
                };
                event(Kind::Pageview, at_ms, path, at, meta, Some(path), Place::Nowhere)
            }
            3 => {
                let name = texts.add(numbers.pick(&["signup", "added to cart", "video played", "search"]));
                event(Kind::Custom, at_ms, path, at, meta, Some(name), Place::Nowhere)
            }
            4 => event(Kind::Scroll, at_ms, path, at, meta, None, Place::Depth { scroll_y: 400.0, depth: 40.0 }),
            _ => {
                let place = Place::Point { x: double(at_ms % 1_300), y: double(at_ms % 2_000) };
                event(Kind::Click, at_ms, path, at, meta, Some(texts.add("#main > a.button")), place)
            }
        });
        at_ms += 1_000 + i64::try_from(numbers.below(60_000)).unwrap();
    }
    // A third of the visitors are known by name.
    let user = visitor.is_multiple_of(3).then(|| UserFacts {
        external_id: format!("user-{visitor}").into(),
        traits_json: None,
        proven: false,
    });
    let session = SessionFacts {
        external_id: ClientId::Uuid(*Uuid::from_u64_pair(u64::MAX, number).as_bytes()),
        address_hash: Some(u128::from(visitor).to_le_bytes()),
        country: hearth::domain::country::Country::UNKNOWN,
        first_path: texts.add("/"),
        user_agent: Some(texts.add(agent)),
        device_json: texts.add("{}"),
        client_json: None,
        started_at: Some(double(began_ms)),
        last_seen_at: Some(double(at_ms)),
    };
    HeatBatch { project: ProjectRef::Known(project), received_at_ms: at_ms, session, user, texts, events }
}

fn request(numbers: &mut Numbers, project: ProjectId, ended_at_ms: i64) -> TrafficRecord {
    let route = numbers.popular(50);
    let magnitude = numbers.below(13);
    let duration_us = 300 + numbers.below(256 << magnitude);
    let user = numbers.below(2_000);
    TrafficRecord {
        id: 0,
        project,
        ended_at_ms,
        created_at_ms: 0,
        duration_us,
        first_byte_us: Some(duration_us / 2),
        upstream_us: None,
        method: numbers.pick(&["GET", "GET", "GET", "POST"]).into(),
        route: format!("/section/{route}/:id").into(),
        host: "shop.example".into(),
        original_url: format!("/section/{route}/{}", numbers.below(1_000)).into(),
        status: [200, 200, 200, 200, 200, 200, 304, 404, 301, 500][usize::try_from(numbers.below(10)).unwrap()],
        is_slow: duration_us >= 1_000_000,
        failure: None,
        protocol: Protocol::Http11,
        bytes_in: 0,
        bytes_out: numbers.below(20_000),
        user: None,
        session_id: Some(format!("s-{user}").into()),
        country: hearth::domain::country::Country::UNKNOWN,
        ip: None,
        user_agent: Some(AGENTS[usize::try_from(user % 6).unwrap()].into()),
        referrer: None,
        trace_id: None,
    }
}

async fn fill(config: &Config, events: u64, requests: u64) -> Value {
    let clock = Arc::new(ManualClock::at(END_MS - YEAR_MS));
    let store = Store::open(&config.storage, clock.clone()).unwrap();
    let file = connection::open_writer(&config.storage).unwrap();
    let project = registry::add_project(&file, "Bench", clock.now_ms()).unwrap();
    for (name, kind, pattern) in [
        ("Signed up", GoalKind::Event, "signup"),
        ("Looked at an item", GoalKind::Page, "/section/1/item/*"),
        ("Put into the cart", GoalKind::Event, "added*"),
    ] {
        goals::add(&file, project.project, (name, kind, pattern), clock.now_ms()).unwrap();
    }
    let started = Instant::now();
    let visits = events.div_ceil(EVENTS_PER_VISIT).max(1);
    let at = |number: u64, count: u64| {
        END_MS - YEAR_MS
            + i64::try_from(u128::from(number) * u128::from(YEAR_MS.unsigned_abs()) / u128::from(count)).unwrap()
    };
    let mut numbers = Numbers(1);
    let mut requested = 0;
    for first in (0..visits).step_by(usize::try_from(TOGETHER).unwrap()) {
        let last = (first + TOGETHER).min(visits);
        // Visits last some minutes: what is sent has happened.
        clock.advance_ms(at(last, visits) - clock.now_ms());
        let batches = (first..last).map(|number| {
            let began_ms = at(number, visits) - 11 * 60_000;
            store.submit(Batch::Heat(Box::new(visit(project.project, number, visits, began_ms))))
        });
        let sent = futures_util::future::join_all(batches).await;
        assert!(sent.into_iter().all(|sent| sent.is_ok()));
        let due = u64::try_from(u128::from(requests) * u128::from(last) / u128::from(visits)).unwrap();
        while due - requested >= REQUESTS_TOGETHER || (last == visits && due > requested) {
            let count = REQUESTS_TOGETHER.min(due - requested);
            let records = (0..count).map(|_| request(&mut numbers, project.project, clock.now_ms())).collect();
            store.submit(Batch::Traffic(TrafficBatch { records })).await.unwrap();
            requested += count;
        }
    }
    let sent_s = started.elapsed().as_secs_f64();
    store.close().await.unwrap();
    let made_s = started.elapsed().as_secs_f64();
    while let Some((project, day)) = sealing::next(&file, END_MS + DAY_MS / 48).unwrap() {
        file.execute_batch("BEGIN IMMEDIATE").unwrap();
        sealing::seal(&file, project, day).unwrap();
        file.execute_batch("COMMIT").unwrap();
    }
    file.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE").unwrap();
    json!({
        "project": project.project_uuid, "endMs": END_MS, "events": visits * EVENTS_PER_VISIT,
        "requests": requests, "sentSeconds": sent_s, "madeSeconds": made_s, "sealedSeconds": started.elapsed().as_secs_f64(),
        "bytes": std::fs::metadata(&config.storage.path).unwrap().len(),
    })
}

/// The median, and the time that one in twenty runs exceeds.
fn measured(runs: usize, ask: impl Fn() -> Result<(), StoreError>) -> Value {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let started = Instant::now();
            ask().unwrap();
            started.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let round = |ms: f64| (ms * 100.0).round() / 100.0;
    json!({"p50": round(times[times.len() / 2]), "p95": round(times[times.len() * 19 / 20])})
}

fn measure(file: &Connection, project: ProjectId, runs: usize) -> Value {
    let mut figures = serde_json::Map::new();
    let lists = [
        Dimension::Page,
        Dimension::EntryPage,
        Dimension::Channel,
        Dimension::Referrer,
        Dimension::Campaign,
        Dimension::Device,
        Dimension::Browser,
        Dimension::Event,
    ]
    .map(|dimension| (dimension, 10));
    let filter = |dimension, operator, value: &str| VisitFilter { dimension, operator, value: value.to_owned() };
    for (name, days) in [("today", 1), ("7d", 7), ("28d", 28), ("90d", 90), ("12mo", 366)] {
        let end_ms = (END_MS / DAY_MS + 1) * DAY_MS;
        let interval = Interval { from_ms: end_ms - days * DAY_MS, to_ms: end_ms };
        let bounds = Grain::fitting(interval).bounds(interval, &TimeZone::UTC).unwrap();
        let scope = |filters: &[VisitFilter]| Scope { project, interval, filters: filters.to_vec() };
        let plain = scope(&[]);
        let narrow = scope(&[
            filter(Dimension::Page, Operator::Contains, "item"),
            filter(Dimension::Device, Operator::Is, "phone"),
        ]);
        let mut note = |question: &str, figure: Value| figures.insert(format!("{name} {question}"), figure);
        let look = |scope: &Scope, lists: &[(Dimension, usize)]| {
            overview(file, scope, &Wanted { bounds: &bounds, lists }).map(|_| ())
        };
        note("totals", measured(runs, || look(&plain, &[])));
        note("overview", measured(runs, || look(&plain, &lists)));
        note("overview, filtered", measured(runs, || look(&narrow, &lists)));
        let part = Part { sort: Sort::Views, descending: true, offset: 0, limit: 50 };
        note("pages", measured(runs, || breakdown(file, &plain, Dimension::Page, part).map(|_| ())));
        note("list", measured(runs, || list(file, &plain, None, 50).map(|_| ())));
        note("list, filtered", measured(runs, || list(file, &narrow, None, 50).map(|_| ())));
        let wanted = WantedPage { path: "/section/1", bounds: &bounds, neighbours: 20 };
        note("page", measured(runs, || page(file, &plain, wanted).map(|_| ())));
        note("goals", measured(runs, || hearth::query::visits::goals::goals(file, &plain).map(|_| ())));
    }
    figures.insert("now".to_owned(), measured(runs, || now(file, project, END_MS).map(|_| ())));
    figures.insert("first data".to_owned(), measured(runs, || data_spans(file, project, END_MS).map(|_| ())));
    figures.into()
}

fn configured(data: &str) -> Config {
    let overrides =
        Overrides { data: Some(data.to_owned()), set: vec!["storage.min_free=0".to_owned()], ..Overrides::default() };
    config::load_from(&overrides, &Surroundings::default()).map_err(|problems| problems.to_string()).unwrap().config
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value =
        |name: &str| arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    let count = |name: &str, usual: u64| value(name).map_or(usual, |text| text.parse().unwrap());
    let data = value("--data").expect("--data FILE");
    let (events, requests) = (count("--events", 100_000), count("--requests", 0));
    let runs = usize::try_from(count("--runs", 20)).unwrap();
    let config = configured(data);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let filled = if Path::new(data).exists() { Value::Null } else { runtime.block_on(fill(&config, events, requests)) };
    let reader = connection::open_reader(&config.storage).unwrap();
    let project = registry::projects(&reader).unwrap().first().expect("a project").id;
    let counted = "SELECT (SELECT COUNT(*) FROM visit), (SELECT SUM(LENGTH(data)) FROM visit_chunk)";
    let (visits, chunk_bytes): (u64, Option<u64>) =
        reader.query_row(counted, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    println!(
        "{}",
        json!({"filled": filled, "visits": visits, "chunkBytes": chunk_bytes, "ms": measure(&reader, project, runs)})
    );
}
