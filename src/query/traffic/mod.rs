//! Questions about proxied requests.
//!
//! `buckets` and `user_counts` answer from rollups what can be counted; `span` says which buckets make up a time.

pub mod buckets;
mod span;
mod user_counts;
