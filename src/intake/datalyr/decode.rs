//! Understands a body: which shape it has, which events are in it, and what each of them says.
//!
//! ```text
//! text      bytes to a text that a strict reader takes        time        timestamps of every form
//! measure   how much is in it, before anything is built       event_time  which of them are believed
//! places    where each shape has what, which `parts` takes    rest        what is in no column
//! ```
//!
//! A single event that cannot be stored is a refusal; one in a batch is quarantined, and its neighbours are stored.

mod batch;
mod event;
mod event_time;
mod library;
mod measure;
mod name;
mod parts;
mod places;
mod rest;
mod text;
pub mod time;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::value::RawValue;

use self::event_time::ClientClock;
use self::measure::Size;
use super::fields::Fields;
use super::meaning::revenue::ConversionNames;
use crate::config::Datalyr;
use crate::domain::track::{QuarantineReason, Quarantined, TrackEvent};

/// What of the configuration decides how bodies are understood.
#[derive(Debug, Clone)]
pub struct DecodeRules {
    pub datalyr: Datalyr,
    pub conversions: ConversionNames,
}

impl DecodeRules {
    #[must_use]
    pub fn new(datalyr: &Datalyr) -> Self {
        Self { datalyr: datalyr.clone(), conversions: ConversionNames::new(datalyr) }
    }
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
pub fn decode(body: Vec<u8>, rules: &DecodeRules, about: &Surroundings<'_>) -> Result<Decoded, DecodeRefusal> {
    let text = text::readable(body).ok_or(DecodeRefusal::InvalidJson)?;
    let limits = &rules.datalyr;
    // No more keys than fit: nothing to count.
    if text.len() / MIN_MEMBER_BYTES > limits.max_event_keys && measure::top_keys(&text) > limits.max_event_keys {
        return Err(DecodeRefusal::TooManyKeys);
    }
    let root: Fields<'_> = serde_json::from_str(&text).map_err(|_| refusal_of_other(&text))?;
    match content(&root).ok_or(DecodeRefusal::UnknownShape)? {
        Content::Batch(list) => batch::read(&root, list, rules, about),
        Content::Event(shape) => {
            excess(text.len(), measure::size(&text), limits).map_or(Ok(()), |reason| Err(refusal(reason)))?;
            let workspace = workspace(&root, shape);
            let clock = ClientClock::new(limits, about.received_at_ms);
            let event = event::read(shape, root, &clock, rules, about).ok_or(DecodeRefusal::NoName)?;
            Ok(Decoded { shape, workspace, events: vec![event], quarantined: Vec::new() })
        }
    }
}

/// Fewest bytes that a member of an object takes: `"":0,`.
const MIN_MEMBER_BYTES: usize = 5;

/// What a body is.
enum Content<'a> {
    Event(Shape),
    /// The list of its events.
    Batch(&'a RawValue),
}

/// Tells shapes apart by what is there (datalyr.md 4.4).
fn content<'a>(root: &Fields<'a>) -> Option<Content<'a>> {
    if let Some(list) = root.get("events").filter(|events| events.get().starts_with('[')) {
        return Some(Content::Batch(list));
    }
    let shapes = [("event_name", Shape::Web), ("eventName", Shape::Raw), ("event", Shape::Track)];
    shapes.into_iter().find(|(key, _)| root.some(key).is_some()).map(|(_, shape)| Content::Event(shape))
}

/// Why a text that is no object is refused.
fn refusal_of_other(text: &str) -> DecodeRefusal {
    let is_json = serde_json::from_str::<&RawValue>(text).is_ok_and(|value| !value.get().starts_with('{'));
    if is_json { DecodeRefusal::UnknownShape } else { DecodeRefusal::InvalidJson }
}

/// The workspace that an event names, or a batch in its envelope.
fn workspace(fields: &Fields<'_>, shape: Shape) -> Option<Box<str>> {
    fields.first_text(places::of(shape).workspace).map(|workspace| (&*workspace).into())
}

/// What an event has too much of.
fn excess(bytes: usize, size: Size, limits: &Datalyr) -> Option<QuarantineReason> {
    if u64::try_from(bytes).is_ok_and(|bytes| bytes > limits.max_event_bytes) {
        Some(QuarantineReason::TooLarge)
    } else if size.keys > limits.max_event_keys {
        Some(QuarantineReason::TooManyKeys)
    } else if size.depth > limits.max_json_depth {
        Some(QuarantineReason::TooDeep)
    } else {
        None
    }
}

/// What becomes of a body whose only event would be quarantined in a batch.
fn refusal(reason: QuarantineReason) -> DecodeRefusal {
    match reason {
        QuarantineReason::NotAnObject | QuarantineReason::OtherWorkspace => DecodeRefusal::UnknownShape,
        QuarantineReason::NoName => DecodeRefusal::NoName,
        QuarantineReason::TooLarge => DecodeRefusal::EventTooLarge,
        QuarantineReason::TooManyKeys => DecodeRefusal::TooManyKeys,
        QuarantineReason::TooDeep => DecodeRefusal::TooDeep,
    }
}

/// The beginning of a text, in characters.
fn cut(text: Cow<'_, str>, max_chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max_chars) {
        None => text,
        Some((end, _)) => match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        },
    }
}
