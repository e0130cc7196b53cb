//! When each source of each project sent last.

use rusqlite::Connection;

use super::visits::first_data::data_spans;
use crate::domain::id::ProjectId;
use crate::store::written::Source;
use crate::store::{StoreError, registry};

/// Projects that are looked at, the oldest first. The question is asked every few seconds by monitoring systems.
const MAX_PROJECTS: usize = 500;

/// The last event of one source of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastEvent {
    pub project: ProjectId,
    pub project_uuid: uuid::Uuid,
    pub project_name: String,
    pub source: Source,
    /// When it happened, in milliseconds since the epoch; not later than now, whatever a browser's clock said.
    pub at_ms: i64,
}

/// The last events of sources that have ever sent something.
pub fn last_events(connection: &Connection, now_ms: i64) -> Result<Vec<LastEvent>, StoreError> {
    let mut found = Vec::new();
    for project in registry::projects(connection)?.into_iter().take(MAX_PROJECTS) {
        let spans = data_spans(connection, project.id, now_ms)?;
        let sources = [(Source::Heat, spans.browser), (Source::Track, spans.track), (Source::Traffic, spans.traffic)];
        found.extend(sources.into_iter().filter_map(|(source, span)| {
            Some(LastEvent {
                project: project.id,
                project_uuid: project.uuid,
                project_name: project.name.clone(),
                source,
                at_ms: span?.last_ms.min(now_ms),
            })
        }));
    }
    Ok(found)
}
