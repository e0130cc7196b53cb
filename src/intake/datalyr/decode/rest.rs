//! What an event says beyond the columns it is kept in: the event's context.
//!
//! It is one JSON object. Of shape T it has the members of `context`, and those at the event's top that no column has; of
//! the other shapes only these. A value that a column has in other words (an id that was shortened, a name that was cut)
//! is there as it was sent, under its own key. A key that both levels of shape T have is called `event.KEY` for the top.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::parts::Parts;
use super::places::{self, CONTEXT, Places, TIMESTAMP};
use super::{Shape, name};
use crate::domain::track::TrackEvent;
use crate::intake::datalyr::fields::{Fields, text};
use crate::js::json::write_json_text;

/// The context of an event whose other columns are known; nothing if these have everything.
pub(super) fn of(parts: &Parts<'_>, stored: &TrackEvent) -> Option<Box<str>> {
    let rest = Rest { places: places::of(parts.envelope.shape), parts, stored };
    let mut json = String::new();
    for (key, value) in parts.envelope.context.iter() {
        if !rest.is_side_kept(&parts.envelope.context, key, value) {
            write(&mut json, key, value);
        }
    }
    for (key, value) in parts.envelope.event.iter() {
        if rest.is_kept(key, value) {
            continue;
        }
        let is_taken = parts.envelope.context.get(key).is_some();
        let key = if is_taken { Cow::Owned(format!("event.{key}")) } else { Cow::Borrowed(key) };
        write(&mut json, &key, value);
    }
    if json.is_empty() {
        return None;
    }
    json.push('}');
    Some(json.into())
}

/// Appends a member to an object that is not closed yet.
fn write(json: &mut String, key: &str, value: &RawValue) {
    json.push(if json.is_empty() { '{' } else { ',' });
    write_json_text(key, json);
    json.push(':');
    json.push_str(value.get());
}

struct Rest<'e, 'a> {
    places: &'static Places,
    parts: &'e Parts<'a>,
    stored: &'e TrackEvent,
}

impl Rest<'_, '_> {
    /// Whether the columns have what a member at the event's top says.
    fn is_kept(&self, key: &str, value: &RawValue) -> bool {
        let (places, event) = (self.places, &self.parts.envelope.event);
        let is = |keys: &[&str]| keys.contains(&key);
        let is_track = self.parts.envelope.shape == Shape::Track;
        let is_kept = if is(places.name) {
            name::of(value).is_some_and(|name| {
                // A cut name is a beginning.
                *name == *self.stored.name && text(value).is_some_and(|whole| whole.len() == name.len())
            })
        } else if is(places.properties) {
            self.parts.properties.is_some_and(|kept| kept.get() == value.get()) || value.get() == "null"
        } else if is(places.id) {
            says(value, &[self.stored.id.as_deref()])
        } else if is(places.user) || is(places.anonymous) || is(places.device) || is(places.repeated) {
            let stored = self.stored;
            says(value, &[stored.user.as_deref(), stored.anonymous.as_deref(), stored.device.as_deref()])
        } else if key == TIMESTAMP {
            self.parts.time.is_complete
        } else if is(places.workspace) {
            // It is how a browser's project was found; elsewhere the key decides, and the name may be any other.
            self.parts.envelope.shape == Shape::Web
        } else if is_track {
            return key == CONTEXT && (value.get() == "null" || value.get().starts_with('{'));
        } else {
            return self.is_side_kept(event, key, value);
        };
        is_kept || !is_last(event, key, value)
    }

    /// Whether the columns have what a member beside session, channel and library says.
    fn is_side_kept(&self, side: &Fields<'_>, key: &str, value: &RawValue) -> bool {
        let places = self.places;
        let column = if places.session.contains(&key) {
            self.stored.session.as_deref()
        } else if places.channel.contains(&key) {
            Some(&*self.stored.channel)
        } else if places.library.contains(&key) {
            self.stored.library.as_deref()
        } else if places.version.contains(&key) {
            self.stored.library_version.as_deref()
        } else {
            return false;
        };
        says(value, &[column]) || !is_last(side, key, value)
    }
}

/// Whether a value says nothing, or what one of the columns has.
fn says(value: &RawValue, columns: &[Option<&str>]) -> bool {
    value.get() == "null" || text(value).is_some_and(|said| columns.contains(&Some(&*said)))
}

/// Whether a value is the one that counts among those of its key.
fn is_last(fields: &Fields<'_>, key: &str, value: &RawValue) -> bool {
    fields.get(key).is_some_and(|last| std::ptr::eq(last, value))
}
