//! The life of the heat index: pending points of a transaction, tail rows, merged pieces.
//!
//! A commit appends to `heat_tail` what it added, in the same transaction as the events, so the index is
//! never behind and never ahead of them. When a part of the tail has grown, its points are merged into
//! `heat_chunk`. Four pieces of a stream that are of one size become one of the next: each
//! point is rewritten a few times in its life, and a stream has few pieces.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::chunk::{self, Columns, MAX_POINTS, Packed, Points};
use crate::domain::heat::{Kind, TrailPoint};
use crate::store::StoreError;
use crate::store::pack::{Damaged, Reader, put_section, put_signed, put_varint};
use crate::store::value::Number;

/// Parts of the tail; each is merged by itself.
pub const PARTS: usize = 16;

/// Pieces of one size that become one of the next size.
const FAN_IN: usize = 4;

/// The points of one project, kind and path; pieces of a stream never mix with another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    pub project: i64,
    pub kind: Kind,
    pub path: i64,
}

impl Stream {
    /// The part of the tail that takes the stream's points.
    #[must_use]
    pub fn part(self) -> usize {
        let parts = i64::try_from(PARTS).unwrap_or(1);
        let part = self.path.wrapping_mul(7).wrapping_add(self.kind as i64).rem_euclid(parts);
        usize::try_from(part).unwrap_or_default()
    }
}

/// Points that the open transaction has added and its commit will append to the tail.
#[derive(Debug, Default)]
pub struct Pending {
    runs: Vec<Run>,
    points: Vec<TrailPoint>,
}

/// Where a transaction stood before a batch, to take the batch's points back.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    runs: usize,
    points: usize,
}

/// The points of one event: neighbours in time, of one stream and one bucket.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// [`Stream::part`] of the stream.
    part: usize,
    stream: Stream,
    seq: i64,
    bucket: i64,
    first: usize,
    count: usize,
}

impl Pending {
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { runs: self.runs.len(), points: self.points.len() }
    }

    /// Forgets what was added since `mark`.
    pub fn rewind(&mut self, mark: Mark) {
        self.runs.truncate(mark.runs);
        self.points.truncate(mark.points);
    }

    /// Adds an event's points, the first of which has the sequence number `seq`.
    pub fn add(&mut self, stream: Stream, seq: i64, bucket: i64, points: &[TrailPoint]) {
        self.runs.push(Run { part: stream.part(), stream, seq, bucket, first: self.points.len(), count: points.len() });
        self.points.extend_from_slice(points);
    }

    /// Writes the points as rows of the tail, one for each part they belong to, and counts them in `sizes`.
    pub fn flush(&mut self, connection: &Connection, sizes: &mut TailSizes) -> Result<(), rusqlite::Error> {
        // Stable: within a stream the order of insertion remains.
        self.runs.sort_by_key(|run| (run.part, run.stream));
        for part in self.runs.chunk_by(|a, b| a.part == b.part) {
            let first_seq = part.iter().map(|run| run.seq).min().unwrap_or_default();
            let count: usize = part.iter().map(|run| run.count).sum();
            let mut pieces = Vec::with_capacity(count * 8 + 64);
            for runs in part.chunk_by(|a, b| a.stream == b.stream) {
                put_piece(&mut pieces, runs[0].stream, &chunk::pack(&self.gather(runs)));
            }
            let number = part[0].part;
            connection
                .prepare_cached("INSERT INTO heat_tail (part, first_seq, point_count, pieces) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![number, first_seq, count, pieces])?;
            sizes.add(number, count);
        }
        self.clear();
        Ok(())
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.rewind(Mark { runs: 0, points: 0 });
    }

    fn gather(&self, runs: &[Run]) -> Points {
        let kind = runs[0].stream.kind;
        let has_x = chunk::has_position(kind) || kind == Kind::Scroll;
        let mut gathered = Points::default();
        for run in runs {
            let points = &self.points[run.first..run.first + run.count];
            gathered.seq.extend((run.seq..).take(run.count));
            gathered.ts.extend(points.iter().map(|point| point.ts));
            gathered.bucket.extend(std::iter::repeat_n(run.bucket, run.count));
            if has_x {
                gathered.x.extend(points.iter().map(|point| point.x));
            }
            if chunk::has_position(kind) {
                gathered.y.extend(points.iter().map(|point| point.y));
            }
        }
        gathered
    }
}

/// One piece inside a tail row.
#[derive(Debug, Clone, Copy)]
pub struct TailPiece<'a> {
    pub stream: Stream,
    pub point_count: usize,
    pub min_ts: f64,
    pub max_ts: f64,
    pub summary: &'a [u8],
    pub columns: &'a [u8],
}

/// The pieces of one tail row.
pub fn tail_pieces(bytes: &[u8]) -> Result<Vec<TailPiece<'_>>, Damaged> {
    let mut reader = Reader::new(bytes);
    let mut pieces = Vec::new();
    while !reader.is_empty() {
        let project = reader.signed()?;
        let kind = Kind::from_number(reader.signed()?).ok_or(Damaged)?;
        let path = reader.signed()?;
        pieces.push(TailPiece {
            stream: Stream { project, kind, path },
            point_count: reader.count(usize::MAX)?,
            min_ts: reader.double()?,
            max_ts: reader.double()?,
            summary: reader.section()?,
            columns: reader.section()?,
        });
    }
    Ok(pieces)
}

/// Rows and points of each part of the tail, as counted by the writer to know when to merge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TailSizes([TailSize; PARTS]);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct TailSize {
    rows: usize,
    points: usize,
}

impl TailSizes {
    /// What the file holds.
    pub fn read(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let mut sizes = Self::default();
        let mut statement =
            connection.prepare("SELECT part, COUNT(*), SUM(point_count) FROM heat_tail GROUP BY part")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(size) = sizes.0.get_mut(row.get::<_, usize>(0)?) {
                *size = TailSize { rows: row.get(1)?, points: row.get(2)? };
            }
        }
        Ok(sizes)
    }

    /// A part whose reading costs a heatmap noticeable time, if there is one.
    #[must_use]
    pub fn part_to_merge(&self) -> Option<usize> {
        self.0.iter().position(|size| size.points >= 10_000 || size.rows >= 500)
    }

    /// Notes that a part was merged.
    pub fn clear(&mut self, part: usize) {
        self.0[part] = TailSize::default();
    }

    fn add(&mut self, part: usize, points: usize) {
        self.0[part].rows += 1;
        self.0[part].points += points;
    }
}

/// Moves the whole tail into pieces. To be called inside a transaction.
pub fn merge_tail(connection: &Connection) -> Result<(), StoreError> {
    (0..PARTS).try_for_each(|part| merge_part(connection, part))
}

/// Moves one part of the tail into pieces. To be called inside a transaction.
pub fn merge_part(connection: &Connection, part: usize) -> Result<(), StoreError> {
    let mut streams: BTreeMap<Stream, Points> = BTreeMap::new();
    let mut tail = connection.prepare_cached("SELECT pieces FROM heat_tail WHERE part = ?1 ORDER BY first_seq")?;
    let mut rows = tail.query([part])?;
    while let Some(row) = rows.next()? {
        for piece in tail_pieces(row.get_ref(0)?.as_blob().map_err(|_| Damaged)?)? {
            let mut points = Columns::new(piece.columns, piece.point_count)?.points(piece.stream.kind)?;
            streams.entry(piece.stream).or_default().append(&mut points);
        }
    }
    drop(rows);
    for (stream, points) in streams {
        append(connection, stream, points)?;
    }
    connection.prepare_cached("DELETE FROM heat_tail WHERE part = ?1")?.execute([part])?;
    Ok(())
}

/// Appends points to a stream. When its last pieces are [`FAN_IN`] - 1 of about this size or less, they
/// become one with the new points, and so on with the next size.
fn append(connection: &Connection, stream: Stream, mut points: Points) -> Result<(), StoreError> {
    loop {
        let similar = last_similar_pieces(connection, stream, points.len())?;
        if similar.len() + 1 < FAN_IN {
            break;
        }
        let mut merged = Points::default();
        for id in similar.into_iter().rev() {
            merged.append(&mut take_piece(connection, stream, id)?);
        }
        merged.append(&mut points);
        points = merged;
    }
    while points.len() > MAX_POINTS {
        let rest = split_off(&mut points, MAX_POINTS);
        write_piece(connection, stream, &chunk::pack(&points))?;
        points = rest;
    }
    write_piece(connection, stream, &chunk::pack(&points))?;
    Ok(())
}

/// Ids of the stream's last pieces that are at most twice as large as `count` points, latest first.
fn last_similar_pieces(connection: &Connection, stream: Stream, count: usize) -> Result<Vec<i64>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(include_str!("last_pieces.sql"))?;
    let mut rows = statement.query(params![stream.project, stream.kind as u8, stream.path, FAN_IN - 1])?;
    let mut similar = Vec::new();
    let mut total = count;
    while let Some(row) = rows.next()? {
        let point_count: usize = row.get(1)?;
        total = total.saturating_add(point_count);
        if point_count > count.saturating_mul(2) || total > MAX_POINTS {
            break;
        }
        similar.push(row.get(0)?);
    }
    Ok(similar)
}

/// Reads a piece and deletes it.
fn take_piece(connection: &Connection, stream: Stream, id: i64) -> Result<Points, StoreError> {
    let (point_count, columns): (usize, Vec<u8>) = connection
        .prepare_cached("SELECT point_count, columns FROM heat_chunk WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    connection.prepare_cached("DELETE FROM heat_chunk WHERE id = ?1")?.execute([id])?;
    Ok(Columns::new(&columns, point_count)?.points(stream.kind)?)
}

fn split_off(points: &mut Points, at: usize) -> Points {
    let split = |column: &mut Vec<f64>| if column.is_empty() { Vec::new() } else { column.split_off(at) };
    Points {
        seq: points.seq.split_off(at),
        ts: points.ts.split_off(at),
        bucket: points.bucket.split_off(at),
        x: split(&mut points.x),
        y: split(&mut points.y),
    }
}

/// Writes a merged piece.
pub(super) fn write_piece(connection: &Connection, stream: Stream, packed: &Packed) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(include_str!("insert_piece.sql"))?.execute(params![
        stream.project,
        stream.kind as u8,
        stream.path,
        packed.first_seq,
        packed.point_count,
        Number(packed.min_ts),
        Number(packed.max_ts),
        packed.summary,
        packed.columns,
    ])?;
    Ok(())
}

/// Appends a piece to the pieces of a tail row.
pub(super) fn put_piece(out: &mut Vec<u8>, stream: Stream, packed: &Packed) {
    put_signed(out, stream.project);
    put_signed(out, stream.kind as i64);
    put_signed(out, stream.path);
    put_varint(out, packed.point_count as u64);
    out.extend_from_slice(&packed.min_ts.to_le_bytes());
    out.extend_from_slice(&packed.max_ts.to_le_bytes());
    put_section(out, &packed.summary);
    put_section(out, &packed.columns);
}
