//! What apps have said: persons, events, sessions, touches, conversions, and which campaign paid.
//!
//! `identity` says who is who; everything else asks it. `touches` are what brought a person, `journey` those before a moment,
//! `models` share the credit among them, `attribution` adds it up.

pub mod asked_person;
pub mod attribution;
mod attribution_persons;
pub mod attribution_rows;
mod attribution_together;
mod attribution_visits;
pub mod conversion_series;
pub mod conversions;
pub mod conversions_described;
pub mod events;
pub mod events_described;
pub mod export;
pub mod identity;
pub mod journey;
pub mod journey_person;
pub mod lookups;
pub mod models;
pub mod pairings;
pub mod person_timeline;
pub mod persons;
pub mod quarantine;
pub mod revenue;
pub mod sessions;
pub mod totals;
pub mod touches;
pub mod touches_described;
mod touches_distinct;
pub mod whole_person;
