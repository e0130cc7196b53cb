//! A touch in JSON.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::api::csv::Cell;
use crate::api::event_body::raw;
use crate::query::track::touches_described::DescribedTouch;

/// What brought a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TouchBody {
    /// When the client met it: milliseconds since the epoch.
    pub time: i64,
    /// The session that told it; null if its event named none.
    pub session_id: Option<String>,
    pub anonymous_id: Option<String>,
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub term: Option<String>,
    pub content: Option<String>,
    /// The first of the click ids that is there, by its key: `fbclid`, `gclid`...
    pub click_id_type: Option<String>,
    pub click_id: Option<String>,
    /// Datalyr's link tag.
    pub lyr: Option<String>,
    pub landing_page: Option<String>,
    pub referrer: Option<String>,
    /// All that was said, by canonical keys.
    #[schema(value_type = Object)]
    pub parameters: Box<RawValue>,
}

impl From<DescribedTouch> for TouchBody {
    fn from(touch: DescribedTouch) -> Self {
        let text = |text: Option<std::sync::Arc<str>>| text.map(|text| text.to_string());
        Self {
            time: touch.time_ms,
            session_id: touch.session_id.map(String::from),
            anonymous_id: text(touch.anonymous_id),
            source: text(touch.source),
            medium: text(touch.medium),
            campaign: text(touch.campaign),
            term: text(touch.term),
            content: text(touch.content),
            click_id_type: text(touch.click_id_type),
            click_id: touch.click_id.map(String::from),
            lyr: touch.lyr.map(String::from),
            landing_page: touch.landing_page.map(String::from),
            referrer: touch.referrer.map(String::from),
            parameters: raw(touch.parameters.into()).unwrap_or_default(),
        }
    }
}

impl TouchBody {
    /// The columns of [`Self::cells`].
    pub const HEAD: [&str; 14] = [
        "time",
        "session_id",
        "anonymous_id",
        "source",
        "medium",
        "campaign",
        "term",
        "content",
        "click_id_type",
        "click_id",
        "lyr",
        "landing_page",
        "referrer",
        "parameters",
    ];

    /// The touch as a row.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let text = |text: &Option<String>| Cell::text(text.as_deref());
        vec![
            Cell::number(Some(self.time)),
            text(&self.session_id),
            text(&self.anonymous_id),
            text(&self.source),
            text(&self.medium),
            text(&self.campaign),
            text(&self.term),
            text(&self.content),
            text(&self.click_id_type),
            text(&self.click_id),
            text(&self.lyr),
            text(&self.landing_page),
            text(&self.referrer),
            Cell::text(Some(self.parameters.get())),
        ]
    }
}
