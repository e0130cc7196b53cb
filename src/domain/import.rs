//! What was collected elsewhere, on its way into the store: batches, and how far their source has been read with them.

use super::batch::Batch;
use super::id::ProjectId;

/// What a source is, so that it is known again when it is imported a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceIdentity {
    /// The word on the command line, such as `heat-collector`.
    pub kind: &'static str,
    /// Says which content it is. Whether a source that has grown is the same one is the source's to decide: if it is, the
    /// import goes on where it ended.
    pub fingerprint: [u8; 32],
}

/// Batches of one source that are stored together, with the note how far the source has been read: both or neither, so
/// that an import that was broken off goes on without a gap and without doing anything twice.
#[derive(Debug, Clone)]
pub struct Imported {
    pub batches: Vec<Batch>,
    pub progress: ImportProgress,
}

/// How far a source has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    pub source: SourceIdentity,
    /// The project all of it goes into; absent when the source names its own.
    pub project: Option<ProjectId>,
    /// Where to go on after this piece; only the source knows what the number means.
    pub position: u64,
    /// Records of this piece, those that were refused included.
    pub read: u64,
    /// Records of this piece that cannot be stored.
    pub refused: u64,
    /// Whether the source ends here.
    pub is_finished: bool,
}

impl Imported {
    /// Roughly how much memory it holds while it waits, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.batches.iter().map(Batch::bytes).sum::<usize>()
    }
}
