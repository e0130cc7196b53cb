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

/// Who was seen where: at a day, on a page.
#[derive(Debug, Default)]
pub struct Seen {
    pairs: Vec<(u32, u32)>,
    /// The last visitor of each place: those who stay a while are noted once.
    last: Vec<u32>,
}

impl Seen {
    /// Notes a visitor at a place.
    #[inline]
    pub fn note(&mut self, place: u32, visitor: u32) {
        let at = place as usize;
        if at >= self.last.len() {
            self.last.resize(at + 1, u32::MAX);
        }
        if self.last[at] != visitor {
            self.last[at] = visitor;
            self.pairs.push((place, visitor));
        }
    }

    /// How many different ones were at each place; `visitors` is how many numbers were given.
    #[must_use]
    pub fn counts(&self, visitors: usize) -> Vec<u64> {
        let mut ends = vec![0_usize; self.last.len() + 1];
        for (place, _) in &self.pairs {
            ends[*place as usize + 1] += 1;
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut at = ends.clone();
        let mut sorted = vec![0_u32; self.pairs.len()];
        for (place, visitor) in &self.pairs {
            let to = &mut at[*place as usize];
            sorted[*to] = *visitor;
            *to += 1;
        }
        let mut met_at = vec![u32::MAX; visitors];
        let place_numbers = 0_u32..;
        let places = ends.windows(2).zip(place_numbers);
        places
            .map(|(ends, place)| {
                let mut count = 0;
                for visitor in &sorted[ends[0]..ends[1]] {
                    let met = &mut met_at[*visitor as usize];
                    count += u64::from(*met != place);
                    *met = place;
                }
                count
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_are_those_of_sets(told in prop::collection::vec((0_u32..6, -5_i64..5), 0..200)) {
            let (mut visitors, mut seen) = (Visitors::default(), Seen::default());
            for (place, visitor) in &told {
                let number = visitors.number(*visitor);
                seen.note(*place, number);
            }
            let expected = |place: u32| {
                told.iter().filter(|(at, _)| *at == place).map(|(_, visitor)| visitor).collect::<BTreeSet<_>>().len() as u64
            };
            let counts = seen.counts(visitors.count());
            for (place, count) in counts.iter().enumerate() {
                prop_assert_eq!(*count, expected(u32::try_from(place).unwrap()));
            }
            prop_assert_eq!(visitors.count(), told.iter().map(|(_, visitor)| visitor).collect::<BTreeSet<_>>().len());
        }
    }
}
