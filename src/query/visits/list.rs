//! Visits one by one, the newest first.

use rusqlite::{Connection, params};

use super::scan::Scan;
use super::scope::Scope;
use crate::domain::id::ClientId;
use crate::domain::visit::{Channel, DeviceClass, VisitSource};
use crate::query::texts::Lookup;
use crate::store::StoreError;
use crate::store::pack::Damaged;
use crate::store::visits::columns::Column;
use crate::store::visits::start_of_day;

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
    connection: &Connection,
    scope: &Scope,
    after: Option<After>,
    limit: usize,
) -> Result<VisitPage, StoreError> {
    let mut scan = Scan::new(connection, scope, &[Column::Session], &[])?;
    let mut places: Vec<After> = Vec::new();
    for known in scan.days()?.into_iter().rev() {
        if after.is_some_and(|after| start_of_day(known.number) > after.started_ms) {
            continue;
        }
        let mut found = Vec::new();
        let mut sessions = Vec::new();
        scan.walk_day(
            known,
            &mut |day| {
                sessions = day.day.wide(Column::Session)?.to_vec();
                Ok(())
            },
            &mut |day, hit| {
                if hit.begins {
                    found.push((day.started_ms(hit.at), day.source(hit.at), hit.at));
                }
            },
        )?;
        for (started_ms, source, at) in found.into_iter().rev() {
            let (Some(source), Some(session_row)) = (source, sessions.get(at).copied()) else { continue };
            let place = After { started_ms, session_row, source };
            if after.is_none_or(|after| place.key() < after.key()) {
                places.push(place);
            }
            if places.len() > limit {
                break;
            }
        }
        if places.len() > limit {
            break;
        }
    }
    let has_more = places.len() > limit;
    places.truncate(limit);
    let next = places.last().copied().filter(|_| has_more);
    let mut texts = Lookup::new(connection);
    let visits = places.into_iter().filter_map(|place| listed(connection, scope, place, &mut texts).transpose());
    Ok(VisitPage { visits: visits.collect::<Result<_, _>>()?, next })
}

impl After {
    fn key(&self) -> (i64, u8, i64) {
        (self.started_ms, self.source as u8, self.session_row)
    }
}

/// The visit at a place.
fn listed(
    connection: &Connection,
    scope: &Scope,
    place: After,
    texts: &mut Lookup<'_>,
) -> Result<Option<ListedVisit>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("visit.sql"))?;
    let key = params![scope.project.0, place.started_ms, place.source as u8, place.session_row];
    let mut rows = statement.query(key)?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut text = |column: usize| -> Result<String, StoreError> {
        let id: i64 = row.get(column)?;
        Ok(if id == 0 { String::new() } else { texts.text(id)?.to_string() })
    };
    let session: Option<ClientId> = row.get(11)?;
    Ok(Some(ListedVisit {
        source: place.source,
        session: session.map(|session| session.to_string()).unwrap_or_default(),
        started_ms: place.started_ms,
        ended_ms: row.get(0)?,
        user: row.get(12)?,
        entry_page: text(1)?,
        exit_page: text(2)?,
        views: row.get(3)?,
        events: row.get(4)?,
        channel: Channel::from_number(row.get(5)?).ok_or(Damaged)?,
        referrer: text(6)?,
        campaign: text(7)?,
        device: DeviceClass::from_number(row.get(8)?).ok_or(Damaged)?,
        browser: text(9)?,
        os: text(10)?,
    }))
}
