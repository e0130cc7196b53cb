//! `[log]`: what the process says about itself, and how.

use serde::{Deserialize, Deserializer, Serialize, de};

use super::word;

/// What the process says about itself, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// A tracing filter: a level, or levels per module separated by commas.
    #[serde(deserialize_with = "filter")]
    pub level: String,
    /// The form of a line.
    #[serde(deserialize_with = "word::deserialize")]
    pub format: LogFormat,
    /// Log a line per request.
    pub access: bool,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Pretty on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Pretty,
    /// For people, with less around each line.
    Compact,
    /// One JSON object per line.
    Json,
}

/// Reads a filter and refuses words that are no level.
///
/// tracing itself takes `inof` for the name of a module and then logs nothing else, which nobody means.
fn filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.split(',').all(is_directive) {
        return Ok(text);
    }
    let expected =
        "a level (off, error, warn, info, debug, trace) or levels per module such as \"info,hearth::store=debug\"";
    Err(de::Error::invalid_value(de::Unexpected::Str(&text), &expected))
}

fn is_directive(directive: &str) -> bool {
    let level = match directive.trim().rsplit_once('=') {
        Some(("", _)) => return false,
        Some((_, level)) => level,
        None => directive.trim(),
    };
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    levels.iter().any(|known| known.eq_ignore_ascii_case(level))
}
