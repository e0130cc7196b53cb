//! Conversions with their texts, and with what brought them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rusqlite::Connection;

use super::conversions::Conversion;
use super::events_described::Describer;
use super::identity;
use super::journey::Journey;
use super::journey_person::Traveller;
use super::touches_described::{DescribedTouch, TouchTexts};
use crate::domain::id::ClientId;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// A conversion as answers tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedConversion {
    /// As sent; absent if none was.
    pub event_id: Option<ClientId>,
    pub seq: i64,
    pub name: Arc<str>,
    /// Milliseconds since the epoch.
    pub time_ms: i64,
    pub channel: Arc<str>,
    /// Absent if nobody knows who it was.
    pub person_id: Option<String>,
    pub session_id: Option<Arc<str>>,
    pub is_revenue: bool,
    /// Millionths of the currency's unit.
    pub amount_micros: Option<i64>,
    pub currency: Arc<str>,
    pub first_touch: Option<DescribedTouch>,
    pub last_touch: Option<DescribedTouch>,
    /// Touchpoints within the window.
    pub touchpoints: usize,
}

/// Describes conversions; touches may lie `window_ms` before them.
pub fn describe(
    connection: &Connection,
    hash: TextHash,
    conversions: &[Conversion],
    window_ms: i64,
) -> Result<Vec<DescribedConversion>, StoreError> {
    let mut describer = Describer::new(connection, hash);
    let mut texts = TouchTexts::new(connection);
    let mut travellers: HashMap<i64, Option<(String, Traveller)>> = HashMap::new();
    let mut event = connection.prepare_cached("SELECT event_id, channel_id FROM track_event WHERE seq = ?1")?;
    let mut found = Vec::with_capacity(conversions.len());
    for conversion in conversions {
        let root = match conversion.subject {
            Some(subject) => identity::person_at(connection, subject, conversion.time_ms)?,
            None => None,
        };
        let traveller = match root.map(|root| (root, travellers.entry(root))) {
            None => None,
            Some((_, Entry::Occupied(known))) => known.into_mut().as_ref(),
            Some((root, Entry::Vacant(new))) => new.insert(named(connection, root)?).as_ref(),
        };
        let journey = traveller.map_or_else(Journey::default, |(_, who)| who.journey(conversion.time_ms, window_ms));
        let (event_id, channel) =
            event.query_row([conversion.seq], |row| Ok((row.get::<_, Option<ClientId>>(0)?, row.get(1)?)))?;
        let channel = texts.text(channel)?;
        let person_id = traveller.map(|(name, _)| name.clone());
        let (session_id, _) =
            describer.session_of(conversion.session, &channel, person_id.as_deref(), conversion.time_ms)?;
        found.push(DescribedConversion {
            event_id,
            seq: conversion.seq,
            name: texts.text(conversion.name)?,
            time_ms: conversion.time_ms,
            channel,
            person_id,
            session_id,
            is_revenue: conversion.is_revenue,
            amount_micros: conversion.amount_micros,
            currency: texts.text(conversion.currency)?,
            first_touch: texts.first(&journey)?,
            last_touch: texts.last(&journey)?,
            touchpoints: journey.touchpoints.len(),
        });
    }
    Ok(found)
}

/// A person's name and way.
fn named(connection: &Connection, root: i64) -> Result<Option<(String, Traveller)>, StoreError> {
    let Some(person) = identity::person(connection, root)? else { return Ok(None) };
    Ok(Some((person.name(), Traveller::of(connection, &person)?)))
}
