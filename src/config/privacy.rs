//! `[privacy]`: what is kept about visitors.

use serde::{Deserialize, Serialize};

use super::word;

/// What is kept about visitors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// Store nothing for `DNT: 1`; the sender is answered 200.
    pub respect_dnt: bool,
    /// Store nothing for `Sec-GPC: 1`; the sender is answered 200.
    pub respect_gpc: bool,
    /// What is kept of the visitor's address (heat-collector.md 9, D9).
    #[serde(deserialize_with = "word::deserialize")]
    pub address: AddressPolicy,
    /// What is kept of the query part of page paths (heat-collector.md 9, D13).
    #[serde(deserialize_with = "word::deserialize")]
    pub path_query: PathQueryPolicy,
    /// Parameters that [`PathQueryPolicy::AllowList`] keeps.
    pub path_query_allow: Vec<String>,
    /// Remove `value`, `text` and `content` from meta at any depth instead of the top level only.
    pub deep_clean_meta: bool,
}

/// What is kept of a visitor's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressPolicy {
    /// A keyed hash whose salt changes.
    Hashed,
    /// Nothing.
    None,
}

/// What is kept of the query part of page paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathQueryPolicy {
    /// All of it.
    Keep,
    /// Nothing.
    Strip,
    /// The parameters in [`Privacy::path_query_allow`].
    AllowList,
}
