//! `[storage]`: the database file, its queue and its upkeep.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{byte_size, duration};

/// The database file, its queue and its upkeep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// The database file; a relative path starts at the working directory.
    pub path: PathBuf,
    /// Connections that answer queries at the same time.
    pub readers: u32,
    /// Page cache of each connection, in bytes.
    #[serde(with = "byte_size")]
    pub page_cache: u64,
    /// Batches that may wait for the writer.
    pub queue_batches: usize,
    /// Bytes that may wait for the writer.
    #[serde(with = "byte_size")]
    pub queue_bytes: u64,
    /// Most rows in one transaction.
    pub commit_max_rows: usize,
    /// How long a transaction goes on taking in batches, those that wait already and those expected after the last one.
    #[serde(with = "duration")]
    pub commit_max_delay: Duration,
    /// Free disk space below which batches are refused, in bytes; 0 means never.
    #[serde(with = "byte_size")]
    pub min_free: u64,
    /// Longest time a query may take.
    #[serde(with = "duration")]
    pub query_timeout: Duration,
    /// Size of the write-ahead log above which it is cut, in bytes.
    #[serde(with = "byte_size")]
    pub wal_limit: u64,
    /// Store nothing and answer as if: for measuring what storage costs, never for use.
    pub discard: bool,
}
