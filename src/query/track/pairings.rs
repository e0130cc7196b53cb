//! Whose visit another system means: what a webhook comes back with (datalyr.md 6.5).

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::events_described::Describer;
use crate::domain::id::ProjectId;
use crate::domain::track::PairingKind;
use crate::store::StoreError;

/// Most visits that one value may lead to.
const MAX_FOUND: usize = 100;

/// A visit that another system has a name for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPairing {
    /// When it was said last, in milliseconds since the epoch.
    pub time_ms: i64,
    /// What the person is called; absent for somebody who has only signalled so far.
    pub person: Option<Arc<str>>,
    pub anonymous: Option<Arc<str>>,
}

/// The visits that a system calls so, newest first.
pub fn find(
    connection: &Connection,
    describer: &mut Describer<'_>,
    project: ProjectId,
    kind: PairingKind,
    value: &str,
) -> Result<Vec<FoundPairing>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("pairings.sql"))?;
    let mut rows = statement.query(params![project.0, kind.code(), value, MAX_FOUND])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (subject, time_ms) = (row.get(0)?, row.get(2)?);
        found.push(FoundPairing {
            time_ms,
            person: describer.person_of(subject, time_ms)?,
            anonymous: describer.value(row.get(1)?)?,
        });
    }
    Ok(found)
}
