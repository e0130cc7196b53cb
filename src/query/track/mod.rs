//! What apps have said: persons, events, sessions, touches, conversions, and which campaign paid.
//!
//! `identity` says who is who; everything else asks it. `touches` are what brought a person, `journey` those before a moment,
//! `models` share the credit among them, `attribution` adds it up.

pub mod identity;
pub mod journey;
pub mod models;
pub mod touches;
mod touches_distinct;
