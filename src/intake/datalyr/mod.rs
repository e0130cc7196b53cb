//! The Datalyr protocol: its ingest door, and the small questions its SDKs ask.
//!
//! ```text
//! ingest     body -> key -> decode -> workspace, origin -> rate -> TrackBatch -> store -> answer
//! lookup     key -> question -> answer
//! container  answer
//! ```
//!
//! The contract is `protocols/datalyr.md`; chapters are named where they are implemented.

pub mod answer;
pub mod container;
pub mod cors;
pub mod decode;
pub mod envelope;
pub mod fields;
pub mod ids;
pub mod ingest;
pub mod lookup;
pub mod meaning;
pub mod rate_limit;
pub mod reject;
pub mod service;
pub mod tenants;
