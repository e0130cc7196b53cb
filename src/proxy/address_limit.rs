//! How many connections one address may have open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::identity::network::network_of;

/// Counts open connections by address, over all workers; never holds more entries than there are connections.
#[derive(Debug)]
pub(super) struct AddressLimit {
    most: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// One counted connection; dropping it ends the count.
#[derive(Debug)]
pub(super) struct Counted {
    limit: Arc<AddressLimit>,
    network: IpAddr,
}

impl AddressLimit {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default() })
    }

    /// Counts a connection of `address`; `None` if that would be too many.
    pub(super) fn count(self: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        let network = network_of(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(network).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Counted { limit: Arc::clone(self), network })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.limit.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_gets_its_number_and_no_more_until_one_ends() {
        let limit = AddressLimit::new(2);
        let first = limit.count(address("192.0.2.1")).unwrap();
        let _second = limit.count(address("::ffff:192.0.2.1")).unwrap();
        assert!(limit.count(address("192.0.2.1")).is_none());
        assert!(limit.count(address("192.0.2.2")).is_some());
        drop(first);
        assert!(limit.count(address("192.0.2.1")).is_some());
    }

    #[test]
    fn a_64_of_ipv6_counts_as_one_and_nothing_stays_behind() {
        let limit = AddressLimit::new(1);
        let counted = limit.count(address("2001:db8::1")).unwrap();
        assert!(limit.count(address("2001:db8::ffff:2")).is_none());
        assert!(limit.count(address("2001:db8:0:1::1")).is_some());
        drop(counted);
        assert!(limit.open.lock().unwrap().is_empty());
    }
}
