//! heat-collector's protocol, whole: what browsers send and what its dashboards ask.
//!
//! ```text
//! ingest  body -> key -> rate limit -> token -> wire -> decode -> HeatBatch -> store -> answer
//! read    token -> params -> query -> answer
//! ```
//!
//! Both doors share the error table (`reject`), the headers (`answer`) and the words of the original
//! (`issues`), so they live together. The contract is `protocols/heat-collector.md`; chapters are named
//! where they are implemented.

pub mod answer;
pub mod context;
pub mod decode;
pub mod ingest;
pub mod issues;
pub mod page_path;
pub mod params;
pub mod rate_limit;
pub mod read;
pub mod reject;
pub mod schema;
pub mod service;
pub mod wire;
