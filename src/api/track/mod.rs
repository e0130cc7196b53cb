//! Questions about apps: events, persons, what brought them, what they paid (docs/datalyr.md).

mod asked_person;
pub mod attribution;
pub mod attribution_body;
pub mod conversions;
pub mod decimal;
pub mod erase;
pub mod event_body;
pub mod events;
pub mod export;
pub mod export_document;
pub mod journey;
pub mod place_cursor;
pub mod report_params;
pub mod revenue;
pub mod touch_body;
pub mod touches;
