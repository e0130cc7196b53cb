//! `[heat]`: the heat-collector protocol.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::web_origin::AllowedOrigins;
use super::{byte_size, duration, web_url, word};

/// The heat-collector protocol: who may send, how much, and how closely the original is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the configuration file")]
pub struct Heat {
    /// What a sender must show.
    #[serde(deserialize_with = "word::deserialize")]
    pub auth: HeatAuth,
    /// Largest body after decompression, in bytes; exactly this passes (heat-collector.md 4.2).
    #[serde(with = "byte_size")]
    pub max_body_bytes: u64,
    /// Most events in one batch.
    pub max_events: usize,
    /// Answer the query routes without a token (heat-collector.md 9, D3).
    pub open_reads: bool,
    /// Create a project for an unknown key (heat-collector.md 9, D4).
    pub auto_create_projects: bool,
    /// Most projects that may exist.
    pub max_projects: u32,
    /// Store the valid events of a batch that has invalid ones (heat-collector.md 9, D12).
    pub salvage_invalid_events: bool,
    /// Refuse what JSON.parse takes and no browser sends (heat-collector.md 4.2).
    pub strict_json: bool,
    /// Deepest nesting of a body, in levels.
    pub max_json_depth: usize,
    /// Web origins that may send from a browser.
    pub allowed_origins: AllowedOrigins,
    /// How many batches a sender may deliver.
    pub rate_limit: RateLimit,
    /// How signed tokens are judged.
    pub jwt: Jwt,
}

/// What a sender must show (heat-collector.md 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeatAuth {
    /// The project key; an Authorization header is ignored.
    ProjectKey,
    /// The project key and a valid token.
    Jwt,
    /// The project key, and a token that must be valid if there is one.
    Both,
}

impl HeatAuth {
    /// Whether tokens are ever judged, so that the JWT settings must be complete.
    #[must_use]
    pub fn judges_tokens(self) -> bool {
        matches!(self, Self::Jwt | Self::Both)
    }
}

/// A fixed window per project key and address (heat-collector.md 4.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Batches per key, address and window; refused ones count too.
    pub max: u32,
    /// Length of the window, which the first request opens.
    #[serde(with = "duration")]
    pub window: Duration,
    /// Batches per address and window whose key is unknown.
    pub unknown_key_max: u32,
    /// Most senders counted at the same time.
    pub max_tracked: usize,
}

/// How signed tokens are judged (heat-collector.md 4.5 and 9, D15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the configuration file")]
pub struct Jwt {
    /// Where the public keys are; never `None` when [`HeatAuth::judges_tokens`].
    #[serde(with = "web_url")]
    pub jwks_url: Option<Url>,
    /// The `iss` every token must carry; never empty when [`HeatAuth::judges_tokens`].
    pub issuer: String,
    /// The `aud` every token must carry; never empty when [`HeatAuth::judges_tokens`].
    pub audience: String,
    /// Judge tokens exactly as heat-collector does; `require_exp` and `leeway` then have no effect.
    pub heat_collector_rules: bool,
    /// Refuse tokens without `exp`.
    pub require_exp: bool,
    /// Tolerated clock difference when `exp` and `nbf` are judged.
    #[serde(with = "duration")]
    pub leeway: Duration,
    /// Fetch keys over http:// as well.
    pub allow_http: bool,
    /// Fetch keys from private and loopback addresses as well.
    ///
    /// An address written in `jwks_url` is judged here; names must be judged after they are resolved, at each fetch,
    /// with [`is_private_address`](super::is_private_address).
    pub allow_private_address: bool,
    /// Longest time for one fetch of the keys.
    #[serde(with = "duration")]
    pub fetch_timeout: Duration,
    /// How long fetched keys are used.
    #[serde(with = "duration")]
    pub cache: Duration,
    /// Shortest time between two fetches that an unknown `kid` or a failure causes.
    #[serde(with = "duration")]
    pub refetch_cooldown: Duration,
}
