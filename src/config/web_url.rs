//! Web addresses that may be left empty.

use std::fmt;

use serde::{Deserializer, Serializer, de};
use url::Url;

/// Reads an http or https address; empty text is `None`.
///
/// User names and passwords are refused because this file, its problems and `config show` are shown to people.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    deserializer.deserialize_str(UrlVisitor)
}

/// Writes the address, or empty text for `None`.
#[expect(clippy::ref_option, reason = "serde's `with` passes a reference to the field")]
pub fn serialize<S: Serializer>(address: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(address.as_ref().map_or("", Url::as_str))
}

/// Said instead of repeating the address that was found.
const NO_PASSWORD: &str = "must be an http or https address without a user name or password";

/// Addresses that may not be left empty.
pub mod required {
    use serde::{Deserializer, Serializer};
    use url::Url;

    use super::RequiredVisitor;

    /// Reads an http or https address by the same rules; empty text is a mistake.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
        deserializer.deserialize_str(RequiredVisitor)
    }

    /// Writes the address.
    pub fn serialize<S: Serializer>(address: &Url, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(address.as_str())
    }
}

struct UrlVisitor;

struct RequiredVisitor;

impl de::Visitor<'_> for UrlVisitor {
    type Value = Option<Url>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an address such as \"https://stats.example.org\", or \"\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<Url>, E> {
        if text.is_empty() { Ok(None) } else { address(text, &self).map(Some) }
    }
}

impl de::Visitor<'_> for RequiredVisitor {
    type Value = Url;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an address such as \"http://localhost:3000\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Url, E> {
        address(text, &self)
    }
}

fn address<E: de::Error>(text: &str, expected: &dyn de::Expected) -> Result<Url, E> {
    let Ok(address) = text.parse::<Url>() else {
        let has_password = text.contains('@');
        return Err(if has_password { E::custom(NO_PASSWORD) } else { invalid(text, expected) });
    };
    if !address.username().is_empty() || address.password().is_some() {
        return Err(E::custom(NO_PASSWORD));
    }
    if !matches!(address.scheme(), "http" | "https") || address.fragment().is_some() {
        return Err(invalid(text, expected));
    }
    Ok(address)
}

fn invalid<E: de::Error>(text: &str, expected: &dyn de::Expected) -> E {
    E::invalid_value(de::Unexpected::Str(text), expected)
}
