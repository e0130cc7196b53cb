//! From what a worker saw to the record that is stored.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use super::filter::Filter;
use super::identity::Identity;
use super::notes::Note;
use super::observation::Observation;
use super::open_view::MAX_METHOD_BYTES;
use super::recording_error::RecordingError;
use super::redaction::Redaction;
use super::routes::{self, Asked, Routes};
use super::texts;
use super::vocabulary::Vocabulary;
use crate::config::{RouteValue, Traffic};
use crate::domain::id::ProjectId;
use crate::domain::route_matcher::RouteForms;
use crate::domain::trace_parent;
use crate::domain::traffic::{Protocol, TrafficRecord};
use crate::http::proxy_state::ProxyState;
use crate::http::request_figures::UNMATCHED;

/// Longest name of a host, in bytes (RFC 1035 2.3.4).
pub(super) const MAX_HOST_BYTES: usize = 255;

/// Longest user agent, in bytes.
pub(super) const MAX_USER_AGENT_BYTES: usize = 512;

/// Applies `[traffic]` to one exchange after the other; remembers what it learns of routes.
pub(super) struct RecordMaker {
    identity: Arc<Identity>,
    redaction: Arc<Redaction>,
    filter: Arc<ArcSwap<Filter>>,
    routes: Routes,
    vocabulary: Vocabulary,
    route_value: RouteValue,
    keeps_ip: bool,
    /// Where requests are counted by route.
    state: Option<Arc<ProxyState>>,
}

/// The same moment by both clocks, by which instants become dates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub instant: Instant,
    pub epoch_ms: i64,
}

impl RecordMaker {
    pub(super) fn new(
        config: &Traffic,
        identity: Arc<Identity>,
        redaction: Arc<Redaction>,
        stored_routes: impl IntoIterator<Item = (ProjectId, String)>,
    ) -> Result<Self, RecordingError> {
        Ok(Self {
            identity,
            redaction,
            filter: Arc::new(ArcSwap::from_pointee(Filter::new(config)?)),
            routes: Routes::new(config, stored_routes).map_err(RecordingError::Pattern)?,
            vocabulary: Vocabulary::new(),
            route_value: config.route_value,
            keeps_ip: config.track_ip,
            state: None,
        })
    }

    /// Counts each exchange there by its route, also those that are not to be recorded.
    pub(super) fn counting(self, state: Arc<ProxyState>) -> Self {
        Self { state: Some(state), ..self }
    }

    fn count(&self, route: &str, status: u16) {
        if let Some(state) = &self.state {
            // What is no pattern stands for those that have none: "(other)".
            state.count_request(if route.starts_with('/') { route } else { UNMATCHED }, status);
        }
    }

    /// Which requests are recorded, to be replaced by another filter.
    pub(super) fn filter(&self) -> Arc<ArcSwap<Filter>> {
        Arc::clone(&self.filter)
    }

    /// Waits for what the first records need: the keys of the token issuer.
    pub(super) async fn prepare(&self, now_s: i64) {
        self.identity.prepare(now_s).await;
    }

    /// The record of an exchange; nothing if the owner does not want it. Must be called within a tokio runtime.
    pub(super) fn make(&mut self, seen: &Observation, now: Now) -> Option<TrafficRecord> {
        let (notes, end) = (&seen.notes, seen.end);
        let url = String::from_utf8_lossy(notes.get(Note::Target).unwrap_or_default());
        let (path, query) = url.split_once('?').map_or((&*url, None), |(path, query)| (path, Some(query)));
        let filter = self.filter.load_full();
        if filter.ignores(path, &url) {
            self.count(UNMATCHED, end.status);
            return None;
        }
        let kept_path = self.redaction.path(path);
        let told = notes.get(Note::Route).map(|told| texts::shown(told, usize::MAX));
        let pattern = self.routes.name(Asked {
            project: seen.project,
            path,
            kept_path: &kept_path,
            told: told.as_deref(),
            is_known: routes::teaches(end.status, seen.answered.is_some()),
        });
        self.count(&pattern, end.status);
        let forms = RouteForms { pattern: &pattern, path, url: &url };
        if !filter.records(forms) {
            return None;
        }

        let duration_us = microseconds(end.at.saturating_duration_since(seen.started));
        let first_byte_us = seen.first_byte.map(|at| microseconds(at.saturating_duration_since(seen.started)));
        // A tunnel is meant to last: what may be slow about it is its beginning.
        let judged_us = match seen.protocol {
            Protocol::Http10 | Protocol::Http11 => duration_us,
            Protocol::WebSocket | Protocol::EventStream | Protocol::Upgraded => first_byte_us.unwrap_or(duration_us),
        };
        let is_slow = filter.is_slow(forms, judged_us);
        let ago_ms = i64::try_from(now.instant.saturating_duration_since(end.at).as_millis()).unwrap_or(0);
        let who = self.identity.resolve(notes, seen.is_trusted, now.epoch_ms.div_euclid(1000));
        let original_url = self.redaction.url(path, query);
        let text = |note| notes.get(note).map(String::from_utf8_lossy);
        Some(TrafficRecord {
            id: 0,
            project: seen.project,
            ended_at_ms: now.epoch_ms.saturating_sub(ago_ms),
            created_at_ms: 0,
            duration_us,
            first_byte_us,
            upstream_us: end.upstream_us,
            method: self.vocabulary.method(texts::cut(seen.method.as_str(), MAX_METHOD_BYTES)),
            route: match self.route_value {
                RouteValue::Pattern => pattern,
                RouteValue::Path => self.routes.value(&kept_path),
                RouteValue::OriginalUrl => self.routes.value(&original_url),
            },
            host: self
                .vocabulary
                .host(&host_name(&texts::shown(notes.get(Note::Host).unwrap_or_default(), usize::MAX))),
            original_url,
            status: end.status,
            is_slow,
            failure: end.failure,
            protocol: seen.protocol,
            bytes_in: end.bytes_in,
            bytes_out: end.bytes_out,
            user: who.user,
            session_id: who.session_id.or_else(|| seen.session.and_then(|session| session.id())),
            country: seen.country,
            ip: self.keeps_ip.then(|| seen.client.to_canonical().to_string().into()),
            user_agent: notes
                .get(Note::UserAgent)
                .map(|value| texts::shown(value, MAX_USER_AGENT_BYTES))
                .filter(|value| !value.is_empty())
                .map(|value| self.vocabulary.user_agent(&value)),
            referrer: text(Note::Referrer).and_then(|value| self.redaction.referrer(&value)),
            trace_id: notes.get(Note::TraceParent).and_then(trace_parent::trace_id),
        })
    }
}

/// A `Host` without its port, in lower case.
fn host_name(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => {
            // The colons of a bare IPv6 address are no port's.
            if name.contains(':') && !name.ends_with(']') { host } else { name }
        }
        _ => host,
    };
    texts::cut(name, MAX_HOST_BYTES).to_lowercase()
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
