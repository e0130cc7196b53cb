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

struct UrlVisitor;

impl de::Visitor<'_> for UrlVisitor {
    type Value = Option<Url>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an address such as \"https://stats.example.org\", or \"\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<Url>, E> {
        if text.is_empty() {
            return Ok(None);
        }
        let Ok(address) = text.parse::<Url>() else {
            if text.contains('@') {
                return Err(E::custom(NO_PASSWORD));
            }
            return Err(E::invalid_value(de::Unexpected::Str(text), &self));
        };
        if !address.username().is_empty() || address.password().is_some() {
            return Err(E::custom(NO_PASSWORD));
        }
        if !matches!(address.scheme(), "http" | "https") || address.fragment().is_some() {
            return Err(E::invalid_value(de::Unexpected::Str(text), &self));
        }
        Ok(Some(address))
    }
}
