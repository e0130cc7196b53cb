//! Finding points in the heat index: pieces of a project's streams, cut to a range of time.
//!
//! Pieces are visited, not collected: an answer over a hundred thousand paths holds one at a time.

use rusqlite::{Connection, Row, params};

use crate::domain::heat::Kind;
use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::heat::chunk::{self, Columns, Summary};
use crate::store::heat::index::{Stream, tail_pieces};
use crate::store::pack::{Damaged, Numbers};
use crate::store::value::Number;

/// Which points are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointFilter {
    pub project: ProjectId,
    /// Dictionary id of the path; all paths when absent.
    pub path: Option<i64>,
    /// Milliseconds since the epoch, inclusive.
    pub from: f64,
    /// Inclusive.
    pub to: f64,
}

/// A piece of the index that has points in the range.
#[derive(Clone, Copy)]
pub struct Piece<'r> {
    pub kind: Kind,
    pub point_count: usize,
    /// Whether all its points are in the range.
    pub is_whole: bool,
    source: Source<'r>,
}

#[derive(Clone, Copy)]
enum Source<'r> {
    /// A row of `heat_chunk`; SQLite reads its columns when they are asked for.
    Chunk(&'r Row<'r>),
    Tail {
        summary: &'r [u8],
        columns: &'r [u8],
    },
}

/// Positions of a chunk's parts in the statements below.
const SUMMARY: usize = 3;
const COLUMNS: usize = 4;

/// Visits the pieces of one kind that have points in the range, in order of insertion within each stream.
pub fn visit(
    connection: &Connection,
    filter: &PointFilter,
    kind: Kind,
    mut take: impl FnMut(Piece<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(match filter.path {
        Some(_) => include_str!("points_of_path.sql"),
        None => include_str!("points_of_project.sql"),
    })?;
    let mut rows =
        statement.query(params![filter.project.0, kind as u8, Number(filter.from), Number(filter.to), filter.path])?;
    while let Some(row) = rows.next()? {
        take(Piece {
            kind,
            point_count: row.get(0)?,
            is_whole: filter.covers(row.get::<_, Number>(1)?.0, row.get::<_, Number>(2)?.0),
            source: Source::Chunk(row),
        })?;
    }
    visit_tail(connection, filter, kind, take)
}

/// How many points of the kinds there are in the range.
pub fn count(connection: &Connection, filter: &PointFilter, kinds: &[Kind]) -> Result<u64, StoreError> {
    let mut total = 0;
    for &kind in kinds {
        visit(connection, filter, kind, |piece| {
            total += if piece.is_whole { piece.point_count } else { in_range(piece.columns()?, filter)?.len() };
            Ok(())
        })?;
    }
    Ok(total as u64)
}

/// Positions of the points whose time is in the range.
#[expect(clippy::cast_precision_loss, reason = "whole numbers were doubles when they were written")]
pub fn in_range(columns: Columns<'_>, filter: &PointFilter) -> Result<Vec<usize>, Damaged> {
    let wanted = |ts: f64| filter.from <= ts && ts <= filter.to;
    Ok(match columns.ts()? {
        Numbers::Whole(ts) => (0..ts.len()).filter(|&at| wanted(ts[at] as f64)).collect(),
        Numbers::Real(ts) => (0..ts.len()).filter(|&at| wanted(ts[at])).collect(),
    })
}

impl<'r> Piece<'r> {
    /// What the piece tells without its columns.
    pub fn summary(&self) -> Result<Summary, StoreError> {
        Ok(chunk::summary(match self.source {
            Source::Chunk(row) => row.get_ref(SUMMARY)?.as_blob().map_err(|_| Damaged)?,
            Source::Tail { summary, .. } => summary,
        })?)
    }

    /// The piece's columns.
    pub fn columns(&self) -> Result<Columns<'r>, StoreError> {
        let bytes = match self.source {
            Source::Chunk(row) => row.get_ref(COLUMNS)?.as_blob().map_err(|_| Damaged)?,
            Source::Tail { columns, .. } => columns,
        };
        Ok(Columns::new(bytes, self.point_count)?)
    }
}

impl PointFilter {
    fn covers(&self, min_ts: f64, max_ts: f64) -> bool {
        self.from <= min_ts && max_ts <= self.to
    }

    fn meets(&self, min_ts: f64, max_ts: f64) -> bool {
        self.from <= max_ts && min_ts <= self.to
    }
}

fn visit_tail(
    connection: &Connection,
    filter: &PointFilter,
    kind: Kind,
    mut take: impl FnMut(Piece<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    // The points of one stream are in one part.
    let part = filter.path.map(|path| Stream { project: filter.project.0, kind, path }.part());
    let mut statement = connection.prepare_cached(match part {
        Some(_) => "SELECT pieces FROM heat_tail WHERE part = ?1 ORDER BY first_seq",
        None => "SELECT pieces FROM heat_tail WHERE ?1 IS NULL ORDER BY part, first_seq",
    })?;
    let mut rows = statement.query([part])?;
    while let Some(row) = rows.next()? {
        for piece in tail_pieces(row.get_ref(0)?.as_blob().map_err(|_| Damaged)?)? {
            let is_wanted = piece.stream.project == filter.project.0
                && piece.stream.kind == kind
                && filter.path.is_none_or(|path| piece.stream.path == path)
                && filter.meets(piece.min_ts, piece.max_ts);
            if is_wanted {
                take(Piece {
                    kind,
                    point_count: piece.point_count,
                    is_whole: filter.covers(piece.min_ts, piece.max_ts),
                    source: Source::Tail { summary: piece.summary, columns: piece.columns },
                })?;
            }
        }
    }
    Ok(())
}
