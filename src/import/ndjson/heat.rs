//! Sessions of browsers and their events.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{Double, country, sixteen};
use super::{Batches, Reason};
use crate::domain::Batch;
use crate::domain::heat::{Detail, HeatBatch, HeatEvent, Kind, Place, ProjectRef, SessionFacts, TrailPoint, UserFacts};
use crate::domain::id::{ClientId, ProjectId};
use crate::domain::text::Texts;
use crate::query::export::heat::viewport_bucket;

/// How a line of a session begins.
pub(super) const SESSION_BEGINNING: &str = "{\"type\":\"heat_session\"";

/// Details of these kinds are likely unique.
const OWN_DETAILS: [Kind; 2] = [Kind::Custom, Kind::Input];

/// The session that is being read.
pub(super) struct Heat {
    project: ProjectId,
    session: Option<SessionLine>,
}

#[derive(Debug, Clone, Deserialize)]
struct SessionLine {
    session_id: Box<str>,
    started_ms: Double,
    last_seen_ms: Double,
    received_ms: i64,
    first_path: Box<str>,
    user_agent: Option<Box<str>>,
    device: Box<RawValue>,
    client: Option<Box<RawValue>>,
    address_hash: Option<Box<str>>,
    country: Option<Box<str>>,
    #[serde(default)]
    users: Vec<UserPart>,
}

#[derive(Debug, Clone, Deserialize)]
struct UserPart {
    id: Box<str>,
    traits: Option<Box<RawValue>>,
    proven_ms: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct EventLine<'a> {
    session_id: Box<str>,
    event_id: Box<str>,
    kind: Box<str>,
    time_ms: Double,
    received_ms: i64,
    path: Box<str>,
    target: Option<Box<str>>,
    x: Option<Double>,
    y: Option<Double>,
    scroll_depth: Option<Double>,
    scroll_y: Option<Double>,
    user_id: Option<Box<str>>,
    #[serde(borrow)]
    context: &'a RawValue,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    points: Option<Vec<(Double, Double, Double)>>,
}

impl Heat {
    pub(super) fn new(project: ProjectId) -> Self {
        Self { project, session: None }
    }

    /// Begins a session: a batch without events makes it, with the time at which its first one came in.
    pub(super) fn begin(&mut self, text: &str) -> Result<Batch, Reason> {
        self.session = None;
        let session: SessionLine = serde_json::from_str(text).map_err(|_| "it is no session as an export writes it")?;
        let batch = self.batch(&session, session.received_ms, None);
        self.session = Some(session);
        Ok(batch)
    }

    /// Adds an event of the session: to the batch before it, if that came in at the same time from the same user.
    pub(super) fn event(&self, text: &str, batches: &mut Batches) -> Result<(), Reason> {
        let line: EventLine<'_> = serde_json::from_str(text).map_err(|_| "it is no event as an export writes it")?;
        let session = self.session.as_ref().filter(|session| session.session_id == line.session_id);
        let session = session.ok_or("the line of its session is not before it")?;
        let kind = Kind::from_name(&line.kind).ok_or("there is no such kind of event")?;
        let place = match (line.points, line.x, line.y, line.scroll_depth) {
            (Some(points), ..) if points.is_empty() => return Err("a move has points"),
            (Some(points), ..) => {
                let point = |(ts, x, y): (Double, Double, Double)| TrailPoint { ts: ts.0, x: x.0, y: y.0 };
                Place::Trail(points.into_iter().map(point).collect())
            }
            (None, Some(x), Some(y), _) => Place::Point { x: x.0, y: y.0 },
            (None, _, _, Some(depth)) => {
                Place::Depth { depth: depth.0, scroll_y: line.scroll_y.map_or(0.0, |scroll_y| scroll_y.0) }
            }
            _ => Place::Nowhere,
        };
        let user = line.user_id.as_deref().map(|id| {
            let known = session.users.iter().find(|user| &*user.id == id);
            UserFacts {
                external_id: id.into(),
                traits_json: known.and_then(|user| user.traits.as_ref()).map(|traits| traits.get().into()),
                proven: known.is_some_and(|user| user.proven_ms.is_some()),
            }
        });
        let fits = |last: &HeatBatch| {
            last.received_at_ms == line.received_ms
                && last.session.external_id == ClientId::new(&session.session_id)
                && last.user.as_ref().map(|user| &user.external_id) == user.as_ref().map(|user| &user.external_id)
        };
        if !batches.last_of_heat(0).is_some_and(|last| fits(last)) {
            batches.push(self.batch(session, line.received_ms, user));
        }
        let Some(batch) = batches.last_of_heat(text.len()) else { return Err("it has no session") };
        let texts = &mut batch.texts;
        let bucket = viewport_bucket(line.context.get());
        let event = HeatEvent {
            kind,
            ts: line.time_ms.0,
            event_id: ClientId::new(&line.event_id),
            path: texts.add(&line.path),
            meta_json: texts.add(line.context.get()),
            bucket: bucket.map(|bucket| texts.add(&bucket)),
            target: line.target.map(|target| texts.add(&target)),
            detail: match line.detail {
                None => Detail::None,
                Some(detail) if OWN_DETAILS.contains(&kind) => Detail::Own(texts.add(detail.get())),
                Some(detail) => Detail::Shared(texts.add(detail.get())),
            },
            place,
        };
        batch.events.push(event);
        Ok(())
    }

    fn batch(&self, session: &SessionLine, received_at_ms: i64, user: Option<UserFacts>) -> Batch {
        let mut texts = Texts::default();
        let facts = SessionFacts {
            external_id: ClientId::new(&session.session_id),
            address_hash: session.address_hash.as_deref().and_then(sixteen),
            country: country(session.country.as_deref()),
            first_path: texts.add(&session.first_path),
            user_agent: session.user_agent.as_deref().map(|agent| texts.add(agent)),
            device_json: texts.add(session.device.get()),
            client_json: session.client.as_ref().map(|client| texts.add(client.get())),
            started_at: Some(session.started_ms.0),
            last_seen_at: Some(session.last_seen_ms.0),
        };
        Batch::Heat(Box::new(HeatBatch {
            project: ProjectRef::Known(self.project),
            received_at_ms,
            session: facts,
            user,
            texts,
            events: Vec::new(),
        }))
    }
}
