//! Proxied requests in Hearth's own API.
