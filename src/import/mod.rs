//! What was collected elsewhere, on its way in: a room for each source, and the one way all of them go.
//!
//! ```text
//! Source      reads records from where it was told to go on, and makes batches of them: a piece at a time
//! run         stores each piece in one transaction with the position behind it
//! summary     what became of the records
//! ```
//!
//! A source only reads and refuses; it never writes. Pieces are bounded, so that a server beside the import goes on taking
//! data between two of them.

pub mod access_log;
pub mod csv_rows;
pub mod heat_collector;
pub mod lines;
pub mod ndjson;
pub mod plain;
pub mod refusal;
pub mod run;
pub mod source;
pub mod summary;
pub mod traffic_logs;

pub use self::refusal::Refusal;
pub use self::source::{Piece, Source};
pub use self::summary::Summary;
