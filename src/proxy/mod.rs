//! The recording proxy: stands in front of the user's app (traffic.md 5).
