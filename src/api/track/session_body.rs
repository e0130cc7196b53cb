//! A session of an app in JSON and CSV.

use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

use super::touch_body::TouchBody;
use crate::api::csv::Cell;
use crate::query::track::events_described::Describer;
use crate::query::track::sessions::{self, Session};
use crate::query::track::touches::session_touch;
use crate::query::track::touches_described::TouchTexts;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// A session as a client named it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TrackSessionBody)]
pub struct SessionBody {
    pub session_id: String,
    /// `web`, `mobile_app`, or what the sender calls itself.
    pub channel: String,
    /// Its first event that counts: milliseconds since the epoch.
    pub started_at: i64,
    /// Its last event that counts.
    pub ended_at: i64,
    /// Hidden events and marks do not count.
    pub events: u64,
    pub page_views: u64,
    /// Whose events are in it, in the order in which they came.
    pub person_ids: Vec<String>,
    /// What it began with; null if it was a direct visit.
    pub touch: Option<TouchBody>,
}

/// Describes sessions; remembers what one answer has looked up.
pub struct SessionDescriber<'c> {
    connection: &'c Connection,
    persons: Describer<'c>,
    touches: TouchTexts<'c>,
}

impl<'c> SessionDescriber<'c> {
    #[must_use]
    pub fn new(connection: &'c Connection, hash: TextHash) -> Self {
        Self { connection, persons: Describer::new(connection, hash), touches: TouchTexts::new(connection) }
    }

    /// The session with everything that is known about it.
    pub fn describe(&mut self, session: Session) -> Result<SessionBody, StoreError> {
        let persons = sessions::persons(self.connection, &mut self.persons, session.id)?;
        let touch = session_touch(self.connection, session.id)?;
        let touch = touch.map(|touch| self.touches.describe(&touch)).transpose()?;
        Ok(SessionBody {
            channel: self.persons.text(session.channel)?.to_string(),
            session_id: session.external_id,
            started_at: session.started_ms,
            ended_at: session.ended_ms,
            events: session.events,
            page_views: session.page_views,
            person_ids: persons.iter().map(ToString::to_string).collect(),
            touch: touch.map(TouchBody::from),
        })
    }
}

impl SessionBody {
    /// The columns of [`Self::cells`].
    pub const HEAD: [&str; 13] = [
        "session_id",
        "channel",
        "started_at",
        "ended_at",
        "events",
        "page_views",
        "person_ids",
        "source",
        "medium",
        "campaign",
        "click_id_type",
        "click_id",
        "landing_page",
    ];

    /// The session as a row.
    #[must_use]
    pub fn cells(self) -> Vec<Cell> {
        let touch = |text: fn(&TouchBody) -> &Option<String>| {
            Cell::text(self.touch.as_ref().and_then(|touch| text(touch).as_deref()))
        };
        vec![
            Cell::Text(self.session_id.clone()),
            Cell::Text(self.channel.clone()),
            Cell::number(Some(self.started_at)),
            Cell::number(Some(self.ended_at)),
            Cell::number(Some(self.events)),
            Cell::number(Some(self.page_views)),
            Cell::Text(self.person_ids.join(" ")),
            touch(|touch| &touch.source),
            touch(|touch| &touch.medium),
            touch(|touch| &touch.campaign),
            touch(|touch| &touch.click_id_type),
            touch(|touch| &touch.click_id),
            touch(|touch| &touch.landing_page),
        ]
    }
}
