//! `[server]`: the listener, its timeouts and its limits.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{byte_size, duration, file_path, network, web_url};

/// The listener, its timeouts and its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port of collector and API; port 0 takes any free one.
    #[serde(deserialize_with = "network::socket_address")]
    pub listen: SocketAddr,
    /// The address under which browsers reach this server; `None` means derived from `listen`.
    #[serde(with = "web_url")]
    pub public_url: Option<Url>,
    /// PEM file with the certificate and its chain; `None`: plain HTTP.
    #[serde(with = "file_path")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the certificate's private key.
    #[serde(with = "file_path")]
    pub tls_key: Option<PathBuf>,
    /// Threads that answer requests; 0 means one per core.
    pub workers: usize,
    /// Connections open at the same time, over all workers.
    pub max_connections: usize,
    /// Peers whose X-Forwarded-For is believed; empty means that nobody's is.
    #[serde(with = "network::list")]
    pub trusted_proxies: Vec<IpNet>,
    /// Longest time to receive a request head.
    #[serde(with = "duration")]
    pub head_timeout: Duration,
    /// Longest time to receive a request body.
    #[serde(with = "duration")]
    pub body_timeout: Duration,
    /// Slowest upload in bytes per second after its first five seconds; 0 is any.
    #[serde(with = "byte_size")]
    pub min_body_rate: u64,
    /// How long an idle connection stays open; zero closes after each answer.
    #[serde(with = "duration")]
    pub keep_alive: Duration,
    /// How long requests under way may take once a stop was asked for.
    #[serde(with = "duration")]
    pub shutdown_timeout: Duration,
}
