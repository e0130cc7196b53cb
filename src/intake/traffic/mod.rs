//! From an exchange that the proxy has seen to a record in the store (traffic.md 1 and 2).
//!
//! The proxy's workers only note what they have in their hands ([`recorder::Exchange`]); routes, identity, filters and
//! redaction are the work of one thread behind a bounded channel, so that recording never makes a request wait.

pub mod read;
pub mod recorder;
