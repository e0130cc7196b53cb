//! Proxied requests: rows, and rollups of them.
//!
//! ```text
//! insert -> request_rows, user_ids, session_ids   one row each, in the transaction of the batch
//!        `-> rollup (rows that wait) -> aggregate -> summary, statuses, distinct   a little later, step by step
//! ```

mod aggregate;
pub mod distinct;
pub mod fact;
pub mod grain;
pub mod insert;
mod request_rows;
pub mod rollup;
mod session_ids;
pub mod sketch;
pub mod statuses;
pub mod summary;
mod user_ids;
