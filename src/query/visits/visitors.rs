//! Counting different visitors, exactly.
//!
//! Visitors get numbers from 0 as they are met; what counts them several times over (by day, by page) does so by these.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Gives numbers to visitors.
#[derive(Debug, Default)]
pub struct Visitors(HashMap<i64, u32, BuildHasherDefault<Itself>>);

impl Visitors {
    /// The number of a visitor.
    #[inline]
    pub fn number(&mut self, visitor: i64) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(visitor).or_insert(next)
    }

    /// How many different ones there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// A visitor is a keyed hash already: its bits are as good as any hash of them.
#[derive(Debug, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_i64(&mut self, number: i64) {
        self.0 = number.cast_unsigned();
    }
}

/// Places whose visitors are noted as a bit of each visitor. What is frequent is met early, so that most is noted so.
const BITS: u32 = u64::BITS;

/// Who was seen where: at a day, on a page.
#[derive(Debug, Default)]
pub struct Seen {
    /// For each visitor: at which of the first places it was seen.
    bits: Vec<u64>,
    /// Different visitors at the first places.
    counts: Vec<u64>,
    /// Place and visitor for all other places, several times if need be.
    pairs: Vec<(u32, u32)>,
}

impl Seen {
    /// Notes a visitor at a place.
    #[inline]
    pub fn note(&mut self, place: u32, visitor: u32) {
        let (at, of) = (place as usize, visitor as usize);
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        if place >= BITS {
            self.pairs.push((place, visitor));
            return;
        }
        if of >= self.bits.len() {
            self.bits.resize((of + 1).next_power_of_two(), 0);
        }
        let (bits, bit) = (&mut self.bits[of], 1 << place);
        self.counts[at] += u64::from(*bits & bit == 0);
        *bits |= bit;
    }

    /// How many different ones were at each place.
    #[must_use]
    pub fn counts(mut self) -> Vec<u64> {
        // The others: in the order of places, and each visitor of a place only where it was not met there before.
        let mut ends = vec![0_usize; self.counts.len() + 1];
        for (place, _) in &self.pairs {
            ends[*place as usize + 1] += 1;
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut next = ends.clone();
        let mut sorted = vec![0_u32; self.pairs.len()];
        for (place, visitor) in &self.pairs {
            let to = &mut next[*place as usize];
            sorted[*to] = *visitor;
            *to += 1;
        }
        let visitors = sorted.iter().max().map_or(0, |visitor| *visitor as usize + 1);
        let mut met_at = vec![u32::MAX; visitors];
        for (place, count) in (BITS..).zip(self.counts.iter_mut().skip(BITS as usize)) {
            for visitor in &sorted[ends[place as usize]..ends[place as usize + 1]] {
                let met = &mut met_at[*visitor as usize];
                *count += u64::from(*met != place);
                *met = place;
            }
        }
        self.counts
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_are_those_of_sets(told in prop::collection::vec((0_u32..70, -5_i64..5), 0..600)) {
            let (mut visitors, mut seen) = (Visitors::default(), Seen::default());
            for (place, visitor) in &told {
                let number = visitors.number(*visitor);
                seen.note(*place, number);
            }
            let expected = |place: u32| {
                told.iter().filter(|(at, _)| *at == place).map(|(_, visitor)| visitor).collect::<BTreeSet<_>>().len() as u64
            };
            let counts = seen.counts();
            for (place, count) in counts.iter().enumerate() {
                prop_assert_eq!(*count, expected(u32::try_from(place).unwrap()));
            }
            prop_assert_eq!(visitors.count(), told.iter().map(|(_, visitor)| visitor).collect::<BTreeSet<_>>().len());
        }
    }
}
