//! The points of one move event in one value.

use crate::domain::heat::TrailPoint;
use crate::store::pack::{Damaged, Reader, put_numbers, put_varint};

/// More points than any body within the limits can hold.
const MAX_POINTS: usize = 1 << 24;

/// Packs the points: their number, then offsets from `row_ts` in milliseconds, x, y.
///
/// An offset that would not give back the same double is kept as the time itself; see [`unpack`].
#[must_use]
pub fn pack(points: &[TrailPoint], row_ts: f64) -> Vec<u8> {
    let mut out = Vec::with_capacity(points.len() * 4 + 4);
    put_varint(&mut out, points.len() as u64);
    let exact = points.iter().all(|point| same(row_ts + (point.ts - row_ts), point.ts));
    let base = if exact { row_ts } else { 0.0 };
    out.push(u8::from(exact));
    let column = |value: fn(&TrailPoint, f64) -> f64| points.iter().map(|point| value(point, base)).collect::<Vec<_>>();
    put_numbers(&mut out, &column(|point, base| point.ts - base));
    put_numbers(&mut out, &column(|point, _| point.x));
    put_numbers(&mut out, &column(|point, _| point.y));
    out
}

/// The points that [`pack`] packed for a row at `row_ts`.
pub fn unpack(bytes: &[u8], row_ts: f64) -> Result<Vec<TrailPoint>, Damaged> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(MAX_POINTS)?;
    let base = if reader.byte()? == 1 { row_ts } else { 0.0 };
    let offsets = reader.numbers(count)?.into_doubles();
    let xs = reader.numbers(count)?.into_doubles();
    let ys = reader.numbers(count)?.into_doubles();
    Ok(offsets.into_iter().zip(xs).zip(ys).map(|((offset, x), y)| TrailPoint { ts: base + offset, x, y }).collect())
}

/// Whether two doubles are the same number; infinities equal themselves.
#[expect(clippy::float_cmp, reason = "exactly what is asked")]
fn same(a: f64, b: f64) -> bool {
    a == b
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn points_read_back(raw in prop::collection::vec((-1e15..1e15_f64, -3000_i32..3000, any::<f64>()), 1..60), whole in any::<bool>()) {
            let points: Vec<_> = raw.into_iter()
                .map(|(ts, x, y)| TrailPoint { ts: if whole { ts.round() } else { ts }, x: f64::from(x), y: if y.is_nan() { 0.0 } else { y } })
                .collect();
            let row_ts = points.iter().map(|point| point.ts).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(unpack(&pack(&points, row_ts), row_ts).unwrap(), points);
        }
    }

    #[test]
    fn infinite_times_read_back() {
        let points =
            [TrailPoint { ts: f64::INFINITY, x: 1.0, y: 2.0 }, TrailPoint { ts: 5.0, x: 1.0, y: f64::INFINITY }];
        assert_eq!(unpack(&pack(&points, 5.0), 5.0).unwrap(), points);
    }
}
