//! What counts as one address where somebody is held back.

use std::net::{IpAddr, Ipv6Addr};

/// Of IPv6 a /64, the smallest network a site is given (RFC 4291 2.5.4): its holder has as many addresses in it as they like.
#[must_use]
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_64_of_ipv6_is_one_and_an_address_of_ipv4_is_itself() {
        let network = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8::ffff:2"), "2001:db8::");
        assert_eq!(network("2001:db8:0:1::1"), "2001:db8:0:1::");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
    }
}
