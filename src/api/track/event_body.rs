//! An app event in JSON and CSV.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::decimal::Millionths;
use crate::api::csv::Cell;
use crate::api::event_body::raw;
use crate::query::track::events_described::{DescribedEvent, Revenue};
use crate::store::track::events::{HIDDEN, NOT_FOR_ADVERTISING};

/// An app event.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TrackEventBody)]
pub struct EventBody {
    /// Order of arrival.
    pub seq: i64,
    /// As sent; null if none was.
    pub event_id: Option<String>,
    pub name: String,
    /// `event`, `page_view`, `identify`, `alias`, `group`, `session_mark` or `download_click`.
    pub kind: &'static str,
    /// When it happened, as far as the client is believed: milliseconds since the epoch.
    pub time: i64,
    pub received_at: i64,
    /// The client's own timestamp as sent, where it was not believed.
    #[schema(value_type = Option<Object>)]
    pub client_time: Option<Box<RawValue>>,
    /// `web`, `api`, `mobile_app`, or what the sender calls itself.
    pub channel: String,
    pub library: Option<String>,
    pub library_version: Option<String>,
    /// Null if nobody knows whose it is.
    pub person_id: Option<String>,
    /// The user whom the event named.
    pub user_id: Option<String>,
    pub anonymous_id: Option<String>,
    pub device_id: Option<String>,
    pub session_id: Option<String>,
    /// Whether the session is made up from person and hour.
    pub is_synthetic_session: bool,
    pub is_hidden: bool,
    /// Whether the person's consent lets advertising use it.
    pub may_advertise: bool,
    /// Marketing source of the touch it told.
    pub source: Option<String>,
    pub revenue: Option<EventRevenueBody>,
    /// As sent.
    #[schema(value_type = Object)]
    pub properties: Box<RawValue>,
    /// What else was sent.
    #[schema(value_type = Option<Object>)]
    pub context: Option<Box<RawValue>>,
}

/// An amount that counts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventRevenueBody {
    /// Null if none was said.
    #[schema(value_type = Option<f64>)]
    pub amount: Option<Millionths>,
    pub currency: String,
}

impl From<DescribedEvent> for EventBody {
    fn from(event: DescribedEvent) -> Self {
        let text = |text: Option<std::sync::Arc<str>>| text.map(|text| text.to_string());
        let stored = event.stored;
        Self {
            seq: stored.seq,
            event_id: stored.event_id.map(|id| id.to_string()),
            name: event.name.to_string(),
            kind: stored.kind.name(),
            time: stored.time_ms,
            received_at: stored.received_ms,
            client_time: stored.client_time.and_then(raw),
            channel: event.channel.to_string(),
            library: event.library,
            library_version: event.library_version,
            person_id: text(event.person),
            user_id: text(event.user),
            anonymous_id: text(event.anonymous),
            device_id: text(event.device),
            session_id: text(event.session),
            is_synthetic_session: event.is_synthetic_session,
            is_hidden: stored.flags & HIDDEN != 0,
            may_advertise: stored.flags & NOT_FOR_ADVERTISING == 0,
            source: text(event.source),
            revenue: event.revenue.map(EventRevenueBody::from),
            properties: raw(stored.properties).unwrap_or_default(),
            context: stored.context.and_then(raw),
        }
    }
}

impl From<Revenue> for EventRevenueBody {
    fn from(revenue: Revenue) -> Self {
        let amount = revenue.micros.map(|micros| Millionths(micros.into()));
        Self { amount, currency: revenue.currency.to_string() }
    }
}

impl EventBody {
    /// The columns of [`Self::cells`].
    pub const HEAD: [&str; 22] = [
        "seq",
        "event_id",
        "name",
        "kind",
        "time",
        "received_at",
        "client_time",
        "channel",
        "library",
        "library_version",
        "person_id",
        "user_id",
        "anonymous_id",
        "device_id",
        "session_id",
        "is_hidden",
        "may_advertise",
        "source",
        "amount",
        "currency",
        "properties",
        "context",
    ];

    /// The event as a row.
    #[must_use]
    pub fn cells(self) -> Vec<Cell> {
        let text = |text: &Option<String>| Cell::text(text.as_deref());
        let json = |json: Option<&RawValue>| Cell::text(json.map(RawValue::get));
        vec![
            Cell::number(Some(self.seq)),
            text(&self.event_id),
            Cell::Text(self.name),
            Cell::Plain(self.kind.to_owned()),
            Cell::number(Some(self.time)),
            Cell::number(Some(self.received_at)),
            json(self.client_time.as_deref()),
            Cell::Text(self.channel),
            text(&self.library),
            text(&self.library_version),
            text(&self.person_id),
            text(&self.user_id),
            text(&self.anonymous_id),
            text(&self.device_id),
            text(&self.session_id),
            Cell::number(Some(self.is_hidden)),
            Cell::number(Some(self.may_advertise)),
            text(&self.source),
            Cell::number(self.revenue.as_ref().and_then(|revenue| revenue.amount)),
            self.revenue.map_or(Cell::Empty, |revenue| Cell::Text(revenue.currency)),
            json(Some(&self.properties)),
            json(self.context.as_deref()),
        ]
    }
}
