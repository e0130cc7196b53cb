//! Socket addresses and networks.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::{Deserializer, de};

use super::presets::networks_of;

/// Reads an address with a port; names are refused, as what they resolve to may change under the listener.
pub fn socket_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    deserializer.deserialize_str(SocketVisitor)
}

/// Addresses with a port that may be left empty.
pub mod optional_socket_address {
    use std::net::SocketAddr;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::SocketVisitor;

    /// Reads an address with a port; empty text is `None`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() { Ok(None) } else { serde::de::Visitor::visit_str(SocketVisitor, &text).map(Some) }
    }

    /// Writes the address, or empty text for `None`.
    #[expect(clippy::ref_option, reason = "serde's `with` passes a reference to the field")]
    pub fn serialize<S: Serializer>(address: &Option<SocketAddr>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&address.map(|address| address.to_string()).unwrap_or_default())
    }
}

/// Lists of networks, in which a single address stands for itself.
pub mod list {
    use ipnet::IpNet;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Networks;
    use crate::config::presets::as_written;

    /// Reads addresses, networks in prefix notation, and words that stand for several.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
        let networks = Vec::<Networks>::deserialize(deserializer)?;
        Ok(networks.into_iter().flat_map(|networks| networks.0).collect())
    }

    /// Writes them the same way.
    pub fn serialize<S: Serializer>(networks: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
        as_written(networks).serialize(serializer)
    }
}

/// One item on its way in, so that a bad one is reported by its own place in the list.
struct Networks(Vec<IpNet>);

impl<'de> de::Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NetworkVisitor)
    }
}

struct SocketVisitor;

impl de::Visitor<'_> for SocketVisitor {
    type Value = SocketAddr;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an IP address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<SocketAddr, E> {
        text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

struct NetworkVisitor;

impl de::Visitor<'_> for NetworkVisitor {
    type Value = Networks;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(
            "an IP address or network, such as \"10.0.0.1\" or \"10.0.0.0/8\", or one of the words \"loopback\", \
             \"private\" and \"cloudflare\"",
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Networks, E> {
        if let Some(networks) = networks_of(text) {
            return Ok(Networks(networks));
        }
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match network {
            Ok(network) => Ok(Networks(vec![network])),
            Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}
