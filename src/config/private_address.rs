//! Which addresses belong to private networks.

use std::net::{IpAddr, Ipv4Addr};

/// Whether an address reaches this machine or a private network rather than the internet.
///
/// Loopback, unspecified, private (RFC 1918), shared (RFC 6598), link-local and unique-local ranges; an IPv4 address
/// inside an IPv6 one is judged as IPv4. Asked wherever a configured address makes Hearth fetch something.
#[must_use]
pub fn is_private_address(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_broadcast() || is_special(v4)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// "This network" (0.0.0.0/8, which reaches this machine on Linux) and the shared range 100.64.0.0/10.
fn is_special(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 0 || (first == 100 && (64..128).contains(&second))
}
