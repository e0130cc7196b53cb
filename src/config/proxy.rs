//! `[proxy]`: the recording proxy in front of the user's app.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{byte_size, duration, file_path, network, web_url};

/// The listener before the app, where its requests go, and what bounds them (traffic.md 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Address and port of the app as browsers see it; used once an upstream is configured.
    #[serde(deserialize_with = "network::socket_address")]
    pub listen: SocketAddr,
    /// The one upstream of a simple installation.
    #[serde(with = "web_url")]
    pub upstream: Option<Url>,
    /// Upstreams by host and path; the most specific one that matches is used, then `upstream`.
    pub upstreams: Vec<Upstream>,
    /// Protocols that may be upgraded to beside WebSocket.
    pub upgrades: Vec<String>,
    /// Send the client's Host on; off sends the upstream's own name.
    pub preserve_host: bool,
    /// PEM file with authorities that may sign https upstreams, beside the system's.
    #[serde(with = "file_path")]
    pub upstream_ca: Option<PathBuf>,
    /// Connections of clients, over all workers.
    pub max_connections: usize,
    /// Connections from one address (one /64 of IPv6).
    pub max_connections_per_address: usize,
    /// Largest head of a request.
    #[serde(with = "byte_size")]
    pub max_head_bytes: u64,
    /// Most fields in a head.
    pub max_fields: usize,
    /// Longest request target; longer is answered 414.
    #[serde(with = "byte_size")]
    pub max_target_bytes: u64,
    /// Largest body of a request; 0 is any.
    #[serde(with = "byte_size")]
    pub max_body_bytes: u64,
    /// Longest time to receive a request head.
    #[serde(with = "duration")]
    pub head_timeout: Duration,
    /// How long an idle connection of a client stays open.
    #[serde(with = "duration")]
    pub keep_alive: Duration,
    /// Longest time in which a client sends none of its body, or takes none of its response.
    #[serde(with = "duration")]
    pub client_timeout: Duration,
    /// Slowest upload in bytes per second after its first five seconds; 0 is any.
    #[serde(with = "byte_size")]
    pub min_body_rate: u64,
    /// Longest time to connect to an upstream.
    #[serde(with = "duration")]
    pub connect_timeout: Duration,
    /// Longest time from the end of the request to the head of the response.
    #[serde(with = "duration")]
    pub response_timeout: Duration,
    /// Longest pause inside a response.
    #[serde(with = "duration")]
    pub stream_timeout: Duration,
    /// Longest silence in both directions of a websocket or other tunnel.
    #[serde(with = "duration")]
    pub tunnel_timeout: Duration,
    /// Longest time for a whole exchange; zero is any. Tunnels are not meant.
    #[serde(with = "duration")]
    pub total_timeout: Duration,
    /// How long an idle connection to an upstream is kept; shorter than the upstream keeps it.
    #[serde(with = "duration")]
    pub upstream_keep_alive: Duration,
    /// Idle connections kept per upstream and worker.
    pub upstream_max_idle: usize,
}

/// One upstream of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Host that the client asks for, without a port; empty is any. `*.example.org` is any name below.
    #[serde(default)]
    pub host: String,
    /// Path prefix, by whole segments.
    #[serde(default = "root")]
    pub path: String,
    /// Where requests go: `http://` or `https://`, host and port; a path in it is put before the request's.
    #[serde(with = "web_url::required")]
    pub url: Url,
    /// Instead of `proxy.preserve_host`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preserve_host: Option<bool>,
    /// Project that the records belong to, by id or name; empty: that of `traffic.project`.
    #[serde(default)]
    pub project: String,
}

fn root() -> String {
    "/".to_owned()
}

impl Proxy {
    /// Whether there is anything to stand in front of.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.upstream.is_some() || !self.upstreams.is_empty()
    }
}
