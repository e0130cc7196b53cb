//! Questions about apps: events, persons, what brought them, what they paid (docs/datalyr.md).

pub mod decimal;
pub mod event_body;
pub mod events;
pub mod place_cursor;
pub mod touch_body;
