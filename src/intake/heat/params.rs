//! The query parameters of the heat endpoints (heat-collector.md 5).
//!
//! Unknown parameters are ignored, numbers are read like JavaScript's `Number()`, empty texts count as absent, and all
//! that is wrong is said at once, in the words of the original. Only then are the times looked at.

mod reader;
mod refusal;
mod time_range;
mod words;

use jiff::tz::TimeZone;

pub use refusal::QueryRefusal;
pub use words::{EventType, Offset};

use crate::query::heatmap::ViewportMode;

use reader::Reader;
use time_range::{TimeTexts, refuse_reversed};

/// Parameters of `GET /api/projects/:projectId/heatmap`.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatmapParams {
    /// Exact path.
    pub path: Option<String>,
    /// Earliest time, epoch milliseconds; the endpoint's default is 0.
    pub from_ms: Option<f64>,
    /// Latest time, epoch milliseconds; the endpoint's default is now.
    pub to_ms: Option<f64>,
    /// Event type, if asked for; its absence lets the endpoint fall back to all types.
    pub event_type: Option<EventType>,
    /// Cells per side, 8 to 1024.
    pub resolution: u16,
    /// Preferred bucket, as `WxH`.
    pub viewport_bucket: Option<String>,
    /// What to do with rows of other buckets.
    pub viewport_mode: ViewportMode,
}

impl HeatmapParams {
    /// Reads a query; `from` must not be after `to`, nor after `now_ms` if there is no `to`.
    ///
    /// # Errors
    /// The first of: issues with parameters, `from` no time, `to` no time, range upside down.
    pub fn parse(raw_query: &str, local: &TimeZone, now_ms: f64) -> Result<Self, QueryRefusal> {
        let mut reader = Reader::new(raw_query);
        let path = reader.text("path");
        let times = TimeTexts::read(&mut reader);
        let event_type = reader.event_type("type");
        let resolution = reader.bounded("resolution", 8..=1_024, 128);
        let viewport_bucket = reader.text("viewportBucket");
        let viewport_mode = words::viewport_mode(reader.plain_text("viewportMode"));
        reader.finish("Invalid heatmap query parameters.")?;
        let (from_ms, to_ms) = times.parse(local)?;
        refuse_reversed(from_ms.unwrap_or(0.0), to_ms.unwrap_or(now_ms))?;
        Ok(Self { path, from_ms, to_ms, event_type, resolution, viewport_bucket, viewport_mode })
    }
}

/// Parameters of `GET /api/projects/:projectId/events`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventsParams {
    /// Exact path.
    pub path: Option<String>,
    /// Earliest time, epoch milliseconds.
    pub from_ms: Option<f64>,
    /// Latest time, epoch milliseconds; none means no end, not now.
    pub to_ms: Option<f64>,
    /// Event type.
    pub event_type: EventType,
    /// Rows on the page, 1 to 1000.
    pub limit: u16,
    /// Rows before the page.
    pub offset: Offset,
}

impl EventsParams {
    /// Reads a query.
    ///
    /// # Errors
    /// The first of: issues with parameters, `from` no time, `to` no time, range upside down.
    pub fn parse(raw_query: &str, local: &TimeZone) -> Result<Self, QueryRefusal> {
        let mut reader = Reader::new(raw_query);
        let path = reader.text("path");
        let times = TimeTexts::read(&mut reader);
        let event_type = reader.event_type("type").unwrap_or(EventType::All);
        let limit = reader.bounded("limit", 1..=1_000, 200);
        let offset = reader.offset("offset");
        reader.finish("Invalid events query parameters.")?;
        let (from_ms, to_ms) = times.parse_in_order(local)?;
        Ok(Self { path, from_ms, to_ms, event_type, limit, offset })
    }
}

/// Parameters of `GET /api/projects/:projectId/sessions`.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionsParams {
    /// Earliest start, epoch milliseconds.
    pub from_ms: Option<f64>,
    /// Latest last sight, epoch milliseconds.
    pub to_ms: Option<f64>,
    /// Internal id of the user.
    pub user_id: Option<String>,
    /// Exact first path.
    pub path: Option<String>,
    /// Sessions on the page, 1 to 200.
    pub limit: u16,
    /// Sessions before the page.
    pub offset: Offset,
}

impl SessionsParams {
    /// Reads a query.
    ///
    /// # Errors
    /// The first of: issues with parameters, `from` no time, `to` no time, range upside down.
    pub fn parse(raw_query: &str, local: &TimeZone) -> Result<Self, QueryRefusal> {
        let mut reader = Reader::new(raw_query);
        let times = TimeTexts::read(&mut reader);
        let user_id = reader.text("userId");
        let path = reader.text("path");
        let limit = reader.bounded("limit", 1..=200, 50);
        let offset = reader.offset("offset");
        reader.finish("Invalid sessions query parameters.")?;
        let (from_ms, to_ms) = times.parse_in_order(local)?;
        Ok(Self { from_ms, to_ms, user_id, path, limit, offset })
    }
}

/// Parameters of `GET /api/sessions/:sessionId`.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionDetailParams {
    /// Rows on the page, 1 to 500.
    pub limit: u16,
    /// Rows before the page.
    pub offset: Offset,
    /// Event type as free text: an unknown one, and `all`, match nothing.
    pub event_type: Option<String>,
    /// Project the session must belong to; an addition of Hearth, where session ids are not global (D5).
    pub project_id: Option<String>,
}

impl SessionDetailParams {
    /// Reads a query.
    ///
    /// # Errors
    /// Issues with parameters.
    pub fn parse(raw_query: &str) -> Result<Self, QueryRefusal> {
        let mut reader = Reader::new(raw_query);
        let limit = reader.bounded("limit", 1..=500, 200);
        let offset = reader.offset("offset");
        let event_type = reader.text("type");
        let project_id = reader.text("projectId");
        reader.finish("Invalid session events query parameters.")?;
        Ok(Self { limit, offset, event_type, project_id })
    }
}

#[cfg(test)]
mod tests;
