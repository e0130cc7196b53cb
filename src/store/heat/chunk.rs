//! One piece of the heat index: points of one project, kind and path in packed columns.
//!
//! A piece has a [`Summary`] (enough to count, to choose the bucket and to know how tall the page is)
//! and columns: time, sequence number, bucket, x, y. A query that covers the whole piece reads the
//! summary, x and y; only a piece cut by the range has its times read.

use std::collections::HashMap;

use crate::domain::heat::Kind;
use crate::store::pack::{Damaged, Numbers, Reader, put_numbers, put_runs, put_section, put_signed, put_varint};

/// The most points a merged piece holds.
pub const MAX_POINTS: usize = 16_384;

/// More points than any transaction adds to one piece.
const POINT_LIMIT: usize = 1 << 26;

/// Points to be packed, column by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Points {
    pub seq: Vec<i64>,
    pub ts: Vec<f64>,
    /// Dictionary id of the viewport bucket's text; 0 for none.
    pub bucket: Vec<i64>,
    /// x of a click or a trail's point; depth of a scroll; empty for other kinds.
    pub x: Vec<f64>,
    /// y of a click or a trail's point; empty for other kinds.
    pub y: Vec<f64>,
}

impl Points {
    #[must_use]
    pub fn len(&self) -> usize {
        self.ts.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ts.is_empty()
    }

    /// Appends `other` behind these.
    pub fn append(&mut self, other: &mut Self) {
        self.seq.append(&mut other.seq);
        self.ts.append(&mut other.ts);
        self.bucket.append(&mut other.bucket);
        self.x.append(&mut other.x);
        self.y.append(&mut other.y);
    }
}

/// What a piece tells without its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The greatest finite or infinite y; absent where no point has one.
    pub max_y: Option<f64>,
    pub buckets: Vec<BucketCount>,
}

/// How many points of a piece have a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketCount {
    /// Dictionary id of its text; 0 for none.
    pub bucket: i64,
    pub count: u64,
    /// Sequence number of the first such point: ties go to the bucket seen first.
    pub first_seq: i64,
}

/// A piece ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    pub point_count: usize,
    pub first_seq: i64,
    pub min_ts: f64,
    pub max_ts: f64,
    pub summary: Vec<u8>,
    pub columns: Vec<u8>,
}

/// Whether points of the kind have x and y, as clicks and moves have.
#[must_use]
pub fn has_position(kind: Kind) -> bool {
    matches!(kind, Kind::Click | Kind::Move)
}

/// Packs `points`, of which there must be at least one.
#[must_use]
pub fn pack(points: &Points) -> Packed {
    let summary = summarise(points);
    let mut summary_bytes = Vec::with_capacity(24);
    put_varint(&mut summary_bytes, summary.buckets.len() as u64);
    for bucket in &summary.buckets {
        put_signed(&mut summary_bytes, bucket.bucket);
        put_varint(&mut summary_bytes, bucket.count);
        put_signed(&mut summary_bytes, bucket.first_seq);
    }
    if let Some(max_y) = summary.max_y {
        summary_bytes.extend_from_slice(&max_y.to_le_bytes());
    }

    let mut columns = Vec::with_capacity(points.len() * 6 + 16);
    let mut section = Vec::with_capacity(points.len() * 2);
    let mut put = |write: &dyn Fn(&mut Vec<u8>)| {
        section.clear();
        write(&mut section);
        put_section(&mut columns, &section);
    };
    put(&|out| put_numbers(out, &points.ts));
    put(&|out| put_runs(out, &points.seq, 1));
    put(&|out| put_runs(out, &points.bucket, 0));
    put(&|out| put_numbers(out, &points.x));
    put(&|out| put_numbers(out, &points.y));

    Packed {
        point_count: points.len(),
        first_seq: points.seq.first().copied().unwrap_or_default(),
        min_ts: points.ts.iter().copied().fold(f64::INFINITY, f64::min),
        max_ts: points.ts.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        summary: summary_bytes,
        columns,
    }
}

/// Reads a piece's summary.
pub fn summary(bytes: &[u8]) -> Result<Summary, Damaged> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(bytes.len())?;
    let mut buckets = Vec::with_capacity(count);
    for _ in 0..count {
        buckets.push(BucketCount { bucket: reader.signed()?, count: reader.varint()?, first_seq: reader.signed()? });
    }
    let max_y = if reader.is_empty() { None } else { Some(reader.double()?) };
    Ok(Summary { max_y, buckets })
}

/// The columns of one piece, each unpacked when asked for.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    point_count: usize,
    ts: &'a [u8],
    seq: &'a [u8],
    bucket: &'a [u8],
    x: &'a [u8],
    y: &'a [u8],
}

impl<'a> Columns<'a> {
    /// Finds the columns of a piece of `point_count` points.
    pub fn new(bytes: &'a [u8], point_count: usize) -> Result<Self, Damaged> {
        if point_count > POINT_LIMIT {
            return Err(Damaged);
        }
        let mut reader = Reader::new(bytes);
        Ok(Self {
            point_count,
            ts: reader.section()?,
            seq: reader.section()?,
            bucket: reader.section()?,
            x: reader.section()?,
            y: reader.section()?,
        })
    }

    pub fn ts(&self) -> Result<Numbers, Damaged> {
        Reader::new(self.ts).numbers(self.point_count)
    }

    pub fn seq(&self) -> Result<Vec<i64>, Damaged> {
        Reader::new(self.seq).runs(self.point_count, 1)
    }

    pub fn bucket(&self) -> Result<Vec<i64>, Damaged> {
        Reader::new(self.bucket).runs(self.point_count, 0)
    }

    /// x or depth; [`Damaged`] for kinds that have none.
    pub fn x(&self) -> Result<Numbers, Damaged> {
        Reader::new(self.x).numbers(self.point_count)
    }

    /// y; [`Damaged`] for kinds that have none.
    pub fn y(&self) -> Result<Numbers, Damaged> {
        Reader::new(self.y).numbers(self.point_count)
    }

    /// All of it, for merging.
    pub fn points(&self, kind: Kind) -> Result<Points, Damaged> {
        let has_x = has_position(kind) || kind == Kind::Scroll;
        Ok(Points {
            seq: self.seq()?,
            ts: self.ts()?.into_doubles(),
            bucket: self.bucket()?,
            x: if has_x { self.x()?.into_doubles() } else { Vec::new() },
            y: if has_position(kind) { self.y()?.into_doubles() } else { Vec::new() },
        })
    }
}

fn summarise(points: &Points) -> Summary {
    let mut buckets: Vec<BucketCount> = Vec::new();
    let mut known: HashMap<i64, usize> = HashMap::new();
    let mut latest = 0;
    for (&bucket, &seq) in points.bucket.iter().zip(&points.seq) {
        if buckets.get(latest).is_none_or(|latest| latest.bucket != bucket) {
            latest = *known.entry(bucket).or_insert_with(|| {
                buckets.push(BucketCount { bucket, count: 0, first_seq: seq });
                buckets.len() - 1
            });
        }
        buckets[latest].count += 1;
    }
    let max_y = points.y.iter().copied().fold(None, |max: Option<f64>, y| Some(max.map_or(y, |max| max.max(y))));
    Summary { max_y, buckets }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points() -> impl Strategy<Value = Points> {
        prop::collection::vec((any::<i32>(), 0_i64..4, -100_i32..5000, -100_i32..9000), 1..300).prop_map(|raw| {
            let mut points = Points::default();
            for (at, (ts, bucket, x, y)) in raw.into_iter().enumerate() {
                points.seq.push(i64::try_from(at).unwrap() * 2);
                points.ts.push(f64::from(ts));
                points.bucket.push(bucket);
                points.x.push(f64::from(x));
                points.y.push(f64::from(y));
            }
            points
        })
    }

    proptest! {
        #[test]
        fn a_piece_reads_back(points in points()) {
            let packed = pack(&points);
            let columns = Columns::new(&packed.columns, packed.point_count).unwrap();
            prop_assert_eq!(columns.points(Kind::Click).unwrap(), points.clone());
            let summary = summary(&packed.summary).unwrap();
            prop_assert_eq!(summary.buckets.iter().map(|b| b.count).sum::<u64>(), points.len() as u64);
            prop_assert_eq!(summary.max_y, points.y.iter().copied().reduce(f64::max));
        }

        #[test]
        fn damaged_pieces_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), count in 0_usize..100_000) {
            let _ = summary(&bytes);
            if let Ok(columns) = Columns::new(&bytes, count) {
                let _ = columns.points(Kind::Move);
            }
        }
    }
}
