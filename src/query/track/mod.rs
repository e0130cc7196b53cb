//! What apps have said: persons, events, sessions, touches, conversions, and which campaign paid.
//!
//! `identity` says who is who; everything else asks it.

pub mod identity;
