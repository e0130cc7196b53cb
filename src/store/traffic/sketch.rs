//! How durations are distributed: percentiles of any number of requests in a few dozen numbers.

use std::sync::LazyLock;

use sketches_ddsketch::Config;

use crate::store::pack::{Damaged, Reader, put_varint};

/// A percentile is at most this far from the true one, as a part of it.
pub const RELATIVE_ERROR: f64 = 0.01;

/// Greatest bin of any duration: that of `u64::MAX` microseconds is 2,218.
const MAX_BIN: u64 = 2_300;

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
        let mut from = 0;
        for &(bin, count) in &other.bins {
            from = self.add_to(bin, count, from);
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

    /// Appends the number of bins, and each one's distance from the last and its count.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.bins.len() as u64);
        let mut next = 0;
        for &(bin, count) in &self.bins {
            put_varint(out, u64::from(bin - next));
            put_varint(out, count);
            next = bin + 1;
        }
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Damaged> {
        let length = reader.count(usize::from(u16::MAX))?;
        let mut bins = Vec::with_capacity(length.min(256));
        let mut next = 0_u64;
        for _ in 0..length {
            let bin = next.checked_add(reader.varint()?).filter(|bin| *bin <= MAX_BIN).ok_or(Damaged)?;
            let count = reader.varint()?;
            if count == 0 {
                return Err(Damaged);
            }
            bins.push((u16::try_from(bin).map_err(|_| Damaged)?, count));
            next = bin + 1;
        }
        Ok(Self { bins })
    }

    /// Adds to a bin that is not before the place `from`; returns its place.
    fn add_to(&mut self, bin: u16, count: u64, from: usize) -> usize {
        let behind = self.bins.get(from..).unwrap_or_default();
        match behind.binary_search_by_key(&bin, |(bin, _)| *bin) {
            Ok(at) => {
                if let Some((_, present)) = self.bins.get_mut(from + at) {
                    *present = present.saturating_add(count);
                }
                from + at
            }
            Err(at) => {
                self.bins.insert(from + at, (bin, count));
                from + at
            }
        }
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
        assert!(u64::from(bin(u64::MAX)) < MAX_BIN);
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
            prop_assert_eq!(Sketch::decode(&mut reader).unwrap(), merged);
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(sketch) = Sketch::decode(&mut Reader::new(&bytes)) {
                let mut twice = sketch.clone();
                twice.merge(&sketch);
                let _ = twice.quantile(0.5);
            }
        }
    }
}
