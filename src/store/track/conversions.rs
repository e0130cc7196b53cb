//! Successes and their amounts, what other systems will come back with, and clicks to app stores.

use rusqlite::{Connection, params};

use super::events::Row;
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
        row.subject,
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
    event: &TrackEvent,
    pairing: &Pairing,
    row: &Row<'_>,
) -> Result<(), rusqlite::Error> {
    let Some(subject) = row.subject else { return Ok(()) };
    connection.prepare_cached(include_str!("put_pairing.sql"))?.execute(params![
        row.project.0,
        pairing.kind.code(),
        pairing.value,
        subject,
        row.anonymous,
        event.time_ms
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
