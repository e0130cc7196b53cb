//! `[geo]`: which country a visitor is in.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::file_path;

/// Which country a visitor is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geo {
    /// A database in `MaxMind`'s format; `None`: countries are not looked up.
    #[serde(with = "file_path")]
    pub database: Option<PathBuf>,
    /// Header in which a trusted proxy names the country; empty: none.
    pub country_header: String,
    /// What the licence of the database wants to have said; shown below lists of countries.
    pub attribution: String,
}
