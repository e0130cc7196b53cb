//! Takes an event of any shape apart (datalyr.md 4.4).

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::event_time::{ClientClock, EventTime};
use super::places::{CONTEXT, Places, TIMESTAMP, USER_PROPERTIES};
use super::{Shape, Surroundings, cut, library, name, places};
use crate::intake::datalyr::envelope::Envelope;
use crate::intake::datalyr::fields::Fields;
use crate::intake::datalyr::ids::{first_person_id, short_id};

/// Longest name of a channel or library, and longest version, in characters.
const MAX_LABEL_CHARS: usize = 64;

/// An event, taken apart.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub envelope: Envelope<'a>,
    pub id: Option<Cow<'a, str>>,
    pub session: Option<Cow<'a, str>>,
    pub time: EventTime,
    /// The object that `envelope.properties` was read from.
    pub properties: Option<&'a RawValue>,
}

/// Takes an event apart; nothing if it has no usable name.
pub(super) fn take<'a>(
    shape: Shape,
    event: Fields<'a>,
    clock: &ClientClock,
    about: &Surroundings<'a>,
) -> Option<Parts<'a>> {
    let places = places::of(shape);
    let name = places.name.iter().find_map(|key| event.get(key).and_then(name::of))?;
    let (raw_properties, properties) = object(&event, places.properties);
    let is_track = shape == Shape::Track;
    let context = is_track.then(|| event.object(CONTEXT)).flatten().unwrap_or_default();
    let side = if is_track { &context } else { &event };
    let user_properties = side.object(USER_PROPERTIES).unwrap_or_default();

    let anonymous = first_person_id(&event, places.anonymous)
        .or_else(|| first_person_id(&properties, places.anonymous_in_properties));
    let session =
        first_short_id(side, places.session).or_else(|| first_short_id(&properties, places.session_in_properties));
    let (library, library_version) = origin(places, side, &properties, about);
    let channel = label(side, places.channel).unwrap_or_else(|| match shape {
        Shape::Web => Cow::Borrowed("web"),
        Shape::Raw => Cow::Borrowed("mobile_app"),
        Shape::Track => Cow::Borrowed(library::channel(library.as_deref())),
    });
    let time = clock.judge(event.get(TIMESTAMP));
    Some(Parts {
        id: first_short_id(&event, places.id),
        session,
        properties: raw_properties,
        envelope: Envelope {
            shape,
            kind: name::kind(&name),
            name,
            channel,
            library,
            library_version,
            claimed_user: first_person_id(&event, places.user),
            anonymous,
            device: first_person_id(&event, places.device),
            time_ms: time.time_ms,
            shift_ms: clock.shift_ms,
            properties,
            context,
            user_properties,
            event,
        },
        time,
    })
}

/// The first object among some keys, as it came and read.
fn object<'a>(event: &Fields<'a>, keys: &[&str]) -> (Option<&'a RawValue>, Fields<'a>) {
    let found = keys.iter().find_map(|key| {
        let raw = event.get(key)?;
        Some((Some(raw), Fields::read(raw)?))
    });
    found.unwrap_or_default()
}

/// Library and version: as the event says, else as the request's `User-Agent` says of the same library.
fn origin<'a>(
    places: &Places,
    side: &Fields<'a>,
    properties: &Fields<'a>,
    about: &Surroundings<'a>,
) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
    let agent = about.user_agent.and_then(library::of_user_agent);
    let library = label(side, places.library).or_else(|| agent.map(|(library, _)| Cow::Borrowed(library)));
    let version =
        label(side, places.version).or_else(|| label(properties, places.version_in_properties)).or_else(|| {
            let (_, version) = agent.filter(|(known, _)| library.as_deref() == Some(*known))?;
            (!version.is_empty()).then(|| cut(Cow::Borrowed(version), MAX_LABEL_CHARS))
        });
    (library, version)
}

fn first_short_id<'a>(fields: &Fields<'a>, keys: &[&str]) -> Option<Cow<'a, str>> {
    keys.iter().find_map(|key| fields.get(key).and_then(short_id))
}

/// A short text that names a kind of sender.
fn label<'a>(fields: &Fields<'a>, keys: &[&str]) -> Option<Cow<'a, str>> {
    keys.iter()
        .find_map(|key| fields.text(key).filter(|text| !text.trim().is_empty()))
        .map(|text| cut(text, MAX_LABEL_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, Surroundings as Environment, load_from};

    #[test]
    fn a_browser_with_a_wrong_clock_is_known_to_have_one() {
        let rules = load_from(&Overrides::default(), &Environment::default()).map_err(|wrong| wrong.to_string());
        let sent = RawValue::from_string("1795000000000".to_owned()).unwrap();
        let clock = ClientClock::new(&rules.unwrap().config.datalyr, 1_795_003_600_000).sent_at(Some(&sent));
        let event = serde_json::from_str(r#"{"event_name":"a","timestamp":1794999999000,"user_id":"u"}"#).unwrap();
        let about = Surroundings { received_at_ms: 1_795_003_600_000, user_agent: None };
        let envelope = take(Shape::Web, event, &clock, &about).unwrap().envelope;
        assert_eq!((envelope.time_ms, envelope.shift_ms), (1_795_003_599_000, 3_600_000));
        assert_eq!(envelope.claimed_user.as_deref(), Some("u"));
    }
}
