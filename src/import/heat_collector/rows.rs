//! From rows to batches.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use rusqlite::Connection;

use super::tenants::{Adopted, Tenants};
use crate::config::{AddressPolicy, Config};
use crate::domain::Batch;
use crate::domain::country::Country;
use crate::domain::heat::{Detail, HeatBatch, HeatEvent, Kind, Place, ProjectRef, SessionFacts, TrailPoint, UserFacts};
use crate::domain::id::{ClientId, ProjectId};
use crate::domain::text::Texts;
use crate::intake::heat::context::keep_stored;
use crate::intake::heat::decode::DecodeRules;
use crate::js::json::Limits;
use crate::query::foreign_file::cell::Reason;
use crate::query::foreign_file::heat_collector::{ForeignEvent, ForeignSession};
use crate::store::Store;

/// Points of a move that are kept together, at most.
const MAX_TRAIL_POINTS: usize = 500;

/// Points that are farther apart in time are of two moves. The SDK notes one at least every tenth of a second.
const MAX_GAP_MS: f64 = 1_000.0;

/// The original has taken it: as deep as that, and with numbers as JavaScript reads them.
const TRUSTED: Limits = Limits { max_depth: 1_000, allow_infinite: true };

/// Makes batches of rows.
pub(super) struct Rows {
    tenants: Tenants,
    rules: DecodeRules,
    keeps_addresses: bool,
    address_key: Option<Key>,
    now_ms: i64,
}

/// What a row of an event says, judged.
pub(super) struct Judged {
    project: ProjectId,
    kind: Kind,
    place: Place,
    meta_json: String,
    bucket: Option<String>,
}

impl Rows {
    pub(super) fn new(tenants: Tenants, config: &Config, now_ms: i64) -> Self {
        Self {
            tenants,
            rules: DecodeRules::new(&config.heat, &config.privacy),
            keeps_addresses: config.privacy.address != AddressPolicy::None,
            address_key: None,
            now_ms,
        }
    }

    pub(super) fn tenants(&self) -> &Tenants {
        &self.tenants
    }

    pub(super) fn adopt(
        &mut self,
        file: &Connection,
        store: &Store,
        into: Option<ProjectId>,
    ) -> anyhow::Result<Adopted> {
        self.address_key = Some(Key::new(HMAC_SHA256, store.install_secret()));
        self.tenants.adopt(file, store, into)
    }

    /// A session without events: it makes the session, or says whose it is.
    pub(super) fn session(&self, session: &ForeignSession, is_for_owner: bool) -> Result<Batch, Reason> {
        let project = self.tenants.find(&session.project).ok_or("its project is not in the file")?;
        let mut batch = self.batch(project, session, self.received_at_ms(session.started_at));
        batch.user = batch.user.filter(|_| is_for_owner);
        Ok(Batch::Heat(Box::new(batch)))
    }

    /// Judges a row of an event.
    pub(super) fn event(&self, event: &ForeignEvent) -> Result<Judged, Reason> {
        let project = self.tenants.find(&event.session.project).ok_or("its project is not in the file")?;
        let kind = Kind::from_name(&event.kind).ok_or("its type is unknown")?;
        let point = || event.x.zip(event.y).ok_or("it has no place");
        let place = match kind {
            Kind::Click => point().map(|(x, y)| Place::Point { x, y })?,
            Kind::Move => point().map(|(x, y)| Place::Trail(vec![TrailPoint { ts: event.ts, x, y }]))?,
            // The original did not keep how far it was in pixels; what is no number is stored as nothing.
            Kind::Scroll => Place::Depth { scroll_y: f64::NAN, depth: event.scroll_depth.ok_or("it has no depth")? },
            Kind::Pageview | Kind::Custom | Kind::Input | Kind::Keyboard => Place::Nowhere,
        };
        let (meta_json, bucket) = match &event.meta_json {
            None => ("{}".to_owned(), None),
            Some(json) => keep_stored(json, TRUSTED, self.rules.deep_clean_meta).ok_or("its meta_json is no object")?,
        };
        Ok(Judged { project, kind, place, meta_json, bucket })
    }

    /// Batches of events in their order: each is of one session and one user.
    pub(super) fn batches(&self, events: &[(ForeignEvent, Judged)]) -> Vec<Batch> {
        let is_together = |(a, judged_a): &(ForeignEvent, Judged), (b, judged_b): &(ForeignEvent, Judged)| {
            judged_a.project == judged_b.project && a.session.id == b.session.id && a.session.user == b.session.user
        };
        events.chunk_by(is_together).map(|run| Batch::Heat(Box::new(self.run(run)))).collect()
    }

    fn run(&self, run: &[(ForeignEvent, Judged)]) -> HeatBatch {
        let latest = run.iter().map(|(event, _)| event.ts).fold(f64::NEG_INFINITY, f64::max);
        let (first, judged) = &run[0];
        let mut batch = self.batch(judged.project, &first.session, self.received_at_ms(latest));
        let mut last_ts = f64::NEG_INFINITY;
        for (row, judged) in run {
            let texts = &mut batch.texts;
            let path = texts.add(&self.rules.paths.keep(&row.path));
            let meta_json = texts.add(&judged.meta_json);
            if let (Place::Trail(point), Some(former)) = (&judged.place, batch.events.last_mut())
                && let Place::Trail(points) = &mut former.place
                && points.len() < MAX_TRAIL_POINTS
                && (row.ts - last_ts).abs() <= MAX_GAP_MS
                && texts.get(former.path) == texts.get(path)
                && texts.get(former.meta_json) == texts.get(meta_json)
            {
                points.extend_from_slice(point);
                last_ts = row.ts;
                continue;
            }
            last_ts = row.ts;
            let selector = row.selector.as_ref().filter(|_| matches!(judged.kind, Kind::Click | Kind::Input));
            let target = match judged.kind {
                // The page viewed is where the event happened.
                Kind::Pageview => Some(path),
                _ => selector.map(|selector| texts.add(selector)),
            };
            batch.events.push(HeatEvent {
                kind: judged.kind,
                ts: row.ts,
                event_id: ClientId::new(&row.id),
                path,
                meta_json,
                bucket: judged.bucket.as_ref().map(|bucket| texts.add(bucket)),
                target,
                detail: Detail::None,
                place: judged.place.clone(),
            });
        }
        batch
    }

    /// A batch without events.
    fn batch(&self, project: ProjectId, session: &ForeignSession, received_at_ms: i64) -> HeatBatch {
        let mut texts = Texts::default();
        let facts = SessionFacts {
            country: Country::UNKNOWN,
            external_id: ClientId::new(&session.id),
            address_hash: session.ip_hash.as_deref().and_then(|hash| self.address_hash(hash)),
            first_path: texts.add(&self.rules.paths.keep(&session.first_path)),
            user_agent: session.user_agent.as_deref().map(|agent| texts.add(agent)),
            device_json: texts.add(session.device_json.as_deref().unwrap_or("{}")),
            client_json: None,
            started_at: Some(session.started_at),
            last_seen_at: Some(session.last_seen_at),
        };
        let user = session.user.as_deref().map(|user| UserFacts {
            external_id: user.into(),
            traits_json: None,
            proven: false,
        });
        HeatBatch {
            project: ProjectRef::Known(project),
            received_at_ms,
            session: facts,
            user,
            texts,
            events: Vec::new(),
        }
    }

    /// The original's hash has no key, so that an address can be found by trying all of them. A keyed hash of it says the
    /// same, whether two sessions had one address, and nothing else.
    fn address_hash(&self, hash: &str) -> Option<[u8; 16]> {
        let key = self.address_key.as_ref().filter(|_| self.keeps_addresses)?;
        let tag = sign(key, format!("heat-collector address {hash}").as_bytes());
        tag.as_ref().first_chunk().copied()
    }

    /// When it must have come at the latest, as far as the browser's clock can be believed.
    fn received_at_ms(&self, ts: f64) -> i64 {
        whole_ms(ts).min(self.now_ms)
    }
}

/// Whole milliseconds since the epoch; what lies before it, or is no time, is 0.
#[expect(clippy::cast_possible_truncation, reason = "saturates, as wanted")]
pub(super) fn whole_ms(time: f64) -> i64 {
    (time.floor() as i64).max(0)
}
