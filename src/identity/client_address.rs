//! The client's address: the peer's, or what a trusted proxy says.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use arc_swap::ArcSwap;
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Hops of `X-Forwarded-For` that are looked at.
const MAX_HOPS: usize = 32;

/// The proxies whose `X-Forwarded-For` is believed; by default none. Clones are the same list, which can be replaced while
/// requests are answered by it.
#[derive(Debug, Clone)]
pub struct TrustedProxies(Arc<ArcSwap<Vec<IpNet>>>);

/// How somebody's address was found: whom the connection is from, and whom that one named, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The peer, then the hops in the order in which they are believed. The last is the client.
    pub believed: Vec<IpAddr>,
    /// Hops that were named and are not believed, the nearest first.
    pub ignored: Vec<String>,
}

impl TrustedProxies {
    #[must_use]
    pub fn new(networks: &[IpNet]) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(networks.to_vec())))
    }

    /// Believes others from now on, in every clone.
    pub fn replace(&self, networks: &[IpNet]) {
        self.0.store(Arc::new(networks.to_vec()));
    }

    /// Who is believed.
    #[must_use]
    pub fn networks(&self) -> Vec<IpNet> {
        self.0.load().to_vec()
    }

    /// Whether nobody is believed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.load().is_empty()
    }

    /// How the address of the request's sender is found.
    #[must_use]
    pub fn route(&self, request: &HttpRequest) -> Route {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let forwarded: Vec<_> =
            request.headers().get_all(X_FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
        let believed = self.hops(peer.to_canonical(), &forwarded);
        let hops = forwarded.iter().rev().flat_map(|value| value.rsplit(','));
        let ignored = hops.skip(believed.len() - 1).take(MAX_HOPS).map(|hop| hop.trim().to_owned()).collect();
        Route { believed, ignored }
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
        self.0.load().iter().any(|network| network.contains(&address))
    }

    fn walk(&self, peer: IpAddr, forwarded: &[&str]) -> IpAddr {
        if forwarded.is_empty() {
            return peer;
        }
        self.hops(peer, forwarded).last().copied().unwrap_or(peer)
    }

    fn hops(&self, peer: IpAddr, forwarded: &[&str]) -> Vec<IpAddr> {
        let mut believed = vec![peer];
        let mut client = peer;
        for hop in forwarded.iter().rev().flat_map(|value| value.rsplit(',')).take(MAX_HOPS) {
            if !self.trusts(client) {
                break;
            }
            // A hop that is no address ends what can be believed.
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
            believed.push(client);
        }
        believed
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
    fn another_list_counts_in_every_clone_at_once() {
        let proxies = TrustedProxies::new(&[]);
        let clone = proxies.clone();
        let behind = |proxies: &TrustedProxies| {
            proxies.client_behind("10.0.0.1".parse().unwrap(), std::iter::once("203.0.113.7")).to_string()
        };
        assert_eq!(behind(&clone), "10.0.0.1");
        proxies.replace(&["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(behind(&clone), "203.0.113.7");
    }

    #[test]
    fn a_route_tells_whom_it_believes_and_whom_not() {
        let request = actix_web::test::TestRequest::get()
            .peer_addr("10.0.0.1:9".parse().unwrap())
            .append_header((X_FORWARDED_FOR, "198.51.100.9"))
            .append_header((X_FORWARDED_FOR, "203.0.113.7, 10.0.0.2"))
            .to_http_request();
        let route = TrustedProxies::new(&["10.0.0.0/8".parse().unwrap()]).route(&request);
        let believed: Vec<_> = route.believed.iter().map(ToString::to_string).collect();
        assert_eq!(believed, ["10.0.0.1", "10.0.0.2", "203.0.113.7"]);
        assert_eq!(route.ignored, ["198.51.100.9"]);
        let route = TrustedProxies::new(&[]).route(&request);
        assert_eq!((route.believed.len(), route.ignored.len()), (1, 3));
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
