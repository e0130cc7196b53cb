//! Fills a database with persons, through the store as the doors of the Datalyr protocol do.
//!
//! Usage: `track_fill DATABASE COUNT`. Each person comes to a page by a campaign, looks at another, is identified with an
//! e-mail address and an id of another system, and every third one buys. Prints as JSON how to read them, and how fast
//! they were stored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a tool of the benchmarks")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use hearth::config::{self, Overrides, Surroundings};
use hearth::domain::Batch;
use hearth::domain::clock::{Clock, SystemClock};
use hearth::domain::id::ProjectId;
use hearth::domain::track::{
    Conversion, EventKind, Identifier, IdentifierKind, Statement, Touch, TrackBatch, TrackEvent, Trait,
};
use hearth::store::registry::{self, Secret};
use hearth::store::{Store, connection};
use serde_json::json;

/// Persons of one batch.
const PERSONS_PER_BATCH: u64 = 200;

const MINUTE_MS: i64 = 60_000;

/// What all events of a person have in common.
struct Visit {
    number: u64,
    began_ms: i64,
}

impl Visit {
    fn user(&self) -> Box<str> {
        format!("user_{}", self.number).into()
    }

    fn anonymous(&self) -> Box<str> {
        format!("anon_{}-1", self.number).into()
    }

    fn event(&self, name: &str, kind: EventKind, minute: i64) -> TrackEvent {
        TrackEvent {
            seq: 0,
            id: Some(format!("{:08x}-{minute:04}-4000-8000-{:012}", self.number, self.number).into()),
            name: name.into(),
            kind,
            time_ms: self.began_ms + minute * MINUTE_MS,
            client_time: None,
            channel: "web".into(),
            library: Some("datalyr-web-sdk".into()),
            library_version: Some("1.7.12".into()),
            user: None,
            anonymous: Some(self.anonymous()),
            device: None,
            session: Some(format!("sess_{:032x}", self.number).into()),
            may_advertise: true,
            is_hidden: false,
            properties: format!(r#"{{"url":"https://shop.example/{}","title":"Shop"}}"#, self.number % 97).into(),
            context: None,
            touch: None,
            conversion: None,
            statements: Vec::new(),
            traits: Vec::new(),
            pairing: None,
        }
    }

    fn events(&self) -> Vec<TrackEvent> {
        let (campaign, source) = (format!("campaign-{}", self.number % 40), format!("source-{}", self.number % 7));
        let touch = Touch {
            fingerprint: i64::try_from(self.number % 280).unwrap(),
            captured_ms: self.began_ms,
            source: Some(source.clone().into()),
            medium: Some("cpc".into()),
            campaign: Some(campaign.clone().into()),
            term: None,
            content: None,
            click: Some(("fbclid", format!("FB{}", self.number).into())),
            lyr: None,
            landing_page: Some("https://shop.example/".into()),
            referrer: None,
            detail: json!({"utm_source": source, "utm_medium": "cpc", "utm_campaign": campaign}).to_string().into(),
        };
        let landing = TrackEvent { touch: Some(Box::new(touch)), ..self.event("pageview", EventKind::PageView, 0) };
        let second = self.event("pageview", EventKind::PageView, 1);
        let id = |kind, value: Box<str>| Identifier { kind, value };
        let user = id(IdentifierKind::User, self.user());
        let identify = TrackEvent {
            user: Some(self.user()),
            statements: vec![
                Statement::Proven { user: self.user() },
                Statement::Tie { from: id(IdentifierKind::Anonymous, self.anonymous()), to: user.clone() },
                Statement::Tie {
                    from: id(IdentifierKind::External, format!("revenuecat:rc_{}", self.number).into()),
                    to: user,
                },
            ],
            traits: vec![Trait {
                key: "email".into(),
                value: format!("\"person{}@mail.example\"", self.number).into(),
            }],
            ..self.event("$identify", EventKind::Identify, 2)
        };
        let mut events = vec![landing, second, identify];
        if self.number.is_multiple_of(3) {
            let paid = Conversion { is_revenue: true, amount_micros: Some(49_990_000), currency: "USD".into() };
            let user = Some(self.user());
            events.push(TrackEvent { user, conversion: Some(paid), ..self.event("purchase", EventKind::Other, 3) });
        }
        events
    }
}

fn batch(project: ProjectId, now_ms: i64, numbers: std::ops::Range<u64>) -> TrackBatch {
    // Persons come one a second, and the last one just now.
    let visit =
        |number: u64| Visit { number, began_ms: now_ms - 5 * MINUTE_MS - i64::try_from(number).unwrap() * 1_000 };
    TrackBatch {
        project,
        received_at_ms: now_ms,
        remembered_for_ms: None,
        max_quarantined: 0,
        address_hash: None,
        country: hearth::domain::country::Country::UNKNOWN,
        events: numbers.flat_map(|number| visit(number).events()).collect(),
        quarantined: Vec::new(),
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
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&config.storage, Arc::new(SystemClock)).unwrap();
        let file = connection::open_writer(&config.storage).unwrap();
        let now_ms = SystemClock.now_ms();
        let project = registry::add_project(&file, "Bench", now_ms).unwrap();
        let token = registry::create_secret(&file, Secret::ReadToken, project.project, now_ms).unwrap();
        drop(file);
        let started = Instant::now();
        let (mut first, mut events) = (0, 0);
        while first < count {
            let last = (first + PERSONS_PER_BATCH).min(count);
            let batch = batch(project.project, now_ms, first..last);
            events += batch.events.len();
            store.submit(Batch::Track(Box::new(batch))).await.unwrap();
            first = last;
        }
        store.close().await.unwrap();
        #[expect(clippy::cast_precision_loss, reason = "a figure")]
        let rate = events as f64 / started.elapsed().as_secs_f64();
        println!(
            "{}",
            json!({"project": project.project_uuid, "token": token, "events": events, "eventsPerSecond": rate.round()})
        );
    });
}
