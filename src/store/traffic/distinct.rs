//! How many different users there were: exact while they are few, then an estimate; either can be merged.

use crate::store::pack::{Damaged, Reader, put_varint};

/// Users up to which they are counted exactly. Row ids take one or two bytes each, less than the registers.
const MAX_EXACT: usize = 1_024;

/// Bits of a hash that choose a register.
const INDEX_BITS: u32 = 12;

const REGISTERS: usize = 1 << INDEX_BITS;

/// Greatest value of a register: one more than the zeros that the rest of a hash can begin with.
const MAX_RANK: u8 = 53;

const VERSION: u8 = 1;
const EXACT: u8 = 0;
const ESTIMATED: u8 = 1;

/// A set of row ids that can only be counted and merged.
///
/// Beyond [`MAX_EXACT`] it is a `HyperLogLog` of 4,096 registers: its standard error is 1.6 %. What it holds follows
/// from the ids alone, not from their order or from how sets were merged. (The crate `cardinality-estimator` stores an
/// address and a sum that depends on the order, and trusts the bytes it reads.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distinct {
    /// Ascending.
    Exact(Vec<i64>),
    /// A value for each register.
    Estimated(Box<[u8; REGISTERS]>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Distinct {
    pub fn insert(&mut self, id: i64) {
        match self {
            Self::Exact(ids) => {
                let Err(at) = ids.binary_search(&id) else { return };
                ids.insert(at, id);
                if ids.len() > MAX_EXACT {
                    let mut registers = Box::new([0; REGISTERS]);
                    for id in ids {
                        note(&mut registers, *id);
                    }
                    *self = Self::Estimated(registers);
                }
            }
            Self::Estimated(registers) => note(registers, id),
        }
    }

    /// Takes an id out again; false if it is not there, or if that cannot be told any more.
    pub fn remove(&mut self, id: i64) -> bool {
        let Self::Exact(ids) = self else { return false };
        let Ok(at) = ids.binary_search(&id) else { return false };
        ids.remove(at);
        true
    }

    pub fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::Exact(ids)) => {
                for id in ids {
                    self.insert(*id);
                }
            }
            (Self::Exact(ids), Self::Estimated(registers)) => {
                let mut merged = registers.clone();
                for id in ids {
                    note(&mut merged, *id);
                }
                *self = Self::Estimated(merged);
            }
            (Self::Estimated(mine), Self::Estimated(theirs)) => {
                for (mine, theirs) in mine.iter_mut().zip(theirs.iter()) {
                    *mine = (*mine).max(*theirs);
                }
            }
        }
    }

    /// How many there are, or about that.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::Exact(ids) => ids.len() as u64,
            Self::Estimated(registers) => estimate(registers),
        }
    }

    /// The bytes of the file: a version, and either the distances of the ids or the registers in six bits each.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        match self {
            Self::Exact(ids) => {
                out.push(EXACT);
                put_varint(&mut out, ids.len() as u64);
                let mut previous = 0_i64;
                for &id in ids {
                    put_varint(&mut out, id.wrapping_sub(previous).cast_unsigned());
                    previous = id;
                }
            }
            Self::Estimated(registers) => {
                out.push(ESTIMATED);
                let (groups, _) = registers.as_chunks::<4>();
                for &[a, b, c, d] in groups {
                    let bits = u32::from(a) | u32::from(b) << 6 | u32::from(c) << 12 | u32::from(d) << 18;
                    let [first, second, third, _] = bits.to_le_bytes();
                    out.extend_from_slice(&[first, second, third]);
                }
            }
        }
        out
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != VERSION {
            return Err(Damaged);
        }
        let decoded = match reader.byte()? {
            EXACT => Self::Exact(decode_ids(&mut reader)?),
            ESTIMATED => Self::Estimated(decode_registers(&mut reader)?),
            _ => return Err(Damaged),
        };
        if reader.is_empty() { Ok(decoded) } else { Err(Damaged) }
    }
}

fn decode_ids(reader: &mut Reader<'_>) -> Result<Vec<i64>, Damaged> {
    let count = reader.count(MAX_EXACT)?;
    let mut ids: Vec<i64> = Vec::with_capacity(count);
    for _ in 0..count {
        let distance = reader.varint()?.cast_signed();
        let id = ids.last().copied().unwrap_or(0).wrapping_add(distance);
        if ids.last().is_some_and(|last| id <= *last) {
            return Err(Damaged);
        }
        ids.push(id);
    }
    Ok(ids)
}

fn decode_registers(reader: &mut Reader<'_>) -> Result<Box<[u8; REGISTERS]>, Damaged> {
    let mut registers = Box::new([0; REGISTERS]);
    let (groups, _) = registers.as_chunks_mut::<4>();
    for group in groups {
        let bits = u32::from_le_bytes([reader.byte()?, reader.byte()?, reader.byte()?, 0]);
        for (at, register) in (0_u32..).zip(group.iter_mut()) {
            let [value, ..] = (bits >> (6 * at) & 0x3f).to_le_bytes();
            if value > MAX_RANK {
                return Err(Damaged);
            }
            *register = value;
        }
    }
    Ok(registers)
}

/// Notes an id: the first bits of its hash choose a register, which keeps the longest run of zeros that follows.
fn note(registers: &mut [u8; REGISTERS], id: i64) {
    let hash = mix(id.cast_unsigned());
    let rest = hash << INDEX_BITS;
    let rank = u8::try_from(rest.leading_zeros() + 1).unwrap_or(MAX_RANK).min(MAX_RANK);
    let index = usize::try_from(hash >> (u64::BITS - INDEX_BITS)).unwrap_or_default();
    if let Some(register) = registers.get_mut(index) {
        *register = (*register).max(rank);
    }
}

/// Spreads the bits of a number over all of 64 (the finalizer of `SplitMix64`). Row ids count up and nobody outside
/// chooses them, so no key is needed; the file depends on it.
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// The improved raw estimate, which needs no tables against bias (Ertl, "New cardinality estimation algorithms for
/// `HyperLogLog` sketches", 2017, algorithm 6).
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate")]
fn estimate(registers: &[u8; REGISTERS]) -> u64 {
    let mut with_rank = [0.0; MAX_RANK as usize + 1];
    for register in registers {
        if let Some(count) = with_rank.get_mut(usize::from(*register)) {
            *count += 1.0;
        }
    }
    let m = REGISTERS as f64;
    let [zeros, ranks @ .., full] = with_rank;
    let partly = ranks.iter().rev().fold(m * tau(1.0 - full / m), |z, count| 0.5 * (z + count));
    let z = partly + m * sigma(zeros / m);
    (m * m / (2.0 * std::f64::consts::LN_2 * z)).round() as u64
}

/// What registers that are still zero contribute; `x` is their part.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z <= before {
            return z;
        }
    }
}

/// What registers that are full contribute; `x` is the part of the others.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z >= before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn distinct(ids: impl IntoIterator<Item = i64>) -> Distinct {
        let mut distinct = Distinct::default();
        for id in ids {
            distinct.insert(id);
        }
        distinct
    }

    #[test]
    fn few_are_counted_exactly_and_take_about_a_byte_each() {
        let few = distinct((1..=1_024).chain(1..=1_024));
        assert_eq!(few.count(), 1_024);
        assert!(few.encode().len() < 1_040, "{}", few.encode().len());
        assert_eq!(Distinct::default().count(), 0);
    }

    #[test]
    fn many_are_estimated_within_three_standard_errors() {
        for count in [1_025, 2_000, 5_000, 10_000, 20_000, 100_000, 1_000_000_i64] {
            for first in [1, 7_000_000_000] {
                #[expect(clippy::cast_precision_loss, reason = "an estimate")]
                let off = distinct(first..first + count).count() as f64 / count as f64 - 1.0;
                assert!(off.abs() < 0.049, "{count} from {first}: {off}");
            }
        }
    }

    #[test]
    fn registers_take_six_bits() {
        assert_eq!(distinct(1..5_000).encode().len(), 2 + REGISTERS * 6 / 8);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn order_and_merging_do_not_matter(ids in prop::collection::vec(-3000_i64..3000, 0..2600), cut in 0_usize..2600) {
            let (first, second) = ids.split_at(cut.min(ids.len()));
            let mut merged = Distinct::decode(&distinct(second.iter().copied()).encode()).unwrap();
            merged.merge(&distinct(first.iter().copied()));
            prop_assert_eq!(&merged, &distinct(ids.iter().rev().copied()));
            let bytes = merged.encode();
            prop_assert_eq!(Distinct::decode(&bytes).unwrap(), merged);
            prop_assert!(Distinct::decode(&bytes[..bytes.len() - 1]).is_err());
        }

        #[test]
        fn damaged_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 2..3200), kind in 0_u8..2) {
            bytes[0] = VERSION;
            bytes[1] = kind;
            if let Ok(decoded) = Distinct::decode(&bytes) {
                let _ = decoded.count();
            }
        }
    }
}
