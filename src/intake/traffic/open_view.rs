//! What is shown of a tunnel or event stream while it is open.

use std::sync::Arc;

use super::identity::Identity;
use super::notes::{Note, Notes};
use super::observation::Observation;
use super::redaction::Redaction;
use super::texts;
use crate::http::proxy_state::OpenRequest;

/// Longest method that is shown or kept, in bytes.
pub(super) const MAX_METHOD_BYTES: usize = 32;

/// Turns notes that are not finished into what may be shown of them.
///
/// It is done by the worker, and that is no harm: such requests are few and stay long.
pub(super) struct OpenView {
    pub identity: Arc<Identity>,
    pub redaction: Arc<Redaction>,
}

impl OpenView {
    /// Whether the notes name a session, so that the browser needs none of ours.
    pub(super) fn has_session(&self, notes: &Notes) -> bool {
        self.identity.has_session(notes)
    }

    pub(super) fn show(&self, observation: &Observation, now_ms: i64) -> OpenRequest {
        let who = self.identity.resolve(&observation.notes, observation.is_trusted, now_ms.div_euclid(1000));
        let target = String::from_utf8_lossy(observation.notes.get(Note::Target).unwrap_or_default());
        let (path, query) = target.split_once('?').map_or((&*target, None), |(path, query)| (path, Some(query)));
        let age_ms = i64::try_from(observation.started.elapsed().as_millis()).unwrap_or(0);
        let own_session = || observation.session.and_then(|session| session.id());
        OpenRequest {
            project: observation.project,
            protocol: observation.protocol,
            method: texts::cut(observation.method.as_str(), MAX_METHOD_BYTES).to_owned(),
            original_url: self.redaction.url(path, query).into(),
            user_id: who.user.map(|user| user.id.into()),
            session_id: who.session_id.or_else(own_session).map(Into::into),
            started_at_ms: now_ms.saturating_sub(age_ms),
        }
    }
}
