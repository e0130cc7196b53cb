//! Configuration: the only room that knows figment and the process environment.
//!
//! Four layers, later ones win: the annotated default `config/hearth.toml` (compiled in, so documentation and defaults
//! cannot differ), one file of the owner's, environment variables, flags. [`load()`] reads them all, and either gives a
//! [`Config`] in which every value is parsed and within its limits, or every mistake at once, each with its place.
//!
//! ```text
//! toml_file, variables, flags  ->  Entry (key, value, origin)  ->  judge  ->  Config  ->  validate
//!                                         catalogue: which keys exist, read from the default itself
//! ```
//!
//! Invariants: no `Default` of a configuration struct exists; a key that the default lacks does not exist.

mod accounts;
mod backup;
mod byte_size;
mod catalogue;
mod datalyr;
mod duration;
mod entry;
mod file_path;
mod flags;
mod geo;
mod heat;
mod judge;
mod limits;
mod live;
mod load;
mod log;
mod metrics;
mod network;
mod origin;
mod presets;
mod privacy;
mod private_address;
mod problem;
mod proxy;
mod reference;
mod retention;
mod secret;
mod server;
mod settings;
mod source_file;
mod storage;
mod suggest;
mod surroundings;
mod text_value;
mod toml_file;
mod traffic;
mod validate;
mod validate_proxy;
mod validate_traffic;
mod variables;
mod web_origin;
mod web_url;
mod word;

#[cfg(test)]
mod tests;

pub use accounts::Accounts;
pub use backup::{Backup, BackupS3};
pub use datalyr::{Datalyr, DatalyrRateLimit};
pub use flags::Overrides;
pub use geo::Geo;
pub use heat::{Heat, HeatAuth, Jwt, RateLimit};
pub use live::{LIVE_KEYS, is_live_key, with_live_keys};
pub use load::{Loaded, load, load_from};
pub use log::{Log, LogFormat};
pub use metrics::Metrics;
pub use origin::{Origin, Position};
pub use presets::{as_written, word_for};
pub use privacy::{AddressPolicy, PathQueryPolicy, Privacy};
pub use private_address::is_private_address;
pub use problem::{Problem, ProblemCode, Problems};
pub use proxy::{Proxy, Upstream};
pub use reference::{KeyReference, SectionReference, reference};
pub use retention::Retention;
pub use server::Server;
pub use settings::{Setting, effective_settings};
pub use storage::Storage;
pub use surroundings::Surroundings;
pub use traffic::{
    LiveMode, QueryPolicy, RouteValue, SlowThreshold, Traffic, TrafficDashboard, TrafficIdentity, TrafficJwt,
};
pub use web_origin::AllowedOrigins;

use serde::{Deserialize, Serialize};

/// The annotated default: the lowest layer, and the list of all keys.
pub const DEFAULT_TOML: &str = include_str!("../../config/hearth.toml");

/// Everything an owner can configure, one struct per concern.
///
/// Field names are the keys of `config/hearth.toml`, where each is explained; a test holds both sets equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Listener, timeouts and limits of connections.
    pub server: Server,
    /// The database file, its queue and its upkeep.
    pub storage: Storage,
    /// Copies of the database.
    pub backup: Backup,
    /// How long data are kept.
    pub retention: Retention,
    /// Heatmap events: the heat-collector protocol.
    pub heat: Heat,
    /// App events: the Datalyr protocol.
    pub datalyr: Datalyr,
    /// The recording proxy in front of the user's app.
    pub proxy: Proxy,
    /// What is recorded of proxied requests, and how it is read.
    pub traffic: Traffic,
    /// People who sign in to the dashboard.
    pub accounts: Accounts,
    /// What is kept about visitors.
    pub privacy: Privacy,
    /// Which country a visitor is in.
    pub geo: Geo,
    /// Figures for monitoring systems.
    pub metrics: Metrics,
    /// What the process says about itself.
    pub log: Log,
}
