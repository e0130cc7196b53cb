//! Successes and their amounts, what other systems will come back with, and clicks to app stores.

use rusqlite::{Connection, params};

use super::events::{Row, Whose};
use crate::domain::id::ProjectId;
use crate::domain::track::{Conversion, Pairing, TrackEvent};

/// Writes an event's conversion.
pub fn insert(
    connection: &Connection,
    event: &TrackEvent,
    conversion: &Conversion,
    row: &Row<'_>,
    currency_id: i64,
) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(include_str!("insert_conversion.sql"))?.execute(params![
        row.project.0,
        event.time_ms,
        event.seq,
        row.name,
        row.whose.subject,
        row.session,
        conversion.is_revenue,
        conversion.amount_micros,
        currency_id
    ])?;
    Ok(())
}

/// Keeps what another system calls the visit; said again, the latest time counts.
pub fn pair(
    connection: &Connection,
    project: ProjectId,
    pairing: &Pairing,
    whose: Whose,
    time_ms: i64,
) -> Result<(), rusqlite::Error> {
    let Some(subject) = whose.subject else { return Ok(()) };
    connection.prepare_cached(include_str!("put_pairing.sql"))?.execute(params![
        project.0,
        pairing.kind.code(),
        pairing.value,
        subject,
        whose.anonymous,
        time_ms
    ])?;
    Ok(())
}

/// Keeps from where somebody went to an app store.
pub fn note_download_click(
    connection: &Connection,
    event: &TrackEvent,
    row: &Row<'_>,
    address_hash: &[u8; 16],
) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(include_str!("insert_download_click.sql"))?.execute(params![
        row.project.0,
        address_hash,
        row.received_ms,
        event.seq
    ])?;
    Ok(())
}
