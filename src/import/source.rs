//! What every source does.

use super::Refusal;
use crate::domain::Batch;
pub use crate::domain::import::SourceIdentity;

/// Records that a piece should hold: enough to be worth a commit, few enough that nobody waits long for it.
pub const PIECE_RECORDS: usize = 2_000;

/// Something that can be read from any place it has named before.
pub trait Source {
    /// By what it is known again.
    fn identity(&self) -> SourceIdentity;

    /// How many records it has, if that is known: what the `read` of all its pieces adds up to.
    fn total(&self) -> Option<u64>;

    /// Goes on behind the piece that had this position. A source that was just opened stands at its beginning.
    ///
    /// # Errors
    /// When the source cannot be read, or has no such place.
    fn seek(&mut self, position: u64) -> anyhow::Result<()>;

    /// Reads on; nothing at the end. A record that makes no sense is a refusal in the piece, not an error.
    ///
    /// # Errors
    /// When the source cannot be read.
    fn next(&mut self) -> anyhow::Result<Option<Piece>>;
}

/// What was read at a time.
#[derive(Debug, Clone, Default)]
pub struct Piece {
    /// What is to be stored, in order. At most about a megabyte.
    pub batches: Vec<Batch>,
    /// Where to go on after this.
    pub position: u64,
    /// Records read, those refused included.
    pub read: u64,
    pub refused: Vec<Refusal>,
}
