//! The events themselves.

use rusqlite::{Connection, params};

use crate::domain::country::Country;
use crate::domain::id::{ClientId, ProjectId};
use crate::domain::track::TrackEvent;

/// Left out of default reports.
pub const HIDDEN: i64 = 1;

/// Not to be used for advertising.
pub const NOT_FOR_ADVERTISING: i64 = 2;

/// The row ids of those whose event it is.
#[derive(Debug, Clone, Copy)]
pub struct Whose {
    /// The user, else the anonymous id.
    pub subject: Option<i64>,
    pub anonymous: Option<i64>,
}

/// What an event's texts and ids are called in the file.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub project: ProjectId,
    pub received_ms: i64,
    pub event_id: &'a ClientId,
    pub name: i64,
    pub whose: Whose,
    pub device: Option<i64>,
    pub session: Option<i64>,
    pub channel: i64,
    pub library: Option<i64>,
    pub country: Country,
}

/// Writes an event, which has its `seq` already.
pub fn insert(connection: &Connection, event: &TrackEvent, row: &Row<'_>) -> Result<(), rusqlite::Error> {
    let hidden = if event.is_hidden { HIDDEN } else { 0 };
    let restricted = if event.may_advertise { 0 } else { NOT_FOR_ADVERTISING };
    connection.prepare_cached(include_str!("insert_event.sql"))?.execute(params![
        event.seq,
        row.project.0,
        event.time_ms,
        row.received_ms,
        row.event_id,
        row.name,
        event.kind.code(),
        hidden | restricted,
        row.whose.subject,
        row.whose.anonymous,
        row.device,
        row.session,
        row.channel,
        row.library,
        event.touch.as_ref().map(|touch| touch.fingerprint),
        event.client_time,
        event.properties,
        event.context,
        row.country.number()
    ])?;
    Ok(())
}

/// The greatest `seq` that was ever given, also where events have been erased.
pub fn last_seq(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.prepare_cached(include_str!("last_seq.sql"))?.query_row([], |row| row.get(0))
}
