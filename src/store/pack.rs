//! Packed numbers: the bytes of trails and of the heat index.
//!
//! Whole numbers are written as varints of zigzag deltas (neighbouring points differ little), others
//! as raw doubles, so that every double but NaN reads back as itself. Readers check every length:
//! a damaged file gives [`Damaged`], never a panic or a wrong number of values.

/// The bytes do not hold what they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("packed data is damaged")]
pub struct Damaged;

/// Doubles up to here are whole numbers that an `i64` holds exactly.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

const WHOLE: u8 = 0;
const REAL: u8 = 1;

/// The number as an integer, if it is one that reads back as the same double.
#[must_use]
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::float_cmp, reason = "what is tested")]
pub fn whole(value: f64) -> Option<i64> {
    let integer = value as i64;
    (integer as f64 == value && value.abs() <= MAX_WHOLE).then_some(integer)
}

/// Appends `value` in seven-bit groups, lowest first.
#[expect(clippy::cast_possible_truncation, reason = "the low seven bits are what is wanted")]
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed number so that small magnitudes take few bytes.
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_varint(out, zigzag(value));
}

/// Appends all `values`; their number is not written.
pub fn put_numbers(out: &mut Vec<u8>, values: &[f64]) {
    let start = out.len();
    out.push(WHOLE);
    let mut previous = 0_i64;
    for &value in values {
        let Some(value) = whole(value) else {
            out.truncate(start);
            out.push(REAL);
            for value in values {
                out.extend_from_slice(&value.to_le_bytes());
            }
            return;
        };
        put_signed(out, value.wrapping_sub(previous));
        previous = value;
    }
}

/// Appends `values` as runs of (first minus what the last run leads to expect, length): `step` 1 for
/// sequence numbers that count up, 0 for a value that stays.
pub fn put_runs(out: &mut Vec<u8>, values: &[i64], step: i64) {
    let mut expected = 0_i64;
    let mut at = 0;
    while at < values.len() {
        let first = values[at];
        let mut next = first.wrapping_add(step);
        let mut length = 1;
        while at + length < values.len() && values[at + length] == next {
            next = next.wrapping_add(step);
            length += 1;
        }
        put_signed(out, first.wrapping_sub(expected));
        put_varint(out, length as u64);
        expected = next;
        at += length;
    }
}

/// Appends `section` behind its length, so that a reader can skip it.
pub fn put_section(out: &mut Vec<u8>, section: &[u8]) {
    put_varint(out, section.len() as u64);
    out.extend_from_slice(section);
}

/// Packed numbers, read back.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    Whole(Vec<i64>),
    Real(Vec<f64>),
}

impl Numbers {
    /// The values as doubles.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "whole numbers were doubles when they were written")]
    pub fn into_doubles(self) -> Vec<f64> {
        match self {
            Self::Whole(values) => values.into_iter().map(|value| value as f64).collect(),
            Self::Real(values) => values,
        }
    }
}

/// Reads what the `put_` functions wrote, from front to back.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> Result<u8, Damaged> {
        let (&byte, rest) = self.0.split_first().ok_or(Damaged)?;
        self.0 = rest;
        Ok(byte)
    }

    #[inline]
    pub fn varint(&mut self) -> Result<u64, Damaged> {
        // Most numbers take one or two bytes.
        match *self.0 {
            [a, ref rest @ ..] if a < 0x80 => {
                self.0 = rest;
                Ok(u64::from(a))
            }
            [a, b, ref rest @ ..] if b < 0x80 => {
                self.0 = rest;
                Ok(u64::from(a & 0x7f) | u64::from(b) << 7)
            }
            _ => self.long_varint(),
        }
    }

    #[inline]
    pub fn signed(&mut self) -> Result<i64, Damaged> {
        self.varint().map(unzigzag)
    }

    /// A length or count: at most `limit`.
    pub fn count(&mut self, limit: usize) -> Result<usize, Damaged> {
        usize::try_from(self.varint()?).ok().filter(|count| *count <= limit).ok_or(Damaged)
    }

    /// A count of things of which each takes at least one of the bytes that are left.
    pub fn remaining_count(&mut self) -> Result<usize, Damaged> {
        let count = self.varint()?;
        usize::try_from(count).ok().filter(|count| *count <= self.0.len()).ok_or(Damaged)
    }

    /// The next bytes.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Damaged> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub fn double(&mut self) -> Result<f64, Damaged> {
        let (bytes, rest) = self.0.split_first_chunk::<8>().ok_or(Damaged)?;
        self.0 = rest;
        Ok(f64::from_le_bytes(*bytes))
    }

    /// `count` numbers that [`put_numbers`] wrote.
    pub fn numbers(&mut self, count: usize) -> Result<Numbers, Damaged> {
        match self.byte()? {
            WHOLE => {
                // Each takes at least a byte: a forged count cannot reserve more than the data holds.
                if count > self.0.len() {
                    return Err(Damaged);
                }
                let mut values = Vec::with_capacity(count);
                let mut value = 0_i64;
                for _ in 0..count {
                    value = value.wrapping_add(self.signed()?);
                    values.push(value);
                }
                Ok(Numbers::Whole(values))
            }
            REAL => {
                if count > self.0.len() / 8 {
                    return Err(Damaged);
                }
                let mut values = Vec::with_capacity(count);
                for _ in 0..count {
                    values.push(self.double()?);
                }
                Ok(Numbers::Real(values))
            }
            _ => Err(Damaged),
        }
    }

    /// `count` values that [`put_runs`] wrote with the same `step`.
    pub fn runs(&mut self, count: usize, step: i64) -> Result<Vec<i64>, Damaged> {
        let mut values = Vec::with_capacity(count.min(1 << 16));
        let mut expected = 0_i64;
        while values.len() < count {
            let mut value = expected.wrapping_add(self.signed()?);
            let length = self.count(count - values.len())?;
            if length == 0 {
                return Err(Damaged);
            }
            for _ in 0..length {
                values.push(value);
                value = value.wrapping_add(step);
            }
            expected = value;
        }
        Ok(values)
    }

    /// The bytes that [`put_section`] wrote.
    pub fn section(&mut self) -> Result<&'a [u8], Damaged> {
        let length = self.count(self.0.len())?;
        let (section, rest) = self.0.split_at_checked(length).ok_or(Damaged)?;
        self.0 = rest;
        Ok(section)
    }

    #[cold]
    fn long_varint(&mut self) -> Result<u64, Damaged> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Damaged)
    }
}

#[expect(clippy::cast_sign_loss, reason = "zigzag reinterprets the bits")]
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

#[expect(clippy::cast_possible_wrap, reason = "zigzag reinterprets the bits")]
fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn doubles() -> impl Strategy<Value = f64> {
        prop_oneof![
            (-5000_i32..5000).prop_map(f64::from),
            any::<f64>().prop_filter("NaN never arrives", |value| !value.is_nan()),
            Just(f64::INFINITY),
            Just(1_795_000_000_000.0),
        ]
    }

    proptest! {
        #[test]
        fn numbers_read_back(values in prop::collection::vec(doubles(), 0..200)) {
            let mut bytes = Vec::new();
            put_numbers(&mut bytes, &values);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.numbers(values.len()).unwrap().into_doubles(), values);
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn runs_read_back(values in prop::collection::vec(any::<i64>(), 0..50), step in 0_i64..2, repeat in 1_usize..5) {
            let values: Vec<i64> = values.into_iter().flat_map(|value| vec![value; repeat]).collect();
            let mut bytes = Vec::new();
            put_runs(&mut bytes, &values, step);
            prop_assert_eq!(Reader::new(&bytes).runs(values.len(), step).unwrap(), values);
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), count in 0_usize..1000) {
            let _ = Reader::new(&bytes).numbers(count);
            let _ = Reader::new(&bytes).runs(count, 1);
            let _ = Reader::new(&bytes).section();
        }
    }

    #[test]
    fn a_trail_of_neighbours_takes_a_byte_a_number() {
        let mut bytes = Vec::new();
        put_numbers(&mut bytes, &[10.0, 12.0, 15.0, 14.0]);
        assert_eq!(bytes.len(), 5);
    }

    #[test]
    fn a_forged_count_reserves_nothing() {
        assert_eq!(Reader::new(&[WHOLE, 1, 2]).numbers(usize::MAX), Err(Damaged));
    }
}
