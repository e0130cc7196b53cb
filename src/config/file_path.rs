//! Paths of files that may be left out.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serializer};

/// Reads a path; empty text is `None`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let path = PathBuf::deserialize(deserializer)?;
    Ok((!path.as_os_str().is_empty()).then_some(path))
}

/// Writes the path, or empty text for `None`.
#[expect(clippy::ref_option, reason = "serde's `with` passes a reference to the field")]
pub fn serialize<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.as_deref().map(Path::to_string_lossy).unwrap_or_default())
}
