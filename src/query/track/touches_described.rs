//! Touches with their texts.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::journey::Journey;
use super::touches::Touch;
use crate::query::texts::Lookup;

/// A touch as answers tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedTouch {
    /// When the client met it, in milliseconds since the epoch.
    pub time_ms: i64,
    pub session_id: Option<Box<str>>,
    pub anonymous_id: Option<Arc<str>>,
    pub source: Option<Arc<str>>,
    pub medium: Option<Arc<str>>,
    pub campaign: Option<Arc<str>>,
    pub term: Option<Arc<str>>,
    pub content: Option<Arc<str>>,
    pub click_id_type: Option<Arc<str>>,
    pub click_id: Option<Box<str>>,
    pub lyr: Option<Box<str>>,
    pub landing_page: Option<Box<str>>,
    pub referrer: Option<Box<str>>,
    /// JSON object of all that was said under canonical keys.
    pub parameters: Box<str>,
}

/// Reads texts of touches, each once.
#[derive(Debug)]
pub struct TouchTexts<'c> {
    connection: &'c Connection,
    texts: Lookup<'c>,
    identifiers: HashMap<i64, Option<Arc<str>>>,
}

impl<'c> TouchTexts<'c> {
    #[must_use]
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, texts: Lookup::new(connection), identifiers: HashMap::new() }
    }

    /// A touch by itself.
    pub fn describe(&mut self, touch: &Touch) -> Result<DescribedTouch, rusqlite::Error> {
        Ok(DescribedTouch {
            time_ms: touch.time_ms,
            session_id: touch.session_id.clone(),
            anonymous_id: touch.anonymous.map(|id| self.identifier(id)).transpose()?.flatten(),
            source: self.texts.optional_text(touch.source)?,
            medium: self.texts.optional_text(touch.medium)?,
            campaign: self.texts.optional_text(touch.campaign)?,
            term: self.texts.optional_text(touch.term)?,
            content: self.texts.optional_text(touch.content)?,
            click_id_type: self.texts.optional_text(touch.click_key)?,
            click_id: touch.click_id.clone(),
            lyr: touch.lyr.clone(),
            landing_page: touch.landing_page.clone(),
            referrer: touch.referrer.clone(),
            parameters: touch.detail.clone(),
        })
    }

    /// A touch of a journey: its link tag is the last one that was said until then.
    pub fn describe_in(
        &mut self,
        journey: &Journey<'_>,
        place: usize,
    ) -> Result<Option<DescribedTouch>, rusqlite::Error> {
        let Some(touch) = journey.touches.get(place) else { return Ok(None) };
        Ok(Some(DescribedTouch { lyr: journey.lyr_at(place).map(Box::from), ..self.describe(touch)? }))
    }

    /// The first touch of a journey.
    pub fn first(&mut self, journey: &Journey<'_>) -> Result<Option<DescribedTouch>, rusqlite::Error> {
        self.describe_in(journey, 0)
    }

    /// The last touch of a journey.
    pub fn last(&mut self, journey: &Journey<'_>) -> Result<Option<DescribedTouch>, rusqlite::Error> {
        self.describe_in(journey, journey.touches.len().wrapping_sub(1))
    }

    /// The text that a dictionary id names.
    pub fn text(&mut self, id: i64) -> Result<Arc<str>, rusqlite::Error> {
        self.texts.text(id)
    }

    fn identifier(&mut self, id: i64) -> Result<Option<Arc<str>>, rusqlite::Error> {
        if let Some(known) = self.identifiers.get(&id) {
            return Ok(known.clone());
        }
        let mut statement = self.connection.prepare_cached("SELECT value FROM track_identifier WHERE id = ?1")?;
        let value: Option<String> = statement.query_row([id], |row| row.get(0)).optional()?;
        let value = value.map(Arc::from);
        self.identifiers.insert(id, value.clone());
        Ok(value)
    }
}
