//! Socket addresses and networks.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::{Deserializer, de};

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

    use super::Network;

    /// Reads addresses and networks in prefix notation.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
        let networks = Vec::<Network>::deserialize(deserializer)?;
        Ok(networks.into_iter().map(|network| network.0).collect())
    }

    /// Writes networks in prefix notation.
    pub fn serialize<S: Serializer>(networks: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
        networks.serialize(serializer)
    }
}

/// One network on its way in, so that a bad item is reported by its own place in the list.
struct Network(IpNet);

impl<'de> de::Deserialize<'de> for Network {
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
    type Value = Network;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an IP address or network, such as \"10.0.0.1\" or \"10.0.0.0/8\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Network, E> {
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match network {
            Ok(network) => Ok(Network(network)),
            Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}
