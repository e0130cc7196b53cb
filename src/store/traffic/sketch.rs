//! How durations are distributed: percentiles of any number of requests in a few dozen numbers.

use std::sync::LazyLock;

use sketches_ddsketch::Config;

use crate::store::pack::{Damaged, Reader, put_varint};

/// A percentile is at most this far from the true one, as a part of it.
pub const RELATIVE_ERROR: f64 = 0.01;

/// Greatest bin of any duration: that of `u64::MAX` microseconds is 2,218.
const MAX_BIN: u16 = 2_300;

/// Greatest count that can be written.
const MAX_COUNT: u64 = u64::MAX >> 1;

/// Where the bins of `DDSketch` begin and end. Changing it makes stored sketches wrong.
static BINS: LazyLock<Config> = LazyLock::new(|| Config::new(RELATIVE_ERROR, 2_048, 1.0e-9));

/// Counts of durations in bins whose width grows with the duration (Masson, Rim, Lee: `DDSketch`, 2019).
///
/// The bins are those of the crate `sketches-ddsketch`; they are kept here as a sorted list, because a minute of
/// one route fills few of them, and because that crate reads stored bytes with trust. Sketches of the same
/// durations are equal, in whatever order they were added and merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Bin and count, ascending, no count 0.
    bins: Vec<(u16, u64)>,
}

impl Sketch {
    /// Adds one duration; less than a microsecond counts as one.
    pub fn add(&mut self, duration_us: u64) {
        self.add_to(bin(duration_us), 1, 0);
    }

    pub fn merge(&mut self, other: &Self) {
        let mut place = 0;
        for &(bin, count) in &other.bins {
            place = self.add_to(bin, count, place) + 1;
        }
    }

    /// The duration in microseconds that a part `q` of all do not exceed, by rank `q * (count - 1)` rounded down;
    /// `None` if there are none. `q` beyond 0 and 1 is taken as 0 and 1.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank that is off by one in 2^53 does not matter; it is not negative"
    )]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count: u64 = self.bins.iter().map(|(_, count)| count).sum();
        let rank = (q.clamp(0.0, 1.0) * count.checked_sub(1)? as f64) as u64;
        let mut before = 0_u64;
        let at_rank = self.bins.iter().find(|(_, count)| {
            before = before.saturating_add(*count);
            before > rank
        });
        at_rank.or(self.bins.last()).map(|(bin, _)| BINS.value(i32::from(*bin)))
    }

    /// The middle of each bin that is not empty, in microseconds, and how many durations are in it, ascending.
    pub fn bins(&self) -> impl Iterator<Item = (f64, u64)> {
        self.bins.iter().map(|(bin, count)| (BINS.value(i32::from(*bin)), *count))
    }

    /// Appends the number of bins, and of each twice its count, plus one if it does not follow the last one; then how
    /// many empty bins are between follows. Bins that lie together take a byte each.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.bins.len() as u64);
        let mut next = 0;
        for &(bin, count) in &self.bins {
            put_varint(out, count.min(MAX_COUNT) << 1 | u64::from(bin > next));
            if bin > next {
                put_varint(out, u64::from(bin - next));
            }
            next = bin + 1;
        }
    }

    /// Adds what [`Self::encode`] wrote. After an error a part of it has been added.
    pub fn merge_encoded(&mut self, reader: &mut Reader<'_>) -> Result<(), Damaged> {
        let (mut next, mut place) = (0_u16, 0);
        for _ in 0..reader.count(usize::from(MAX_BIN) + 1)? {
            let number = reader.varint()?;
            if number & 1 == 1 {
                let gap = u16::try_from(reader.varint()?).map_err(|_| Damaged)?;
                next = next.checked_add(gap).ok_or(Damaged)?;
            }
            if number < 2 || next > MAX_BIN {
                return Err(Damaged);
            }
            place = self.add_to(next, number >> 1, place) + 1;
            next += 1;
        }
        Ok(())
    }

    /// Adds to a bin that is not before the place `from`; returns its place.
    fn add_to(&mut self, bin: u16, count: u64, from: usize) -> usize {
        let place = match self.bins.get(from) {
            Some((here, _)) if *here < bin => {
                let behind = self.bins.get(from..).unwrap_or_default();
                from + behind.partition_point(|(there, _)| *there < bin)
            }
            _ => from,
        };
        match self.bins.get_mut(place) {
            Some((here, present)) if *here == bin => *present = present.saturating_add(count),
            _ => self.bins.insert(place, (bin, count)),
        }
        place
    }
}

#[expect(clippy::cast_precision_loss, reason = "a bin is wider than what a double loses")]
fn bin(duration_us: u64) -> u16 {
    u16::try_from(BINS.key(duration_us.max(1) as f64)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(durations: &[u64]) -> Sketch {
        let mut sketch = Sketch::default();
        for duration in durations {
            sketch.add(*duration);
        }
        sketch
    }

    /// The duration at the rank that [`Sketch::quantile`] means.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few hundred small numbers"
    )]
    fn true_quantile(sorted: &[u64], q: f64) -> f64 {
        sorted[(q * (sorted.len() - 1) as f64) as usize] as f64
    }

    fn encoded(sketch: &Sketch) -> Vec<u8> {
        let mut bytes = Vec::new();
        sketch.encode(&mut bytes);
        bytes
    }

    #[test]
    fn the_longest_duration_has_a_bin() {
        assert!(bin(u64::MAX) < MAX_BIN);
        assert_eq!((bin(0), bin(1)), (0, 0));
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn percentiles_are_within_the_promised_error(
            mut durations in prop::collection::vec(1_u64..10_000_000_000, 1..300),
            q in 0.0_f64..=1.0,
        ) {
            let found = sketch(&durations).quantile(q).unwrap();
            durations.sort_unstable();
            let true_value = true_quantile(&durations, q);
            prop_assert!((found - true_value).abs() <= true_value * RELATIVE_ERROR * 1.000_001, "{found} {true_value}");
        }

        #[test]
        fn order_and_merging_do_not_matter(durations in prop::collection::vec(any::<u64>(), 0..100), cut in 0_usize..100) {
            let (first, second) = durations.split_at(cut.min(durations.len()));
            let mut merged = sketch(second);
            merged.merge(&sketch(first));
            prop_assert_eq!(&merged, &sketch(&durations));
            let bytes = encoded(&merged);
            let mut reader = Reader::new(&bytes);
            let mut twice = merged.clone();
            twice.merge_encoded(&mut reader).unwrap();
            prop_assert!(reader.is_empty());
            merged.merge(&sketch(&durations));
            prop_assert_eq!(&twice, &merged);
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut sketch = self::sketch(&[1, 5_000, 5_000_000]);
            if sketch.merge_encoded(&mut Reader::new(&bytes)).is_ok() {
                prop_assert!(sketch.bins.is_sorted_by_key(|(bin, _)| *bin));
                prop_assert!(sketch.quantile(0.5).is_some());
            }
        }
    }
}
