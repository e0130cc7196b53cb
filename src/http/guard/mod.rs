//! Stands between a socket and the HTTP library: only what RFC 9112 allows without doubt gets through, in time.
