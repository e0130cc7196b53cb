//! A person in JSON and CSV.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::amounts::{CurrencyAmount, amounts};
use super::touch_body::TouchBody;
use crate::api::csv::Cell;
use crate::api::event_body::raw;
use crate::domain::track::IdentifierKind;
use crate::query::track::identity::{Known, Person};
use crate::query::track::journey_person::Traveller;
use crate::query::track::persons::{Activity, seen, traits};
use crate::query::track::touches_described::TouchTexts;
use crate::store::StoreError;

/// A person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonBody {
    /// `user:` and the surviving user's id, or `anonymous:` and the id.
    pub person_id: String,
    /// Everything by which the person is known, the surviving user first.
    pub ids: Vec<PersonId>,
    /// For each key what was said last, by the time of the event.
    #[schema(value_type = Object)]
    pub traits: BTreeMap<String, Box<RawValue>>,
    /// Milliseconds since the epoch; null without events.
    pub first_seen_at: Option<i64>,
    /// Hidden events do not count.
    pub last_seen_at: Option<i64>,
    /// Hidden events do not count. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    /// Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u64>,
    /// In the order of the currencies. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Vec<CurrencyAmount>>,
    /// Within the configured window before now.
    pub first_touch: Option<TouchBody>,
    /// Within the configured window before now.
    pub last_touch: Option<TouchBody>,
}

/// An id of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonId {
    /// `user`, `anonymous`, `device` or `external`.
    pub kind: &'static str,
    /// Of an external id: namespace, `:`, id.
    pub id: String,
}

/// Until when, and for how long before, touches are told; in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub now_ms: i64,
    pub window_ms: i64,
}

/// Describes a person; what it has done is told if it is given.
pub fn describe(
    connection: &Connection,
    touches: &mut TouchTexts<'_>,
    person: &Person,
    activity: Option<Activity>,
    window: Window,
) -> Result<PersonBody, StoreError> {
    let (seen, traits) = (seen(connection, person)?, traits(connection, person)?);
    let traits = traits.into_iter().filter_map(|(key, value)| Some((key, raw(value)?))).collect();
    let (person_id, ids) = (person.name(), ids(person));
    let traveller = Traveller::of(connection, person)?;
    let journey = traveller.journey(window.now_ms, window.window_ms);
    let (events, sessions) = (activity.as_ref().map(|it| it.events), activity.as_ref().map(|it| it.sessions));
    Ok(PersonBody {
        person_id,
        ids,
        traits,
        first_seen_at: seen.first_ms,
        last_seen_at: seen.last_ms,
        events,
        sessions,
        revenue: activity.map(|activity| amounts(activity.revenue)),
        first_touch: touches.first(&journey)?.map(TouchBody::from),
        last_touch: touches.last(&journey)?.map(TouchBody::from),
    })
}

fn ids(person: &Person) -> Vec<PersonId> {
    let of = |kind: IdentifierKind| move |known: &Known| PersonId { kind: kind.name(), id: known.value.clone() };
    let users = person.users.iter().map(of(IdentifierKind::User));
    let anonymous = person.anonymous.iter().map(|owned| &owned.known).map(of(IdentifierKind::Anonymous));
    let devices = person.devices.iter().map(of(IdentifierKind::Device));
    users.chain(anonymous).chain(devices).chain(person.external.iter().map(of(IdentifierKind::External))).collect()
}

impl PersonBody {
    /// The columns of [`Self::cells`].
    pub const HEAD: [&str; 8] = [
        "person_id",
        "ids",
        "email",
        "first_seen_at",
        "last_seen_at",
        "first_touch_source",
        "last_touch_source",
        "traits",
    ];

    /// The person as a row.
    #[must_use]
    pub fn cells(self) -> Vec<Cell> {
        let email = self.traits.get("email").and_then(|json| serde_json::from_str::<String>(json.get()).ok());
        let ids: Vec<_> = self.ids.iter().map(|id| format!("{}:{}", id.kind, id.id)).collect();
        let source = |touch: Option<TouchBody>| Cell::text(touch.and_then(|touch| touch.source).as_deref());
        vec![
            Cell::Text(self.person_id),
            Cell::Text(ids.join(" ")),
            Cell::text(email.as_deref()),
            Cell::number(self.first_seen_at),
            Cell::number(self.last_seen_at),
            source(self.first_touch),
            source(self.last_touch),
            Cell::text(serde_json::to_string(&self.traits).ok().as_deref()),
        ]
    }
}
