//! Events of apps, as they were stored: nothing is judged or worked out again.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reason;
use super::wire::{country, sixteen};
use crate::domain::Batch;
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::track::{Conversion, EventKind, Touch, TrackBatch, TrackEvent};
use crate::intake::datalyr::meaning::clicks::known_key;

#[derive(Debug, Deserialize)]
struct EventLine<'a> {
    event_id: Box<str>,
    name: Box<str>,
    kind: Box<str>,
    time_ms: i64,
    received_ms: i64,
    #[serde(borrow)]
    client_time: Option<&'a RawValue>,
    channel: Box<str>,
    library: Option<Box<str>>,
    user_id: Option<Box<str>>,
    anonymous_id: Option<Box<str>>,
    device_id: Option<Box<str>>,
    session_id: Option<Box<str>>,
    is_hidden: bool,
    may_advertise: bool,
    conversion: Option<ConversionPart>,
    #[serde(borrow)]
    touch: Option<TouchPart<'a>>,
    address_hash: Option<Box<str>>,
    country: Option<Box<str>>,
    #[serde(borrow)]
    properties: &'a RawValue,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct ConversionPart {
    is_revenue: bool,
    amount_micros: Option<i64>,
    currency: Box<str>,
}

#[derive(Debug, Deserialize)]
struct TouchPart<'a> {
    fingerprint: i64,
    captured_ms: i64,
    source: Option<Box<str>>,
    medium: Option<Box<str>>,
    campaign: Option<Box<str>>,
    term: Option<Box<str>>,
    content: Option<Box<str>>,
    click_key: Option<Box<str>>,
    click_id: Option<Box<str>>,
    lyr: Option<Box<str>>,
    landing_page: Option<Box<str>>,
    referrer: Option<Box<str>>,
    #[serde(borrow)]
    parameters: &'a RawValue,
}

/// A batch of one event.
pub(super) fn read(text: &str, project: ProjectId) -> Result<Batch, Reason> {
    let line: EventLine<'_> = serde_json::from_str(text).map_err(|_| "it is no event as an export writes it")?;
    let kind = EventKind::ALL.into_iter().find(|kind| kind.name() == &*line.kind);
    let event = TrackEvent {
        seq: 0,
        id: Some(line.event_id),
        name: line.name,
        kind: kind.filter(|kind| *kind != EventKind::Signal).ok_or("there is no such kind of event")?,
        time_ms: line.time_ms,
        client_time: line.client_time.map(|time| time.get().into()),
        channel: line.channel,
        // With its version, as it is stored.
        library: line.library,
        library_version: None,
        user: line.user_id,
        anonymous: line.anonymous_id,
        device: line.device_id,
        session: line.session_id,
        may_advertise: line.may_advertise,
        is_hidden: line.is_hidden,
        properties: line.properties.get().into(),
        context: line.context.map(|context| context.get().into()),
        touch: line.touch.map(touch),
        conversion: line.conversion.map(|conversion| Conversion {
            is_revenue: conversion.is_revenue,
            amount_micros: conversion.amount_micros,
            currency: conversion.currency,
        }),
        // Who is who has lines of its own.
        statements: Vec::new(),
        traits: Vec::new(),
        pairing: None,
    };
    let address_hash = line.address_hash.as_deref().and_then(sixteen);
    Ok(batch(project, line.received_ms, address_hash, country(line.country.as_deref()), event))
}

pub(super) fn batch(
    project: ProjectId,
    received_at_ms: i64,
    address_hash: Option<[u8; 16]>,
    country: Country,
    event: TrackEvent,
) -> Batch {
    Batch::Track(Box::new(TrackBatch {
        project,
        received_at_ms,
        remembered_for_ms: None,
        address_hash,
        country,
        events: vec![event],
        quarantined: Vec::new(),
        max_quarantined: 0,
    }))
}

fn touch(part: TouchPart<'_>) -> Box<Touch> {
    Box::new(Touch {
        fingerprint: part.fingerprint,
        captured_ms: part.captured_ms,
        source: part.source,
        medium: part.medium,
        campaign: part.campaign,
        term: part.term,
        content: part.content,
        click: part.click_key.as_deref().and_then(known_key).zip(part.click_id),
        lyr: part.lyr,
        landing_page: part.landing_page,
        referrer: part.referrer,
        detail: part.parameters.get().into(),
    })
}
