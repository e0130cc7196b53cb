//! Ids that apps give: of events, sessions and persons (datalyr.md 7.1, 7.4; chapter 10, U23 and U24).
//!
//! An id is kept as it came: case, spaces and letters that look alike count. A number becomes its decimal text. What is
//! empty or blank, or neither text nor number, is no id.

use std::borrow::Cow;
use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::value::RawValue;

use super::fields::{Fields, text};

/// Longest id of an event or session that is kept as it came, in UTF-16 units.
const MAX_UNITS: usize = 256;

/// Longest id of a user, browser, device or anything else that stands for a person, in bytes.
const MAX_PERSON_BYTES: usize = 1024;

/// How much of a longer id stays, in UTF-16 units; the rest is told by its hash.
const KEPT_UNITS: usize = 191;

/// The id of an event or session; a longer one as @datalyr/api 1.3.1 shortens it, so that both spellings meet.
#[must_use]
pub fn short_id(value: &RawValue) -> Option<Cow<'_, str>> {
    let id = present(value)?;
    let fits = id.len() <= MAX_UNITS || id.encode_utf16().count() <= MAX_UNITS;
    Some(if fits { id } else { Cow::Owned(shortened(&id)) })
}

/// The id of a user, browser, device or anything else that stands for a person.
#[must_use]
pub fn person_id(value: &RawValue) -> Option<Cow<'_, str>> {
    present(value).map(bounded_person_id)
}

/// The first of some keys that has a person's id.
#[must_use]
pub fn first_person_id<'a>(fields: &Fields<'a>, keys: &[&str]) -> Option<Cow<'a, str>> {
    keys.iter().find_map(|key| fields.get(key).and_then(person_id))
}

/// An id that stands for a person, shortened if it is too long.
#[must_use]
pub fn bounded_person_id(id: Cow<'_, str>) -> Cow<'_, str> {
    if id.len() <= MAX_PERSON_BYTES { id } else { Cow::Owned(shortened(&id)) }
}

fn present(value: &RawValue) -> Option<Cow<'_, str>> {
    text(value).filter(|id| !id.trim().is_empty())
}

/// The first units of an id, `-`, and the SHA-256 of all of it as UTF-8 in hexadecimal.
///
/// A pair of units that is cut in two becomes U+FFFD, as does the half that the SDK sends.
fn shortened(id: &str) -> String {
    let beginning = char::decode_utf16(id.encode_utf16().take(KEPT_UNITS));
    let mut short: String = beginning.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    short.push('-');
    for byte in digest(&SHA256, id.as_bytes()).as_ref() {
        // Writing to a text does not fail.
        let _ = write!(short, "{byte:02x}");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn an_id_is_kept_as_it_came_and_numbers_are_text() {
        for (json, expected) in [
            (r#""Evt 1 ""#, Some("Evt 1 ")),
            ("12345", Some("12345")),
            ("1e21", Some("1e+21")),
            (r#""""#, None),
            (r#"" \t\u00a0 ""#, None),
            ("null", None),
            ("true", None),
            ("{}", None),
            (r#"["a"]"#, None),
        ] {
            assert_eq!(short_id(&raw(json)).as_deref(), expected, "{json}");
            assert_eq!(person_id(&raw(json)).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn a_long_event_id_is_shortened_as_the_sdk_does() {
        // What @datalyr/api 1.3.1 made of 200 faces, captured; a strict reader needs U+FFFD for the half of the 96th.
        let sent =
            format!("{}\u{fffd}-be0dd5625e999de4a629c08e0d2f7d8005c8fce643c7e469066c249d0bd51978", "😀".repeat(95));
        assert_eq!(short_id(&raw(&format!("\"{}\"", "😀".repeat(200)))).unwrap(), sent);
        assert_eq!(short_id(&raw(&format!("\"{sent}\""))).unwrap(), sent);
    }

    #[test]
    fn ids_up_to_their_limit_differ_in_their_last_character() {
        let id = |last: &str, count: usize| raw(&format!("\"{}{last}\"", "é".repeat(count)));
        assert_eq!(short_id(&id("a", 255)).unwrap().chars().count(), 256);
        assert_ne!(short_id(&id("a", 255)), short_id(&id("b", 255)));
        assert_ne!(short_id(&id("a", 256)), short_id(&id("b", 256)));
        assert_eq!(short_id(&id("a", 256)).unwrap().chars().count(), KEPT_UNITS + 65);
        assert_eq!(person_id(&id("", 512)).unwrap().len(), 1024);
        assert_eq!(person_id(&id("", 513)).unwrap().chars().count(), KEPT_UNITS + 65);
    }
}
