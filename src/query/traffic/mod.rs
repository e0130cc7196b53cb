//! Questions about proxied requests.

pub mod buckets;
