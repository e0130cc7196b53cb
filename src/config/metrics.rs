//! `[metrics]`: figures for monitoring systems.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{duration, network, secret};

/// Figures for monitoring systems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// A listener for `/metrics`, `/healthz` and `/readyz` alone.
    #[serde(with = "network::optional_socket_address")]
    pub listen: Option<SocketAddr>,
    /// What `/metrics` on `server.listen` wants to be shown; empty: it is not there.
    #[serde(with = "secret")]
    pub token: String,
    /// Silence after which a project that did send is reported.
    #[serde(with = "duration")]
    pub no_data_after: Duration,
}
