//! How often each status code came.

use std::collections::BTreeMap;

use crate::store::pack::{Damaged, Reader, put_varint};

const VERSION: u8 = 1;

/// Counts of status codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statuses(BTreeMap<u16, u64>);

impl Statuses {
    pub fn add(&mut self, status: u16) {
        *self.0.entry(status).or_default() += 1;
    }

    pub fn merge(&mut self, other: &Self) {
        for (status, count) in &other.0 {
            let sum = self.0.entry(*status).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    /// The counts, by status.
    #[must_use]
    pub fn into_counts(self) -> BTreeMap<u16, u64> {
        self.0
    }

    /// The bytes of the file: a version, how many statuses there are, and each with its count.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put_varint(&mut out, self.0.len() as u64);
        for (status, count) in &self.0 {
            put_varint(&mut out, u64::from(*status));
            put_varint(&mut out, *count);
        }
        out
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != VERSION {
            return Err(Damaged);
        }
        let mut counts = BTreeMap::new();
        for _ in 0..reader.count(usize::from(u16::MAX) + 1)? {
            let status = u16::try_from(reader.varint()?).map_err(|_| Damaged)?;
            if counts.insert(status, reader.varint()?).is_some() {
                return Err(Damaged);
            }
        }
        if reader.is_empty() { Ok(Self(counts)) } else { Err(Damaged) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_merging_is_adding(statuses in prop::collection::vec(100_u16..600, 0..99), cut in 0_usize..99) {
            let count = |part: &[u16]| {
                let mut counted = Statuses::default();
                for status in part {
                    counted.add(*status);
                }
                counted
            };
            let (first, second) = statuses.split_at(cut.min(statuses.len()));
            let mut merged = Statuses::decode(&count(second).encode()).unwrap();
            merged.merge(&count(first));
            prop_assert_eq!(&merged, &count(&statuses));
            prop_assert_eq!(merged.into_counts().values().sum::<u64>(), statuses.len() as u64);
        }

        #[test]
        fn damaged_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 1..60)) {
            bytes[0] = VERSION;
            let _ = Statuses::decode(&bytes);
        }
    }
}
