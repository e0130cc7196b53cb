//! A JSON object whose values are looked at one by one, and otherwise stay the text they came as.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object in the order of their first mention; of members with the same key the last counts
/// (datalyr.md 10, U20).
#[derive(Debug, Clone, Default)]
pub struct Fields<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Fields<'a> {
    /// Reads an object; nothing if `json` is something else.
    #[must_use]
    pub fn read(json: &'a RawValue) -> Option<Self> {
        if !json.get().starts_with('{') {
            return None;
        }
        serde_json::from_str(json.get()).ok()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.members.iter().map(|(key, value)| (key.as_ref(), *value))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The value of a key, also if it is null.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.members.iter().rev().find(|(known, _)| known == key).map(|(_, value)| *value)
    }

    /// The value of a key that is there and not null.
    #[must_use]
    pub fn some(&self, key: &str) -> Option<&'a RawValue> {
        self.get(key).filter(|value| value.get() != "null")
    }

    /// The text of a key: a string that is not empty, or a number in its decimal form (datalyr.md 0, 6).
    #[must_use]
    pub fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        self.get(key).and_then(text)
    }

    /// The first of some keys that has a text.
    #[must_use]
    pub fn first_text(&self, keys: &[&str]) -> Option<Cow<'a, str>> {
        keys.iter().find_map(|key| self.text(key))
    }

    /// The object of a key.
    #[must_use]
    pub fn object(&self, key: &str) -> Option<Fields<'a>> {
        self.get(key).and_then(Fields::read)
    }

    /// The finite number of a key.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        let json = self.get(key)?.get();
        if !json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return None;
        }
        json.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// A string that is not empty, or a number in its decimal form; nothing for all else.
#[must_use]
pub fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    let json = value.get();
    match json.as_bytes().first()? {
        b'"' => string(value).filter(|text| !text.is_empty()),
        // 12345 and 12345.0 and 1.2345e4 are one number, and JavaScript writes all of them "12345".
        b'-' | b'0'..=b'9' if json.bytes().all(|byte| byte.is_ascii_digit()) && json.len() <= 15 => {
            Some(Cow::Borrowed(json))
        }
        b'-' | b'0'..=b'9' => {
            let number: f64 = json.parse().ok()?;
            number.is_finite().then(|| Cow::Owned(ryu_js::Buffer::new().format(number).to_owned()))
        }
        _ => None,
    }
}

/// The text of a JSON string, also if it is empty.
#[must_use]
pub fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    /// `Cow` alone never borrows.
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(value.get()).ok().map(|text| text.0)
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Fields<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(map.size_hint().unwrap_or(16));
                while let Some(Key(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Fields { members })
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A member's name; borrowed if it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(name)))
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn the_last_of_equal_keys_counts_and_keys_may_be_escaped() {
        let json = raw(r#"{"a":1,"\u0061":2,"":3,"b":null}"#);
        let fields = Fields::read(&json).unwrap();
        assert_eq!(fields.number("a"), Some(2.0));
        assert_eq!(fields.number(""), Some(3.0));
        assert!(fields.get("b").is_some() && fields.some("b").is_none());
        assert!(Fields::read(&raw("[1]")).is_none());
    }

    #[test]
    fn numbers_become_the_text_that_javascript_gives_them() {
        for (json, expected) in [
            ("12345", Some("12345")),
            ("12345.0", Some("12345")),
            ("1234567890123456800", Some("1234567890123456800")),
            ("1e21", Some("1e+21")),
            ("\"x\"", Some("x")),
            ("\"\"", None),
            ("true", None),
            ("null", None),
            ("{}", None),
        ] {
            assert_eq!(text(&raw(json)).as_deref(), expected, "{json}");
        }
    }
}
