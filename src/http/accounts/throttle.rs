//! How often somebody may try to sign in: by address, and by the name that is tried.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use crate::domain::id::SecretHash;
use crate::http::rate_window::Windows;
use crate::store::accounts::account::name_key;
use crate::store::registry::hash_secret;

/// Wrong tries of an address (one /64 of IPv6) a minute.
const MAX_OF_ADDRESS: u32 = 5;
const ADDRESS_WINDOW: Duration = Duration::from_mins(1);

/// Wrong tries with a name an hour, from wherever they come.
const MAX_OF_NAME: u32 = 20;
const NAME_WINDOW: Duration = Duration::from_hours(1);

/// Addresses, and names, that are remembered.
const MAX_TRACKED: usize = 65_536;

/// Counts wrong tries.
#[derive(Debug)]
pub struct Throttle {
    addresses: Windows<IpAddr>,
    /// By hash: what is tried may be long, or be somebody's password.
    names: Windows<SecretHash>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            addresses: Windows::new(MAX_OF_ADDRESS, ADDRESS_WINDOW, MAX_TRACKED),
            names: Windows::new(MAX_OF_NAME, NAME_WINDOW, MAX_TRACKED),
        }
    }
}

impl Throttle {
    /// How long somebody must wait, in seconds, before a try is looked at; none: not at all.
    #[must_use]
    pub fn wait_s(&self, address: IpAddr, name: &str, now_ms: i64) -> Option<i64> {
        let address = self.addresses.is_used_up(&network(address), now_ms);
        let name = self.names.is_used_up(&key(name), now_ms);
        address.into_iter().chain(name).map(|standing| standing.retry_after_s(now_ms)).max()
    }

    /// Counts a wrong try.
    pub fn count(&self, address: IpAddr, name: &str, now_ms: i64) {
        self.addresses.count(network(address), now_ms);
        self.names.count(key(name), now_ms);
    }
}

fn key(name: &str) -> SecretHash {
    hash_secret(&name_key(name))
}

/// Whoever has an IPv6 address has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_000_000_000;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_five_tries_a_minute_whatever_the_name() {
        let throttle = Throttle::default();
        for name in ["a", "b", "c", "d", "e"] {
            assert_eq!(throttle.wait_s(address("2001:db8::1"), name, NOW_MS), None);
            throttle.count(address("2001:db8::1"), name, NOW_MS);
        }
        assert_eq!(throttle.wait_s(address("2001:db8::2"), "f", NOW_MS), Some(60));
        assert_eq!(throttle.wait_s(address("2001:db8:0:1::1"), "f", NOW_MS), None);
        assert_eq!(throttle.wait_s(address("2001:db8::2"), "f", NOW_MS + 60_001), None);
    }

    #[test]
    fn a_name_has_twenty_tries_an_hour_from_wherever() {
        let throttle = Throttle::default();
        for last in 0..20 {
            throttle.count(IpAddr::from([10, 0, 0, last]), "Ada", NOW_MS);
        }
        assert_eq!(throttle.wait_s(address("192.0.2.1"), " ada", NOW_MS), Some(3600));
        assert_eq!(throttle.wait_s(address("192.0.2.1"), "bob", NOW_MS), None);
    }
}
