//! Data on their way out, whole and streamed: `hearth export`, and the route of the same name.
//!
//! An [`stream::Export`] gives text piece by piece. Each piece is read in a snapshot of its own: neither a large project nor a
//! slow reader costs memory or keeps SQLite from taking back its log. What is stored meanwhile may or may not be in it.

pub mod filter;
pub mod form;
pub mod kind;
pub mod range;
pub mod stream;
