//! The Datalyr protocol: its ingest door, and the small questions its SDKs ask.
//!
//! ```text
//! track   body -> shape -> key or workspace -> origin -> rate -> decode -> TrackBatch -> store -> answer
//! lookup  key -> question -> answer
//! ```
//!
//! The contract is `protocols/datalyr.md`; chapters are named where they are implemented.

pub mod decode;
pub mod envelope;
pub mod fields;
pub mod ids;
pub mod meaning;
