//! What has happened last, of whatever kind: the first events of a live view, and all of them where there is no websocket.

use rusqlite::Connection;

use super::heat_events::{self, EventFilter};
use super::texts::Lookup;
use super::track::events::{self as track_events, Page};
use super::track::events_described::{DescribedEvent, Describer};
use super::traffic::buckets::TimeSpan;
use super::traffic::requests::{self, RequestFilter};
use crate::domain::heat::Kind;
use crate::domain::id::ProjectId;
use crate::domain::traffic::TrafficRecord;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// How far back is looked.
const LOOK_BACK_MS: i64 = 30 * 60_000;

/// Clocks of browsers and apps may be ahead by so much.
const AHEAD_MS: i64 = 60_000;

/// How far back browsers' events are looked for, each time further, until there are enough.
const STEPS_MS: [i64; 5] = [2_000, 15_000, 60_000, 300_000, LOOK_BACK_MS];

/// Events of one kind of a step that are looked at.
const MAX_LOOKED_AT: usize = 2_000;

/// Kinds of browsers' events that a feed shows; pointer moves and keys are too many.
pub const SHOWN_KINDS: [Kind; 3] = [Kind::Pageview, Kind::Click, Kind::Custom];

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Recent {
    Request(Box<TrafficRecord>),
    Browser(BrowserEvent),
    Track(Box<DescribedEvent>),
}

/// A browser's event, in short.
#[derive(Debug, Clone, PartialEq)]
pub struct BrowserEvent {
    pub kind: Kind,
    pub session: String,
    pub path: String,
    /// By the browser's clock, in milliseconds since the epoch.
    pub ts: f64,
}

impl Recent {
    /// When it happened, or of a request, when it was stored: in milliseconds since the epoch.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a time of the last half hour")]
    pub fn time_ms(&self) -> i64 {
        match self {
            Self::Request(record) => record.created_at_ms,
            Self::Browser(event) => event.ts as i64,
            Self::Track(event) => event.stored.time_ms,
        }
    }
}

/// The latest events of the last half hour, at most `limit`, the newest first.
pub fn recent(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    now_ms: i64,
    limit: usize,
) -> Result<Vec<Recent>, StoreError> {
    let (from_ms, to_ms) = (now_ms.saturating_sub(LOOK_BACK_MS), now_ms.saturating_add(AHEAD_MS));
    let filter = RequestFilter::all(project, TimeSpan::new(from_ms, to_ms));
    let found = requests::page(connection, text_hash, &filter, None, limit)?.records;
    let mut recent: Vec<_> = found.into_iter().map(|record| Recent::Request(Box::new(record))).collect();
    let filter = track_events::EventFilter { from_ms, to_ms, ..track_events::EventFilter::all(project) };
    let page = Page { is_descending: true, after: None, limit };
    let mut describer = Describer::new(connection, text_hash);
    for stored in track_events::list(connection, text_hash, &filter, None, page)? {
        recent.push(Recent::Track(Box::new(describer.describe(stored)?)));
    }
    let mut lookup = Lookup::new(connection);
    for kind in SHOWN_KINDS {
        for (session, stored) in latest_of(connection, project, kind, now_ms, limit)? {
            let path = lookup.text(stored.path_id)?.as_ref().to_owned();
            recent.push(Recent::Browser(BrowserEvent { kind, session: session.to_string(), path, ts: stored.ts }));
        }
    }
    recent.sort_by_key(|event| std::cmp::Reverse(event.time_ms()));
    recent.truncate(limit);
    Ok(recent)
}

/// The latest events of a kind. They are stored so that the oldest come first, which is why few are asked for at a time.
#[expect(clippy::cast_precision_loss, reason = "times of today")]
fn latest_of(
    connection: &Connection,
    project: ProjectId,
    kind: Kind,
    now_ms: i64,
    limit: usize,
) -> Result<Vec<(crate::domain::id::ClientId, super::heat_rows::Stored)>, StoreError> {
    let mut found = Vec::new();
    for step_ms in STEPS_MS {
        let (from, to) = (now_ms.saturating_sub(step_ms) as f64, now_ms.saturating_add(AHEAD_MS) as f64);
        let filter = EventFilter { project, path: None, kind: Some(kind), from, to };
        found = heat_events::stored(connection, &filter, None, MAX_LOOKED_AT)?;
        if found.len() >= limit {
            break;
        }
    }
    let surplus = found.len().saturating_sub(limit);
    Ok(found.split_off(surplus))
}
