//! `[accounts]`: people who sign in to the dashboard.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration;

/// People who sign in to the dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// How long a session lasts that is not used.
    #[serde(with = "duration")]
    pub session_idle: Duration,
    /// How long a session lasts at most.
    #[serde(with = "duration")]
    pub session_max: Duration,
    /// What authenticator apps show above the code.
    pub totp_issuer: String,
}
