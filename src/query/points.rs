//! Finding points in the heat index: pieces of a project's streams, cut to a range of time.

use rusqlite::{Connection, params};

use crate::domain::heat::Kind;
use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::heat::chunk::{self, Columns, Summary};
use crate::store::heat::index::tail_pieces;
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

/// A piece of the index that has wanted points.
#[derive(Debug)]
pub struct Piece {
    pub kind: Kind,
    pub point_count: usize,
    pub summary: Summary,
    /// Whether all its points are in the range.
    pub is_whole: bool,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Row id in `heat_chunk`: the columns are read when they are needed.
    Chunk(i64),
    /// The columns, out of the tail.
    Tail(Vec<u8>),
}

/// The pieces of one kind that have points in the range, in order of insertion within each stream.
pub fn find(connection: &Connection, filter: &PointFilter, kind: Kind) -> Result<Vec<Piece>, StoreError> {
    let mut pieces = Vec::new();
    let mut statement = connection.prepare_cached(match filter.path {
        Some(_) => {
            "SELECT id, point_count, min_ts, max_ts, summary FROM heat_chunk \
             WHERE project_id = ?1 AND kind = ?2 AND path_id = ?5 AND max_ts >= ?3 AND min_ts <= ?4 ORDER BY first_seq"
        }
        None => {
            "SELECT id, point_count, min_ts, max_ts, summary FROM heat_chunk \
             WHERE project_id = ?1 AND kind = ?2 AND ?5 IS NULL AND max_ts >= ?3 AND min_ts <= ?4 ORDER BY path_id, first_seq"
        }
    })?;
    let mut rows =
        statement.query(params![filter.project.0, kind as u8, Number(filter.from), Number(filter.to), filter.path])?;
    while let Some(row) = rows.next()? {
        pieces.push(Piece {
            kind,
            point_count: row.get(1)?,
            is_whole: filter.covers(row.get::<_, Number>(2)?.0, row.get::<_, Number>(3)?.0),
            summary: chunk::summary(row.get_ref(4)?.as_blob().map_err(|_| Damaged)?)?,
            place: Place::Chunk(row.get(0)?),
        });
    }
    find_in_tail(connection, filter, kind, &mut pieces)?;
    Ok(pieces)
}

impl PointFilter {
    fn covers(&self, min_ts: f64, max_ts: f64) -> bool {
        self.from <= min_ts && max_ts <= self.to
    }

    fn meets(&self, min_ts: f64, max_ts: f64) -> bool {
        self.from <= max_ts && min_ts <= self.to
    }
}

fn find_in_tail(
    connection: &Connection,
    filter: &PointFilter,
    kind: Kind,
    found: &mut Vec<Piece>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT pieces FROM heat_tail ORDER BY first_seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for piece in tail_pieces(row.get_ref(0)?.as_blob().map_err(|_| Damaged)?)? {
            let is_wanted = piece.stream.project == filter.project.0
                && piece.stream.kind == kind
                && filter.path.is_none_or(|path| piece.stream.path == path)
                && filter.meets(piece.min_ts, piece.max_ts);
            if is_wanted {
                found.push(Piece {
                    kind,
                    point_count: piece.point_count,
                    summary: chunk::summary(piece.summary)?,
                    is_whole: filter.covers(piece.min_ts, piece.max_ts),
                    place: Place::Tail(piece.columns.to_vec()),
                });
            }
        }
    }
    Ok(())
}

impl Piece {
    /// Reads the piece's columns and hands them to `read`.
    pub fn with_columns<T>(
        &self,
        connection: &Connection,
        read: impl FnOnce(Columns<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &self.place {
            Place::Tail(bytes) => read(Columns::new(bytes, self.point_count)?),
            Place::Chunk(id) => {
                let mut statement = connection.prepare_cached("SELECT columns FROM heat_chunk WHERE id = ?1")?;
                let mut rows = statement.query([id])?;
                let row = rows.next()?.ok_or(Damaged)?;
                read(Columns::new(row.get_ref(0)?.as_blob().map_err(|_| Damaged)?, self.point_count)?)
            }
        }
    }

    /// How many of the piece's points are in the range.
    pub fn count(&self, connection: &Connection, filter: &PointFilter) -> Result<u64, StoreError> {
        if self.is_whole {
            return Ok(self.point_count as u64);
        }
        self.with_columns(connection, |columns| Ok(in_range(columns, filter)?.len() as u64))
    }
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

/// How many points of the kinds there are in the range.
pub fn count(connection: &Connection, filter: &PointFilter, kinds: &[Kind]) -> Result<u64, StoreError> {
    let mut total = 0;
    for &kind in kinds {
        for piece in find(connection, filter, kind)? {
            total += piece.count(connection, filter)?;
        }
    }
    Ok(total)
}
