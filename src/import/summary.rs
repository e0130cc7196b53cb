//! What became of the records of an import.

use serde::Serialize;

use super::{Piece, Refusal};

/// Refusals that are kept; the rest are only counted.
const MAX_TOLD: usize = 20;

/// Counts of this run; what an earlier run has read is not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub read: u64,
    /// Records that are in the database now and were not before.
    pub stored: u64,
    pub already_there: u64,
    pub refused: u64,
    /// The first ones.
    pub refusals: Vec<Refusal>,
    /// Records that an earlier run has read; this one went on behind them.
    pub read_before: u64,
    /// Whether an earlier run had reached the end, and nothing has come since.
    pub was_complete: bool,
}

impl Summary {
    /// Adds a piece; `duplicates` of its records were there already.
    pub(super) fn add(&mut self, piece: &mut Piece, duplicates: u64) {
        let refused = piece.refused.len() as u64;
        self.read += piece.read;
        self.refused += refused;
        self.already_there += duplicates;
        self.stored += piece.read.saturating_sub(refused).saturating_sub(duplicates);
        let room = MAX_TOLD.saturating_sub(self.refusals.len()).min(piece.refused.len());
        self.refusals.extend(piece.refused.drain(..room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_stored_or_there_or_refused_and_few_refusals_are_told() {
        let mut summary = Summary::default();
        for line in 0..30 {
            let refused = vec![Refusal::new(format!("line {line}"), "no time")];
            summary.add(&mut Piece { read: 10, refused, ..Piece::default() }, 2);
        }
        assert_eq!((summary.read, summary.stored, summary.already_there, summary.refused), (300, 210, 60, 30));
        assert_eq!(summary.refusals.len(), 20);
        assert_eq!(summary.refusals[19].place, "line 19");
    }
}
