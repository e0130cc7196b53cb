//! App events for tests of attribution: made as the door makes them, stored, and asked for.

use hearth::domain::Batch;
use hearth::domain::clock::Clock;
use hearth::domain::track::{
    Conversion, EventKind, Identifier, IdentifierKind, Statement, Touch, TrackBatch, TrackEvent,
};
use serde_json::{Value, json};

use crate::installation::Hearth;
use crate::traffic_model::row_id;

pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A plain event of nobody in no session.
pub fn event(name: &str, time_ms: i64) -> TrackEvent {
    TrackEvent {
        seq: 0,
        id: None,
        name: name.into(),
        kind: EventKind::Other,
        time_ms,
        client_time: None,
        channel: "web".into(),
        library: None,
        library_version: None,
        user: None,
        anonymous: None,
        device: None,
        session: None,
        may_advertise: true,
        is_hidden: false,
        properties: "{}".into(),
        context: None,
        touch: None,
        conversion: None,
        statements: Vec::new(),
        traits: Vec::new(),
        pairing: None,
    }
}

/// The event with its ids, and what they say of each other.
pub fn of(mut event: TrackEvent, user: Option<&str>, anonymous: Option<&str>, session: Option<&str>) -> TrackEvent {
    event.user = user.map(Box::from);
    event.anonymous = anonymous.map(Box::from);
    event.session = session.map(Box::from);
    if let (Some(user), Some(anonymous)) = (user, anonymous) {
        event.statements.push(Statement::Tie {
            from: Identifier { kind: IdentifierKind::Anonymous, value: anonymous.into() },
            to: Identifier { kind: IdentifierKind::User, value: user.into() },
        });
    }
    event
}

/// The event with a touch of a campaign, which is its fingerprint, too.
pub fn met(mut event: TrackEvent, campaign: i64, captured_ms: i64) -> TrackEvent {
    let name = format!("c{campaign}");
    event.touch = Some(Box::new(Touch {
        fingerprint: campaign,
        captured_ms,
        source: Some(format!("s{}", campaign % 3).into()),
        medium: None,
        campaign: Some(name.as_str().into()),
        term: None,
        content: None,
        click: Some(("fbclid", name.as_str().into())),
        lyr: (campaign % 4 == 0).then(|| format!("L{campaign}").into()),
        landing_page: Some("https://shop.example/".into()),
        referrer: None,
        detail: json!({"utm_campaign": name, "fbclid": name, "_fbp": "fb.1"}).to_string().into(),
    }));
    event
}

/// The event as one that was paid.
pub fn paid(mut event: TrackEvent, micros: Option<i64>, currency: &str) -> TrackEvent {
    event.conversion = Some(Conversion { is_revenue: true, amount_micros: micros, currency: currency.into() });
    event
}

/// Stores events of the first project, a few in each batch.
pub fn store(hearth: &Hearth, events: Vec<TrackEvent>) {
    let mut left = events.into_iter();
    loop {
        let events: Vec<_> = left.by_ref().take(7).collect();
        if events.is_empty() {
            return;
        }
        let batch = TrackBatch {
            project: row_id(hearth, &hearth.project),
            received_at_ms: hearth.clock.now_ms(),
            remembered_for_ms: None,
            address_hash: None,
            country: hearth::domain::country::Country::UNKNOWN,
            max_quarantined: 10,
            events,
            quarantined: Vec::new(),
        };
        hearth.runtime.block_on(hearth.store().submit(Batch::Track(Box::new(batch)))).unwrap();
    }
}

#[track_caller]
pub fn ask(hearth: &Hearth, rest: &str) -> Value {
    hearth.get_own(rest).ok().json()
}

/// What a list of objects has under a name.
pub fn each<'v>(list: &'v Value, name: &str) -> Vec<&'v Value> {
    list.as_array().unwrap().iter().map(|entry| &entry[name]).collect()
}
