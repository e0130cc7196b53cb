//! Durations: "250ms", "10s", "5m", "12h", "7d".

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{Deserializer, Serializer, de, ser};

/// Reads a duration; a unit is required, a day is 24 hours, and months and years are refused as they have no fixed length.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_str(DurationVisitor)
}

/// Writes a duration in the form that [`deserialize`] reads, such as `1m 30s`.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&in_words(*duration).map_err(ser::Error::custom)?)
}

/// A duration as people write it, such as `1m 30s`.
pub fn in_words(duration: Duration) -> Result<String, jiff::Error> {
    Ok(format!("{:#}", SignedDuration::try_from(duration)?))
}

struct DurationVisitor;

impl de::Visitor<'_> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a duration with its unit, such as \"250ms\", \"10s\", \"5m\", \"12h\" or \"7d\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        text.parse::<Span>()
            .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
            .ok()
            .and_then(|signed| Duration::try_from(signed).ok())
            .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}
