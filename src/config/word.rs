//! Values that are one word of a fixed set.

use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer};

/// Reads an enum from its name alone.
///
/// figment also takes a variant's number, so that `auth = 1` would silently mean the second word.
pub fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(String::deserialize(deserializer)?.into_deserializer())
}
