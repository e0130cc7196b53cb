//! From an exchange that the proxy has seen to a record in the store (traffic.md 1 and 2).
//!
//! ```text
//! worker   recorder::Exchange: notes (one piece of memory) -> observation
//!             | bounded channel; full is a count, not a wait
//! thread   recording: record_maker = filter, routes, identity, redaction, vocabulary -> Batch::Traffic -> store
//! ```
//!
//! The proxy's workers only note what they have in their hands ([`recorder::Exchange`]); routes, identity, filters and
//! redaction are the work of one thread behind a bounded channel, so that recording never makes a request wait.

mod cookies;
mod filter;
mod identity;
pub mod kept;
pub mod logged;
mod notes;
mod observation;
mod open_view;
pub mod read;
mod record_maker;
pub mod recorder;
pub mod recording;
pub mod recording_error;
mod redaction;
mod routes;
mod session_cookie;
#[cfg(test)]
mod tests;
mod texts;
mod vocabulary;
