//! Proxied requests: rows, and rollups of them.

pub mod distinct;
pub mod fact;
pub mod grain;
pub mod sketch;
pub mod statuses;
pub mod summary;
