//! One event, from its own object to what the store keeps.

use std::borrow::Cow;

use super::event_time::ClientClock;
use super::parts::{self, Parts};
use super::{DecodeRules, Shape, Surroundings, name, rest};
use crate::domain::track::TrackEvent;
use crate::intake::datalyr::fields::Fields;
use crate::intake::datalyr::meaning;
use crate::intake::datalyr::meaning::redaction::redact_urls;

/// Understands an event; nothing if it has no usable name.
pub(super) fn read<'a>(
    shape: Shape,
    event: Fields<'a>,
    clock: &ClientClock,
    rules: &DecodeRules,
    about: &Surroundings<'a>,
) -> Option<TrackEvent> {
    parts::take(shape, event, clock, about).map(|parts| assemble(&parts, rules))
}

fn assemble(parts: &Parts<'_>, rules: &DecodeRules) -> TrackEvent {
    let envelope = &parts.envelope;
    let meaning = meaning::interpret(envelope, rules);
    let mut event = TrackEvent {
        seq: 0,
        id: owned(parts.id.as_ref()),
        name: (&*envelope.name).into(),
        kind: envelope.kind,
        time_ms: parts.time.time_ms,
        client_time: parts.time.client.clone(),
        channel: (&*envelope.channel).into(),
        library: owned(envelope.library.as_ref()),
        library_version: owned(envelope.library_version.as_ref()),
        user: meaning.user,
        anonymous: owned(envelope.anonymous.as_ref()),
        device: meaning.device,
        session: owned(parts.session.as_ref()),
        may_advertise: !meaning.may_not_advertise,
        is_hidden: name::is_hidden(&envelope.name),
        properties: stored(parts.properties.map_or("{}", |properties| properties.get()).into(), rules),
        context: None,
        touch: meaning.touch,
        conversion: meaning.conversion,
        statements: meaning.statements,
        traits: meaning.traits,
        pairing: meaning.pairing,
    };
    event.context = rest::of(parts, &event).map(|context| stored(Cow::Owned(context.into()), rules));
    event
}

/// A JSON object as it may be stored.
fn stored(json: Cow<'_, str>, rules: &DecodeRules) -> Box<str> {
    if !rules.datalyr.redact_urls {
        return json.into();
    }
    match redact_urls(&json) {
        Cow::Borrowed(_) => json.into(),
        Cow::Owned(redacted) => redacted.into(),
    }
}

fn owned(text: Option<&Cow<'_, str>>) -> Option<Box<str>> {
    text.map(|text| (&**text).into())
}
