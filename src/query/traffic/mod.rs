//! Questions about proxied requests.
