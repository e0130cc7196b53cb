//! What has come since a poller asked last: nothing missed, nothing twice.

use rusqlite::{Connection, OptionalExtension, params};

use super::buckets::TimeSpan;
use super::record::Records;
use super::requests::{self, RequestFilter};
use crate::domain::id::ProjectId;
use crate::domain::traffic::TrafficRecord;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Row ids that one answer may pass by; those of other projects are among them.
const MAX_PASSED: i64 = 50_000;

/// Where a poller stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// At the beginning: it wants the latest.
    Nothing,
    /// Stored later than this, in milliseconds since the epoch.
    Time(i64),
    /// Behind the row with this id: an earlier answer's cursor.
    Row(i64),
}

/// What is new.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// Newest first. Behind a place these are the oldest that come after it, so that none is left out.
    pub records: Vec<TrafficRecord>,
    /// Where to go on.
    pub cursor: i64,
    /// Whether there is more behind the cursor already.
    pub has_more: bool,
}

/// At most `limit` requests of a project since a place.
pub fn live(
    connection: &Connection,
    text_hash: TextHash,
    project: ProjectId,
    span: TimeSpan,
    since: Since,
    limit: usize,
) -> Result<Live, StoreError> {
    let newest = newest_id(connection)?;
    let since = match since {
        Since::Nothing => {
            let page = requests::page(connection, text_hash, &RequestFilter::all(project, span), None, limit)?;
            return Ok(Live { records: page.records, cursor: newest, has_more: false });
        }
        Since::Time(time_ms) => match first_after(connection, project, time_ms)? {
            Some(first) => first.saturating_sub(1),
            None => newest,
        },
        // A cursor of another file, or from before a restore: go on from here.
        Since::Row(id) => id.min(newest),
    };
    let Some(first) = next_id(connection, since)? else {
        return Ok(Live { records: Vec::new(), cursor: newest, has_more: false });
    };
    let last = first.saturating_add(MAX_PASSED).min(newest);
    let ids: Vec<i64> = connection
        .prepare_cached(include_str!("ids_of_project.sql"))?
        .query_map(params![project.0, first, last, limit], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    // A full page ends at its last row; another one has passed by everything up to `last`.
    let cursor = ids.last().copied().filter(|_| ids.len() == limit).unwrap_or(last);
    let mut records = Records::new(connection).all(&ids)?;
    records.retain(|record| span.contains(record.created_at_ms));
    records.reverse();
    Ok(Live { records, cursor, has_more: cursor < newest })
}

/// The greatest row id; 0 in an empty file.
fn newest_id(connection: &Connection) -> Result<i64, StoreError> {
    let id: Option<i64> =
        connection.prepare_cached("SELECT max(id) FROM traffic_request")?.query_row([], |row| row.get(0))?;
    Ok(id.unwrap_or_default())
}

/// The first row behind an id.
fn next_id(connection: &Connection, id: i64) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT min(id) FROM traffic_request WHERE id > ?1")?
        .query_row([id], |row| row.get(0))?)
}

/// The first row that was stored later than a time.
fn first_after(connection: &Connection, project: ProjectId, time_ms: i64) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached(include_str!("first_after.sql"))?
        .query_row(params![project.0, time_ms], |row| row.get(0))
        .optional()?)
}
