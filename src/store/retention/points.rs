//! Takes the points of deleted events out of the heat index: a piece at a time.

use rusqlite::{Connection, OptionalExtension, params};

use super::Stepped;
use super::slice::Slice;
use crate::domain::heat::Kind;
use crate::store::StoreError;
use crate::store::heat::erase::{SeqRun, erase_from_piece};
use crate::store::heat::index::{Stream, merge_part};
use crate::store::pack::Damaged;
use crate::store::value::blob;

/// Runs of one piece that are taken at a time; what is beyond comes with the next.
const MAX_RUNS: usize = 16_384;

/// A merged piece.
struct Piece {
    id: i64,
    point_count: usize,
    columns: Vec<u8>,
}

/// Takes points out of pieces until there are none to be taken out.
pub fn step(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    let mut rows = 0;
    loop {
        let Some((stream, seq)) = first(connection)? else { return Ok(Stepped { rows, is_done: true }) };
        // A part of the tail is merged as a whole, a few thousand points; after that it has nothing as old any more.
        if is_in_tail(connection, stream, seq)? {
            merge_part(connection, stream.part())?;
        }
        rows += clean_piece(connection, stream, seq)?;
        if slice.is_over() {
            return Ok(Stepped::unfinished(rows));
        }
    }
}

/// Whether points are left that are to be taken out.
pub fn is_due(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.prepare_cached("SELECT 1 FROM heat_doomed_run LIMIT 1")?.exists([])
}

fn first(connection: &Connection) -> Result<Option<(Stream, i64)>, StoreError> {
    let found = connection.prepare_cached(include_str!("first_doomed_run.sql"))?.query_row([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    });
    let Some((project, kind, path, seq)) = found.optional()? else { return Ok(None) };
    let kind = Kind::from_number(kind).ok_or(Damaged)?;
    Ok(Some((Stream { project, kind, path }, seq)))
}

fn is_in_tail(connection: &Connection, stream: Stream, seq: i64) -> Result<bool, rusqlite::Error> {
    connection
        .prepare_cached("SELECT 1 FROM heat_tail WHERE part = ?1 AND first_seq <= ?2 LIMIT 1")?
        .exists(params![stream.part(), seq])
}

/// Cleans the piece that may hold a number, and forgets the runs that were in it; returns how many.
fn clean_piece(connection: &Connection, stream: Stream, seq: i64) -> Result<u64, StoreError> {
    let (project, kind, path) = (stream.project, stream.kind as u8, stream.path);
    let next: Option<i64> = connection
        .prepare_cached(include_str!("next_piece.sql"))?
        .query_row(params![project, kind, path, seq], |row| row.get(0))
        .optional()?;
    let end = next.unwrap_or(i64::MAX);
    let runs: Vec<SeqRun> = connection
        .prepare_cached(include_str!("doomed_runs.sql"))?
        .query_map(params![project, kind, path, end, MAX_RUNS], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    if let Some(Piece { id, point_count, columns }) = piece_with(connection, stream, seq)? {
        erase_from_piece(connection, stream, &runs, (id, point_count, &columns))?;
    }
    let mut forget = connection.prepare_cached(include_str!("delete_doomed_run.sql"))?;
    let mut carry = connection.prepare_cached(include_str!("put_doomed_run.sql"))?;
    for &(first, count) in &runs {
        forget.execute(params![project, kind, path, first])?;
        // A trail can go on in the next piece.
        let after = first.saturating_add(count);
        if after > end {
            carry.execute(params![project, kind, path, end, after - end])?;
        }
    }
    Ok(runs.len() as u64)
}

fn piece_with(connection: &Connection, stream: Stream, seq: i64) -> Result<Option<Piece>, StoreError> {
    let mut select = connection.prepare_cached(include_str!("piece_with_seq.sql"))?;
    let mut rows = select.query(params![stream.project, stream.kind as u8, stream.path, seq])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Piece { id: row.get(0)?, point_count: row.get(1)?, columns: blob(row, 2)?.to_vec() }))
}
