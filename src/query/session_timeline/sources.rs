//! The three tellers of a session, each from a moment on.

use rusqlite::{Connection, params};

use super::SOURCE_ROWS;
use super::moment::{Moment, What};
use super::subject::Subject;
use crate::domain::heat::Kind;
use crate::domain::track::IdentifierKind;
use crate::query::heat_context::Contexts;
use crate::query::heat_events::Position;
use crate::query::heat_rows::{Stored, StoredDetail};
use crate::query::heat_sessions;
use crate::query::texts::Lookup;
use crate::query::track::asked_person;
use crate::query::track::events::{self, EventFilter, Page};
use crate::query::track::events_described::Describer;
use crate::query::traffic::record::Records;
use crate::query::traffic::requests::find_user;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// How long after a session's last sign a request of its user, or an app event, still belongs to it.
const AFTER_MS: i64 = 10_000;

/// What one of them tells.
#[derive(Debug, Default)]
pub struct Source {
    pub moments: Vec<Moment>,
    /// The moment from which on there is more.
    pub end: Option<f64>,
}

impl Source {
    /// Of moments in order of time, of which one more than [`SOURCE_ROWS`] was asked for.
    fn new(mut moments: Vec<Moment>) -> Self {
        let end = moments.get(SOURCE_ROWS).map(|moment| moment.ts);
        moments.truncate(SOURCE_ROWS);
        Self { moments, end }
    }
}

/// Heat events.
pub fn heat(connection: &Connection, subject: &Subject, from: f64) -> Result<Source, StoreError> {
    let Some(session) = &subject.heat else { return Ok(Source::default()) };
    // No row has the least sequence number.
    let after = Some(Position { ts: from, seq: i64::MIN });
    let mut texts = Lookup::new(connection);
    let mut contexts = Contexts::default();
    let stored = heat_sessions::timeline(connection, session, after, SOURCE_ROWS + 1)?;
    let moments = stored.into_iter().map(|stored| heat_moment(stored, &mut texts, &mut contexts));
    Ok(Source::new(moments.collect::<Result<_, _>>()?))
}

fn heat_moment(stored: Stored, texts: &mut Lookup<'_>, contexts: &mut Contexts) -> Result<Moment, StoreError> {
    let target = texts.optional_text(stored.target_id)?;
    let points = stored.trail.as_deref().unwrap_or_default();
    let until = points.iter().map(|point| point.ts).fold(stored.ts, f64::max);
    let what = match stored.kind {
        Kind::Click => {
            What::Click { selector: target, x: stored.x.unwrap_or_default(), y: stored.y.unwrap_or_default() }
        }
        Kind::Move => What::Moves { points: points.len() as u64 },
        Kind::Scroll => {
            let depth = stored.x.unwrap_or_default();
            What::Scrolls { count: 1, depth: if depth > 100.0 { depth / 100.0 } else { depth } }
        }
        Kind::Pageview => {
            let context = contexts.of(stored.meta_id, texts)?;
            What::PageView { title: context.title, referrer: context.referrer }
        }
        Kind::Custom => What::Custom {
            name: target.unwrap_or_default(),
            props: match stored.detail {
                StoredDetail::None => None,
                StoredDetail::Id(id) => Some(texts.text(id)?),
                StoredDetail::Text(text) => Some(text.into()),
            },
        },
        Kind::Input => What::Input { selector: target },
        Kind::Keyboard => What::Keys { category: target, count: 1 },
    };
    Ok(Moment { ts: stored.ts, until, path: Some(texts.text(stored.path_id)?), mark: None, what })
}

/// App events: of the session of that id, else of the user while the session went on.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "saturates, as wanted")]
pub fn events(connection: &Connection, hash: TextHash, subject: &Subject, from: f64) -> Result<Source, StoreError> {
    let mut filter = EventFilter { from_ms: from.ceil() as i64, ..EventFilter::all(subject.project) };
    let mut person = None;
    if let Some(session) = &subject.track {
        filter.session = Some(session.id);
    } else if let Some(user) = &subject.user {
        person = asked_person::by_identifier(connection, hash, subject.project, IdentifierKind::User, user)?;
        if person.is_none() {
            return Ok(Source::default());
        }
        filter.from_ms = filter.from_ms.max(subject.first_ms);
        filter.to_ms = subject.last_ms.saturating_add(AFTER_MS);
    } else {
        return Ok(Source::default());
    }
    let page = Page { is_descending: false, after: None, limit: SOURCE_ROWS + 1 };
    let mut describer = Describer::new(connection, hash);
    let found = events::list(connection, hash, &filter, person.as_ref(), page)?;
    let moments = found.into_iter().map(|stored| {
        let event = describer.describe(stored)?;
        let ts = event.stored.time_ms as f64;
        Ok(Moment { ts, until: ts, path: None, mark: None, what: What::Event(Box::new(event)) })
    });
    Ok(Source::new(moments.collect::<Result<_, StoreError>>()?))
}

/// Proxied requests: of the session of that id, and those of the user without a session while it went on.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "saturates, as wanted")]
pub fn requests(connection: &Connection, subject: &Subject, from: f64) -> Result<Source, StoreError> {
    let from_ms = from.ceil() as i64;
    let mut ids: Vec<i64> = Vec::new();
    if let Some(session) = subject.traffic {
        let mut statement = connection.prepare_cached(include_str!("requests_of_session.sql"))?;
        let rows = statement.query_map(params![session, from_ms, SOURCE_ROWS + 1], |row| row.get(0))?;
        ids = rows.collect::<Result<_, _>>()?;
    }
    let user = match &subject.user {
        Some(user) => find_user(connection, subject.project, user)?,
        None => None,
    };
    if let Some(user) = user {
        let (first_ms, last_ms) = (from_ms.max(subject.first_ms), subject.last_ms.saturating_add(AFTER_MS));
        let mut statement = connection.prepare_cached(include_str!("requests_of_user.sql"))?;
        let rows = statement.query_map(params![user, first_ms, SOURCE_ROWS + 1, last_ms], |row| row.get(0))?;
        ids.extend(rows.collect::<Result<Vec<i64>, _>>()?);
    }
    let mut records = Records::new(connection).all(&ids)?;
    records.sort_unstable_by_key(|record| (record.created_at_ms, record.id));
    let moment = |record: crate::domain::traffic::TrafficRecord| {
        let ts = record.created_at_ms as f64;
        Moment { ts, until: ts, path: None, mark: None, what: What::Request(Box::new(record)) }
    };
    Ok(Source::new(records.into_iter().map(moment).collect()))
}
