//! Understands a body: which shape it has, which events are in it, and what each of them says.

use crate::config::Datalyr;
use crate::domain::track::{Quarantined, TrackEvent};

/// What of the configuration decides how bodies are understood.
#[derive(Debug, Clone)]
pub struct DecodeRules {
    pub datalyr: Datalyr,
}

/// What is known of a request beside its body.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    pub received_at_ms: i64,
    pub user_agent: Option<&'a str>,
}

/// The three shapes of a body (datalyr.md 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// T: one event, as servers and apps send it.
    Track,
    /// W: a browser's batch, or one event of it.
    Web,
    /// R: an app's raw event.
    Raw,
}

/// A body, understood.
#[derive(Debug, Clone)]
pub struct Decoded {
    pub shape: Shape,
    /// The workspace it names; of a batch, the one its first event names.
    pub workspace: Option<Box<str>>,
    pub events: Vec<TrackEvent>,
    pub quarantined: Vec<Quarantined>,
}

/// Why nothing in a body can be stored (datalyr.md 8, rule 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeRefusal {
    InvalidJson,
    /// JSON, but no event and no batch.
    UnknownShape,
    /// The only event has no usable name.
    NoName,
    /// The only event is larger than an event may be.
    EventTooLarge,
    TooManyKeys,
    TooDeep,
    TooManyEvents,
}

/// Understands a body.
pub fn decode(_body: Vec<u8>, _rules: &DecodeRules, _about: &Surroundings<'_>) -> Result<Decoded, DecodeRefusal> {
    Err(DecodeRefusal::UnknownShape)
}
