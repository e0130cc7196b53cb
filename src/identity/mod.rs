//! Who is on the other side: addresses behind trusted proxies, and what may be kept of them.

pub mod address_hash;
pub mod client_address;
pub mod clients;
pub mod country;
pub mod network;
