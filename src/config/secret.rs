//! Values that nobody is shown again.

use serde::{Deserialize, Deserializer, Serializer, de};

/// Written in the place of a secret that is set.
pub const HIDDEN: &str = "(hidden)";

/// Reads a secret; a mistake is told without repeating what was found.
///
/// The mask itself is refused: a printed configuration that is used as a file would otherwise make a password of it
/// that everybody knows.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match String::deserialize(deserializer) {
        Ok(text) if text == HIDDEN => Err(de::Error::custom(format!(
            "{HIDDEN} stands for a secret that was not printed; write the secret itself"
        ))),
        Ok(text) => Ok(text),
        Err(_) => Err(de::Error::custom("expected text in quotes")),
    }
}

/// Writes [`HIDDEN`] for a secret, and empty text for none.
pub fn serialize<S: Serializer>(secret: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.is_empty() { "" } else { HIDDEN })
}
