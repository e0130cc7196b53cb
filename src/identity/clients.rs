//! What the doors know about who is on the other side.

use std::sync::Arc;

use super::address_hash::AddressHashes;
use super::client_address::TrustedProxies;
use super::country::Countries;

/// Shared by all doors; clones are the same.
#[derive(Clone)]
pub struct Clients {
    pub proxies: TrustedProxies,
    pub addresses: Arc<AddressHashes>,
    pub countries: Countries,
}
