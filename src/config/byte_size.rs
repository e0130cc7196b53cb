//! Sizes in bytes: a whole number, or text with a unit such as "64MiB" (1024) and "64MB" (1000).

use std::fmt;

use bytesize::ByteSize;
use serde::{Deserializer, Serializer, de};

/// Reads a size in bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    deserializer.deserialize_any(SizeVisitor)
}

/// Writes a size in the form that [`deserialize`] reads, without rounding.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `with` passes a reference")]
pub fn serialize<S: Serializer>(bytes: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    match binary_unit(*bytes) {
        Some(text) => serializer.serialize_str(&text),
        None => serializer.serialize_u64(*bytes),
    }
}

/// A size as people write it: `64MiB`, or the plain number where no binary unit is exact.
pub fn in_words(bytes: u64) -> String {
    binary_unit(bytes).unwrap_or_else(|| bytes.to_string())
}

fn binary_unit(bytes: u64) -> Option<String> {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let (size, name) = units.into_iter().find(|(size, _)| bytes > 0 && bytes.is_multiple_of(*size))?;
    Some(format!("{}{name}", bytes / size))
}

struct SizeVisitor;

impl de::Visitor<'_> for SizeVisitor {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a size in bytes, such as 1000000, \"1MB\" or \"64MiB\"")
    }

    fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<u64, E> {
        Ok(bytes)
    }

    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<u64, E> {
        u64::try_from(bytes).map_err(|_| E::invalid_value(de::Unexpected::Signed(bytes), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        match text.parse::<ByteSize>() {
            Ok(size) => Ok(size.as_u64()),
            Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}
