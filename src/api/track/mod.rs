//! Questions about apps: events, persons, what brought them, what they paid (docs/datalyr.md).

pub mod amounts;
mod asked_person;
pub mod attribution;
pub mod attribution_body;
pub mod conversion_series;
pub mod conversions;
pub mod decimal;
pub mod erase;
pub mod event_body;
pub mod events;
pub mod export;
pub mod export_document;
pub mod journey;
pub mod pairings;
pub mod person;
pub mod person_body;
pub mod person_timeline;
pub mod persons;
pub mod place_cursor;
pub mod quarantine;
pub mod report_params;
pub mod revenue;
pub mod session_body;
pub mod sessions;
pub mod totals;
pub mod touch_body;
pub mod touches;
