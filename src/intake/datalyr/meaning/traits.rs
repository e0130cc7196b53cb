//! What `$identify` says of its user (datalyr.md 5, 7.4).
//!
//! ```text
//! browsers   traits{}
//! servers    flat; up to 1.2.2 in $set{}
//! apps       flat, among what the SDK adds by itself; Swift also in properties{}
//! ```
//!
//! `$group` and `$alias` say nothing of a user.

mod automatic;

use serde_json::value::RawValue;

use self::automatic::is_automatic;
use super::speaker::Speaker;
use crate::domain::track::{EventKind, Trait};
use crate::intake::datalyr::envelope::Envelope;
use crate::intake::datalyr::fields::{Fields, string};
use crate::js::json::write_json_text;

/// Most traits of one event.
const MAX_TRAITS: usize = 100;

/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 128;

/// Longest value, in bytes of JSON.
const MAX_VALUE_BYTES: usize = 8 * 1024;

/// Other spellings, and the keys they are known under.
const SYNONYMS: [(&str, &str); 3] = [("firstName", "first_name"), ("lastName", "last_name"), ("phoneNumber", "phone")];

/// Keys of flat traits that name the event's ids, or hold traits themselves.
const NO_TRAITS: [&str; 11] = [
    "anonymous_id",
    "anonymousId",
    "userId",
    "user_id",
    "visitorId",
    "visitor_id",
    "previous_id",
    "previousId",
    "external_ids",
    "$set",
    "traits",
];

/// What an event says of its user, each key once.
pub(super) fn read(event: &Envelope<'_>, speaker: Speaker) -> Vec<Trait> {
    if event.kind != EventKind::Identify {
        return Vec::new();
    }
    let mut told = Told::default();
    for key in ["$set", "traits"] {
        told.add_object(&event.properties, key);
    }
    if speaker.is_app() {
        told.add_object(&event.properties, "properties");
        told.add_flat(&event.properties, |key, value| is_app_trait(key, value, &event.user_properties));
        if told.traits.is_empty() {
            // The event itself says nothing: what was said before, as the SDK remembers it.
            told.add_members(&event.user_properties, |_, _| true);
        }
    } else if speaker != Speaker::Browser {
        told.add_flat(&event.properties, |_, _| true);
    }
    told.traits.into_iter().map(|(known, _)| known).collect()
}

/// Traits, and for each whether its key was spelled as it is known.
#[derive(Default)]
struct Told {
    traits: Vec<(Trait, bool)>,
}

impl Told {
    fn add_object(&mut self, properties: &Fields<'_>, key: &str) {
        if let Some(traits) = properties.object(key) {
            self.add_members(&traits, |_, _| true);
        }
    }

    fn add_flat(&mut self, properties: &Fields<'_>, may_be: impl Fn(&str, &RawValue) -> bool) {
        self.add_members(properties, |key, value| !NO_TRAITS.contains(&key) && may_be(key, value));
    }

    fn add_members(&mut self, members: &Fields<'_>, may_be: impl Fn(&str, &RawValue) -> bool) {
        for (key, value) in members.iter().filter(|(key, value)| may_be(key, value)) {
            self.add(key, value);
        }
    }

    /// Adds a trait. Of several that are known under one key the one that is spelled so counts, and of these the last.
    fn add(&mut self, key: &str, value: &RawValue) {
        let known = SYNONYMS.iter().find(|(other, _)| *other == key).map_or(key, |(_, known)| known);
        let is_exact = known == key;
        let json = value.get();
        if known.is_empty() || known.len() > MAX_KEY_BYTES || json == "null" || json.len() > MAX_VALUE_BYTES {
            return;
        }
        let value = if known == "email" { email(value) } else { json.into() };
        let has_room = self.traits.len() < MAX_TRAITS;
        match self.traits.iter_mut().find(|(told, _)| &*told.key == known) {
            Some((_, was_exact)) if *was_exact && !is_exact => {}
            Some(told) => *told = (Trait { key: known.into(), value }, is_exact),
            None if has_room => {
                self.traits.push((Trait { key: known.into(), value }, is_exact));
            }
            None => {}
        }
    }
}

/// Whether a property of an app's event was said by the app. `merged` has the traits that the SDK remembers, this event's
/// among them.
fn is_app_trait(key: &str, value: &RawValue, merged: &Fields<'_>) -> bool {
    if merged.is_empty() {
        return !is_automatic(key);
    }
    is_standard(key) || merged.get(key).is_some_and(|known| !is_automatic(key) || known.get() == value.get())
}

/// An e-mail address without the space around it, as JSON.
fn email(value: &RawValue) -> Box<str> {
    let text = if value.get().starts_with('"') { string(value) } else { None };
    match text.as_deref().map(|text| (text, text.trim())) {
        Some((text, trimmed)) if text != trimmed => {
            let mut json = String::with_capacity(trimmed.len() + 2);
            write_json_text(trimmed, &mut json);
            json.into()
        }
        _ => value.get().into(),
    }
}

/// Whether SDKs of apps lift a trait of this key out of the others.
fn is_standard(key: &str) -> bool {
    matches!(key, "email" | "phone" | "first_name" | "last_name" | "name" | "plan")
        || SYNONYMS.iter().any(|(other, _)| *other == key)
}
