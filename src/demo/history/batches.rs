//! From what was sent to batches: bodies go through the decoders of the doors they would have come through.

use std::collections::HashMap;
use std::sync::Arc;

use super::HistoryError;
use super::item::{Item, Request, Sent, What};
use crate::config::Config;
use crate::domain::Batch;
use crate::domain::country::Country;
use crate::domain::heat::{HeatBatch, ProjectRef, SessionFacts, UserFacts};
use crate::domain::id::{ClientId, ProjectId};
use crate::domain::track::TrackBatch;
use crate::domain::traffic::{Failure, Protocol, TrafficRecord, TrafficUser};
use crate::intake::{datalyr, heat};

/// What the proxy itself adds to a request, in microseconds.
const PROXY_US: u64 = 90;

/// Where the shop's visitors are, and how many in a hundred.
const COUNTRIES: [(&str, u8); 9] =
    [("US", 34), ("GB", 16), ("DE", 14), ("CA", 9), ("FR", 7), ("NL", 6), ("SE", 5), ("AU", 4), ("JP", 3)];

/// Makes batches for one project.
pub(super) struct Batches {
    project: ProjectId,
    heat: heat::decode::DecodeRules,
    track: datalyr::decode::DecodeRules,
    slow_us: u64,
    host: Arc<str>,
    shared: HashMap<&'static str, Arc<str>>,
    /// When the last request arrived.
    last_ms: i64,
}

/// Always the same place for the same address; some are not known.
fn country_of(address_hash: Option<[u8; 16]>) -> Country {
    let Some(hash) = address_hash else { return Country::UNKNOWN };
    let mut place = hash[0] % 100;
    for (code, share) in COUNTRIES {
        if place < share {
            return Country::from_code(code);
        }
        place -= share;
    }
    Country::UNKNOWN
}

impl Batches {
    pub(super) fn new(project: ProjectId, config: &Config) -> Self {
        Self {
            project,
            heat: heat::decode::DecodeRules::new(&config.heat, &config.privacy),
            track: datalyr::decode::DecodeRules::new(&config.datalyr),
            slow_us: u64::try_from(config.traffic.slow_threshold.as_micros()).unwrap_or(u64::MAX),
            host: "ember-and-oak.example".into(),
            shared: HashMap::new(),
            last_ms: i64::MIN,
        }
    }

    /// What is stored of a stretch of time: batches, and requests in the order in which they ended, by `end_ms` at last.
    pub(super) fn make(
        &mut self,
        items: Vec<Item>,
        end_ms: i64,
    ) -> Result<(Vec<Batch>, Vec<TrafficRecord>), HistoryError> {
        let (mut batches, mut records) = (Vec::new(), Vec::new());
        for Item { at_ms, what } in items {
            match what {
                What::Heat(sent) => batches.push(self.heat(&sent, at_ms)?),
                What::Track(sent) => batches.push(self.track(&sent, at_ms)?),
                What::Request(request) => records.push(self.record(*request, at_ms)),
            }
        }
        records.sort_by_key(|record| record.ended_at_ms);
        for record in &mut records {
            self.last_ms = self.last_ms.max(record.ended_at_ms.min(end_ms));
            record.created_at_ms = self.last_ms;
        }
        Ok((batches, records))
    }

    /// What a browser sent.
    pub(super) fn heat(&self, sent: &Sent, at_ms: i64) -> Result<Batch, HistoryError> {
        let decoded = heat::decode::decode(&sent.body, &self.heat).map_err(|_| HistoryError::Heat)?;
        let mut texts = decoded.texts;
        let user_agent = sent.user_agent.map(|agent| texts.add(agent));
        Ok(Batch::Heat(Box::new(HeatBatch {
            project: ProjectRef::Known(self.project),
            received_at_ms: at_ms,
            session: SessionFacts {
                external_id: ClientId::new(&decoded.session_id),
                address_hash: sent.address_hash,
                country: country_of(sent.address_hash),
                first_path: decoded.first_path,
                user_agent,
                device_json: decoded.device_json,
                client_json: decoded.client_json,
                started_at: decoded.started_at,
                last_seen_at: decoded.last_seen_at,
            },
            user: decoded.user.map(|user| UserFacts {
                external_id: user.id.into(),
                traits_json: user.traits_json.map(String::into_boxed_str),
                proven: false,
            }),
            texts,
            events: decoded.events,
        })))
    }

    /// What a server or a page told.
    pub(super) fn track(&self, sent: &Sent, at_ms: i64) -> Result<Batch, HistoryError> {
        let about = datalyr::decode::Surroundings { received_at_ms: at_ms, user_agent: sent.user_agent };
        let body = sent.body.clone().into_bytes();
        let decoded = datalyr::decode::decode(body, &self.track, &about).map_err(|_| HistoryError::Track)?;
        if !decoded.quarantined.is_empty() {
            return Err(HistoryError::Track);
        }
        Ok(Batch::Track(Box::new(TrackBatch {
            project: self.project,
            received_at_ms: at_ms,
            // Every id is new: there is nothing to remember.
            remembered_for_ms: Some(0),
            address_hash: sent.address_hash,
            country: country_of(sent.address_hash),
            events: decoded.events,
            quarantined: Vec::new(),
            max_quarantined: 0,
        })))
    }

    /// What the proxy saw.
    pub(super) fn record(&mut self, request: Request, at_ms: i64) -> TrafficRecord {
        let duration_us = request.duration_us + PROXY_US;
        TrafficRecord {
            id: 0,
            project: self.project,
            ended_at_ms: at_ms.saturating_add(i64::try_from(duration_us / 1000).unwrap_or(0)),
            created_at_ms: 0,
            duration_us,
            first_byte_us: Some(duration_us - duration_us / 20),
            upstream_us: Some(request.duration_us),
            method: self.shared(request.method),
            route: self.shared(request.route),
            host: Arc::clone(&self.host),
            original_url: request.url.into(),
            status: request.status,
            is_slow: duration_us >= self.slow_us,
            failure: request.timed_out.then_some(Failure::UpstreamTimedOut),
            protocol: Protocol::Http11,
            bytes_in: request.bytes_in,
            bytes_out: request.bytes_out,
            user: request.user.map(|(id, name)| TrafficUser { id: id.into(), name: Some(name.into()), email: None }),
            session_id: request.session.map(Into::into),
            country: crate::domain::country::Country::UNKNOWN,
            ip: None,
            user_agent: Some(self.shared(request.user_agent)),
            referrer: request.referrer.map(Into::into),
            trace_id: None,
        }
    }

    fn shared(&mut self, text: &'static str) -> Arc<str> {
        Arc::clone(self.shared.entry(text).or_insert_with(|| text.into()))
    }
}
