//! Proxied requests: rows, and rollups of them.
