//! What an event says beyond the columns it is kept in: the event's context.
//!
//! It is one JSON object. Of shape T it has the members of `context`, and those at the event's top that no column has; of
//! the other shapes only these. A value that a column has in other words (an id that was shortened, a name that was cut)
//! is there as it was sent, under its own key. A key that both levels of shape T have is called `event.KEY` for the top.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::HashSet;

use serde_json::value::RawValue;

use super::Shape;
use super::parts::Parts;
use super::places::{self, CONTEXT, Places, TIMESTAMP};
use crate::domain::track::TrackEvent;
use crate::intake::datalyr::fields::{Fields, text};
use crate::js::json::write_json_text;

/// The context of an event whose other columns are known; nothing if these have everything.
pub(super) fn of(parts: &Parts<'_>, stored: &TrackEvent) -> Option<Box<str>> {
    let envelope = &parts.envelope;
    let rest = Rest { places: places::of(envelope.shape), parts, stored };
    let mut json = String::new();
    rest.write(&envelope.context, Level::Context, |key, value| write(&mut json, key, value));
    let taken = LazyCell::new(|| envelope.context.iter().map(|(key, _)| key).collect::<HashSet<_>>());
    rest.write(&envelope.event, Level::Event, |key, value| {
        let is_taken = !envelope.context.is_empty() && taken.contains(key);
        let key = if is_taken { Cow::Owned(format!("event.{key}")) } else { Cow::Borrowed(key) };
        write(&mut json, &key, value);
    });
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

/// Which object a member is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Event,
    /// That of shape T.
    Context,
}

/// What a member says that some column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Id,
    /// Of anybody: a device's id may have come as a user's.
    Person,
    Properties,
    Context,
    Time,
    Workspace,
    Session,
    Channel,
    Library,
    Version,
}

struct Rest<'e, 'a> {
    places: &'static Places,
    parts: &'e Parts<'a>,
    stored: &'e TrackEvent,
}

impl Rest<'_, '_> {
    /// Shows what of an object no column has. Of equal keys that have a column only the last was ever meant.
    fn write(&self, fields: &Fields<'_>, level: Level, mut show: impl FnMut(&str, &RawValue)) {
        let mut last: Vec<(&str, &RawValue, Column)> = Vec::new();
        for (key, value) in fields.iter() {
            let Some(column) = self.column(key, level) else {
                show(key, value);
                continue;
            };
            match last.iter_mut().find(|(known, ..)| *known == key) {
                Some(known) => known.1 = value,
                None => last.push((key, value, column)),
            }
        }
        for (key, value, column) in last {
            if !self.has(column, value) {
                show(key, value);
            }
        }
    }

    /// The column that a member is for.
    fn column(&self, key: &str, level: Level) -> Option<Column> {
        let places = self.places;
        let event = [
            (places.name, Column::Name),
            (places.id, Column::Id),
            (places.user, Column::Person),
            (places.anonymous, Column::Person),
            (places.device, Column::Person),
            (places.repeated, Column::Person),
            (places.properties, Column::Properties),
            (places.workspace, Column::Workspace),
            (&[TIMESTAMP], Column::Time),
        ];
        let beside = [
            (places.session, Column::Session),
            (places.channel, Column::Channel),
            (places.library, Column::Library),
            (places.version, Column::Version),
        ];
        let of_event = || find(&event, key);
        let of_beside = || find(&beside, key);
        match (level, self.parts.envelope.shape) {
            (Level::Context, _) => of_beside(),
            (Level::Event, Shape::Track) => of_event().or_else(|| (key == CONTEXT).then_some(Column::Context)),
            (Level::Event, Shape::Web | Shape::Raw) => of_event().or_else(of_beside),
        }
    }

    /// Whether a column has what a value says, or the value says nothing.
    fn has(&self, column: Column, value: &RawValue) -> bool {
        let stored = self.stored;
        if value.get() == "null" {
            return true;
        }
        match column {
            Column::Name => text(value).is_some_and(|name| *name == *stored.name),
            Column::Id => says(value, &[stored.id.as_deref()]),
            Column::Person => {
                says(value, &[stored.user.as_deref(), stored.anonymous.as_deref(), stored.device.as_deref()])
            }
            Column::Properties => self.parts.properties.is_some_and(|kept| kept.get() == value.get()),
            Column::Context => value.get().starts_with('{'),
            Column::Time => self.parts.time.is_complete,
            // It is how a browser's project was found; elsewhere the key decides, and the name may be any other.
            Column::Workspace => self.parts.envelope.shape == Shape::Web,
            Column::Session => says(value, &[stored.session.as_deref()]),
            Column::Channel => says(value, &[Some(&*stored.channel)]),
            Column::Library => says(value, &[stored.library.as_deref()]),
            Column::Version => says(value, &[stored.library_version.as_deref()]),
        }
    }
}

/// The column to whose keys a key belongs.
fn find(columns: &[(&[&str], Column)], key: &str) -> Option<Column> {
    columns.iter().find(|(keys, _)| keys.contains(&key)).map(|(_, column)| *column)
}

/// Whether a value says what one of the columns has.
fn says(value: &RawValue, columns: &[Option<&str>]) -> bool {
    text(value).is_some_and(|said| columns.contains(&Some(&*said)))
}
