//! The client's address: the peer's, or what a trusted proxy says.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Hops of `X-Forwarded-For` that are looked at.
const MAX_HOPS: usize = 32;

/// The proxies whose `X-Forwarded-For` is believed; by default none.
#[derive(Debug, Clone)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    #[must_use]
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.to_vec())
    }

    /// Who sent the request: the rightmost hop that is no trusted proxy.
    #[must_use]
    pub fn client_address(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let forwarded: Vec<_> =
            request.headers().get_all(X_FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
        self.walk(peer.to_canonical(), &forwarded)
    }

    /// Who sent a request that came from `peer` with these values of `X-Forwarded-For`, in the order of their lines.
    #[must_use]
    pub fn client_behind<'a>(&self, peer: IpAddr, forwarded: impl Iterator<Item = &'a str>) -> IpAddr {
        let peer = peer.to_canonical();
        // Most peers are no proxies, and nothing they say needs to be read.
        if !self.trusts(peer) {
            return peer;
        }
        let forwarded: Vec<_> = forwarded.collect();
        self.walk(peer, &forwarded)
    }

    /// Whether what a peer says of others is believed.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    fn walk(&self, peer: IpAddr, forwarded: &[&str]) -> IpAddr {
        let hops = forwarded.iter().rev().flat_map(|value| value.rsplit(',')).take(MAX_HOPS);
        let mut client = peer;
        for hop in hops {
            if !self.trusts(client) {
                break;
            }
            // A hop that is no address ends what can be believed.
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let networks: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        TrustedProxies::new(&networks).walk(peer.parse().unwrap(), forwarded).to_string()
    }

    #[test]
    fn nobody_is_believed_by_default() {
        assert_eq!(client(&[], "10.0.0.1", &["203.0.113.7"]), "10.0.0.1");
    }

    #[test]
    fn header_values_are_walked_alike() {
        let proxies = TrustedProxies::new(&["10.0.0.0/8".parse().unwrap()]);
        let behind = |peer: &str| proxies.client_behind(peer.parse().unwrap(), ["9.9.9.9", "203.0.113.7"].into_iter());
        assert_eq!(behind("::ffff:10.0.0.1").to_string(), "203.0.113.7");
        assert_eq!(behind("::ffff:192.0.2.1").to_string(), "192.0.2.1");
        assert!(proxies.trusts("::ffff:10.1.2.3".parse().unwrap()));
    }

    #[test]
    fn the_rightmost_untrusted_hop_wins() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(client(&trusted, "10.0.0.1", &["198.51.100.9, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(client(&trusted, "10.0.0.1", &["198.51.100.9", "203.0.113.7, 10.0.0.2"]), "203.0.113.7");
        assert_eq!(client(&trusted, "192.0.2.1", &["203.0.113.7"]), "192.0.2.1");
        assert_eq!(client(&trusted, "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client(&trusted, "10.0.0.1", &["203.0.113.7, nonsense"]), "10.0.0.1");
    }
}
