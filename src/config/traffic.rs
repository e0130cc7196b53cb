//! `[traffic]`: what is recorded of proxied requests, and how it is read.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{duration, file_path, secret, web_url, word};

/// What is recorded of proxied requests (traffic.md 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the configuration file")]
pub struct Traffic {
    /// Record at all; off proxies only.
    pub record: bool,
    /// Project that records belong to, by id or name; empty: the oldest.
    pub project: String,
    /// Duration from which a request is slow.
    #[serde(with = "duration")]
    pub slow_threshold: Duration,
    /// Other thresholds for some routes; the first that matches counts.
    pub slow_thresholds: Vec<SlowThreshold>,
    /// Only these are recorded; empty: all. `/health`, `/api/*`, or a regular expression that begins with `^`.
    pub include_routes: Vec<String>,
    /// Not these.
    pub ignore_routes: Vec<String>,
    /// What the field `route` holds.
    #[serde(deserialize_with = "word::deserialize")]
    pub route_value: RouteValue,
    /// Patterns such as `/media/file/:storedName`, the most specific one counts.
    pub routes: Vec<String>,
    /// Response header by which the app names its route; taken away before the client. Empty: none.
    pub route_header: String,
    /// Make one route of paths that differ in ids.
    pub learn_routes: bool,
    /// Most different routes; what comes beyond is counted in `(other)`.
    pub max_routes: usize,
    /// Keep the client's address.
    pub track_ip: bool,
    /// Keep the User-Agent.
    pub track_user_agent: bool,
    /// What is kept of the query, and of secrets in the path.
    #[serde(deserialize_with = "word::deserialize")]
    pub query: QueryPolicy,
    /// Parameters whose values `redact` keeps; a `*` at the end is any rest.
    pub query_allow: Vec<String>,
    /// Records that may wait; more are dropped and counted.
    pub queue_records: usize,
    /// Who made a request.
    pub identity: TrafficIdentity,
    /// The API and live events of express-sequelize-traffic.
    pub dashboard: TrafficDashboard,
}

/// A threshold for some routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowThreshold {
    /// As in `include_routes`.
    pub route: String,
    /// Duration from which a request is slow.
    #[serde(with = "duration")]
    pub threshold: Duration,
}

/// What the field `route` holds (traffic.md 2, `routeValue`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteValue {
    Pattern,
    Path,
    OriginalUrl,
}

/// What is kept of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryPolicy {
    /// Names, and the values of `query_allow`; other values become `REDACTED`, as do secrets in the path.
    Redact,
    /// Everything.
    Keep,
    /// Nothing; secrets in the path become `REDACTED`.
    Strip,
}

/// Who made a request: sources in the order in which they are tried (traffic.md 2).
///
/// A source is `response-header:NAME` (taken away before the client), `request-header:NAME`, `cookie:NAME` or
/// `jwt:CLAIM`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficIdentity {
    /// Request headers count only from `server.trusted_proxies`.
    pub user_id: Vec<String>,
    pub user_name: Vec<String>,
    pub user_email: Vec<String>,
    /// Request headers count from everybody.
    pub session_id: Vec<String>,
    /// Give browsers without a session a cookie of Hearth's own.
    pub session_cookie: bool,
    /// Name of that cookie.
    pub session_cookie_name: String,
    /// How long after its last request such a session ends.
    #[serde(with = "duration")]
    pub session_cookie_idle: Duration,
    /// How tokens are verified.
    pub jwt: TrafficJwt,
}

/// How tokens are verified. One of `secret`, `public_key` and `jwks_url` is needed when a source is `jwt:`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficJwt {
    /// Cookie that holds the token; empty: only `Authorization: Bearer`.
    pub cookie: String,
    /// Shared secret of HS256, HS384 and HS512.
    #[serde(with = "secret")]
    pub secret: String,
    /// PEM file with a public key of RS256 or ES256.
    #[serde(with = "file_path")]
    pub public_key: Option<PathBuf>,
    /// Where the issuer publishes its keys.
    #[serde(with = "web_url")]
    pub jwks_url: Option<Url>,
    /// The `iss` that a token must carry; empty: any.
    pub issuer: String,
    /// The `aud` that a token must carry; empty: any.
    pub audience: String,
    /// Tolerated clock difference.
    #[serde(with = "duration")]
    pub leeway: Duration,
}

/// The API and live events of express-sequelize-traffic (traffic.md 3 and 4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficDashboard {
    pub enabled: bool,
    pub mount_path: String,
    #[serde(deserialize_with = "word::deserialize")]
    pub live_mode: LiveMode,
    #[serde(with = "duration")]
    pub poll_interval: Duration,
    /// With `password`: HTTP Basic. Both empty: Hearth's own tokens.
    pub username: String,
    #[serde(with = "secret")]
    pub password: String,
}

/// How the dashboard of the original learns of new requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LiveMode {
    Poll,
    Socket,
    SocketCluster,
}

impl std::fmt::Debug for TrafficJwt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TrafficJwt").field("cookie", &self.cookie).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for TrafficDashboard {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TrafficDashboard").field("mount_path", &self.mount_path).finish_non_exhaustive()
    }
}
