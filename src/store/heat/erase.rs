//! Takes points out of the heat index: the pieces that hold them are written anew without them.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};

use super::chunk::{self, Columns, Points};
use super::index::{Stream, put_piece, tail_pieces, write_piece};
use crate::store::StoreError;
use crate::store::value::blob;

/// Sequence numbers that one row of events took: the first, and how many.
pub type SeqRun = (i64, i64);

/// Sequence numbers that go, of each stream.
#[derive(Debug, Default)]
pub struct Doomed(BTreeMap<Stream, Vec<SeqRun>>);

impl Doomed {
    /// Adds the points of one row of events.
    pub fn add(&mut self, stream: Stream, run: SeqRun) {
        self.0.entry(stream).or_default().push(run);
    }

    /// Takes the points out of the index. To be called inside a transaction that has no pending points.
    pub fn erase(mut self, connection: &Connection) -> Result<(), StoreError> {
        for runs in self.0.values_mut() {
            runs.sort_unstable();
        }
        let parts: BTreeSet<usize> = self.0.keys().map(|stream| stream.part()).collect();
        for part in parts {
            self.erase_from_tail(connection, part)?;
        }
        for (stream, runs) in &self.0 {
            erase_from_pieces(connection, *stream, runs)?;
        }
        Ok(())
    }

    /// Rows of the tail hold pieces of many streams; all rows of a part are read, a few thousand points.
    fn erase_from_tail(&self, connection: &Connection, part: usize) -> Result<(), StoreError> {
        let mut changed = Vec::new();
        let mut statement = connection.prepare_cached("SELECT first_seq, pieces FROM heat_tail WHERE part = ?1")?;
        let mut rows = statement.query([part])?;
        while let Some(row) = rows.next()? {
            let mut kept = Vec::new();
            let (mut count, mut before) = (0, 0);
            for piece in tail_pieces(blob(row, 1)?)? {
                let mut points = Columns::new(piece.columns, piece.point_count)?.points(piece.stream.kind)?;
                before += points.len();
                if let Some(runs) = self.0.get(&piece.stream) {
                    points.retain(|seq| !is_in(runs, seq));
                }
                count += points.len();
                if !points.is_empty() {
                    put_piece(&mut kept, piece.stream, &chunk::pack(&points));
                }
            }
            if count < before {
                changed.push((row.get::<_, i64>(0)?, count, kept));
            }
        }
        for (first_seq, count, kept) in changed {
            if count == 0 {
                connection
                    .prepare_cached("DELETE FROM heat_tail WHERE part = ?1 AND first_seq = ?2")?
                    .execute(params![part, first_seq])?;
            } else {
                connection
                    .prepare_cached(
                        "UPDATE heat_tail SET point_count = ?3, pieces = ?4 WHERE part = ?1 AND first_seq = ?2",
                    )?
                    .execute(params![part, first_seq, count, kept])?;
            }
        }
        Ok(())
    }
}

/// Writes those merged pieces of a stream anew that hold one of the numbers.
fn erase_from_pieces(connection: &Connection, stream: Stream, runs: &[SeqRun]) -> Result<(), StoreError> {
    for id in pieces_with(connection, stream, runs)? {
        let (point_count, columns): (usize, Vec<u8>) = connection
            .prepare_cached("SELECT point_count, columns FROM heat_chunk WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        erase_from_piece(connection, stream, runs, (id, point_count, &columns))?;
    }
    Ok(())
}

/// Writes a merged piece anew without the numbers of some runs, which are in order, if it holds any of them.
pub fn erase_from_piece(
    connection: &Connection,
    stream: Stream,
    runs: &[SeqRun],
    (id, point_count, columns): (i64, usize, &[u8]),
) -> Result<(), StoreError> {
    let mut points = Columns::new(columns, point_count)?.points(stream.kind)?;
    points.retain(|seq| !is_in(runs, seq));
    if points.len() < point_count {
        connection.prepare_cached("DELETE FROM heat_chunk WHERE id = ?1")?.execute([id])?;
        if !points.is_empty() {
            write_piece(connection, stream, &chunk::pack(&points))?;
        }
    }
    Ok(())
}

/// Pieces of a stream follow one another in order of insertion: a number is in the last one that begins at or before it.
fn pieces_with(connection: &Connection, stream: Stream, runs: &[SeqRun]) -> Result<BTreeSet<i64>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("pieces_of_stream.sql"))?;
    let pieces: Vec<(i64, i64)> = statement
        .query_map(params![stream.project, stream.kind as u8, stream.path], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut found = BTreeSet::new();
    for &(first, count) in runs {
        let last = first.saturating_add(count - 1);
        let from = pieces.partition_point(|(begins, _)| *begins <= first).saturating_sub(1);
        found.extend(pieces[from..].iter().take_while(|(begins, _)| *begins <= last).map(|(_, id)| *id));
    }
    Ok(found)
}

/// Whether a sequence number is in one of the runs, which are in order.
fn is_in(runs: &[SeqRun], seq: i64) -> bool {
    let at = runs.partition_point(|(first, _)| *first <= seq);
    at.checked_sub(1).and_then(|before| runs.get(before)).is_some_and(|(first, count)| seq - first < *count)
}

impl Points {
    /// Keeps the points whose sequence number is wanted.
    fn retain(&mut self, is_wanted: impl Fn(i64) -> bool) {
        let wanted: Vec<bool> = self.seq.iter().map(|seq| is_wanted(*seq)).collect();
        keep(&mut self.seq, &wanted);
        keep(&mut self.ts, &wanted);
        keep(&mut self.bucket, &wanted);
        keep(&mut self.x, &wanted);
        keep(&mut self.y, &wanted);
    }
}

/// Keeps the values at wanted places; a column that the kind does not have is empty.
fn keep<T>(column: &mut Vec<T>, wanted: &[bool]) {
    let mut wanted = wanted.iter();
    column.retain(|_| wanted.next().copied().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_hold_their_numbers() {
        let runs = [(5, 1), (8, 3), (20, 1)];
        let held: Vec<i64> = (0..30).filter(|seq| is_in(&runs, *seq)).collect();
        assert_eq!(held, [5, 8, 9, 10, 20]);
        assert!(!is_in(&[], 5));
    }

    #[test]
    fn columns_that_a_kind_has_not_stay_empty() {
        let mut points = Points {
            seq: vec![1, 2, 3],
            ts: vec![1.0, 2.0, 3.0],
            bucket: vec![7, 7, 8],
            x: vec![0.1, 0.2, 0.3],
            y: Vec::new(),
        };
        points.retain(|seq| seq != 2);
        let expected =
            Points { seq: vec![1, 3], ts: vec![1.0, 3.0], bucket: vec![7, 8], x: vec![0.1, 0.3], y: Vec::new() };
        assert_eq!(points, expected);
    }
}
