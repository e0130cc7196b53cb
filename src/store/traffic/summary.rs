//! What is told about any number of requests: counts, sums, and the distribution of durations.

use super::fact::Fact;
use super::sketch::Sketch;
use crate::domain::traffic::ERROR_STATUS;
use crate::store::pack::{Damaged, Reader, put_varint};

/// Apdex's T in microseconds: a request is satisfying up to T, tolerable up to 4 T (Apdex Technical Specification 1.1).
pub const APDEX_T_US: u64 = 500_000;

/// Status from which a request frustrates however fast it was.
const FAILED_STATUS: u16 = 500;

const VERSION: u8 = 1;

/// Requests taken together. Two summaries of the same requests are equal, in whatever order they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub count: u64,
    /// Status 400 and more.
    pub errors: u64,
    pub slow: u64,
    /// Not longer than [`APDEX_T_US`], status below 500.
    pub satisfied: u64,
    /// Longer than that, but not than four times it, status below 500.
    pub tolerating: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// Sum of all durations.
    pub duration_us: u64,
    pub max_us: u64,
    pub sketch: Sketch,
}

impl Summary {
    pub fn add(&mut self, fact: &Fact) {
        let is_fine = fact.status < FAILED_STATUS;
        self.count += 1;
        self.errors += u64::from(fact.status >= ERROR_STATUS);
        self.slow += u64::from(fact.is_slow);
        self.satisfied += u64::from(is_fine && fact.duration_us <= APDEX_T_US);
        self.tolerating += u64::from(is_fine && fact.duration_us > APDEX_T_US && fact.duration_us <= 4 * APDEX_T_US);
        self.bytes_in = self.bytes_in.saturating_add(fact.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(fact.bytes_out);
        self.duration_us = self.duration_us.saturating_add(fact.duration_us);
        self.max_us = self.max_us.max(fact.duration_us);
        self.sketch.add(fact.duration_us);
    }

    pub fn merge(&mut self, other: &Self) {
        for (sum, part) in self.numbers_mut().into_iter().zip(other.numbers()) {
            *sum = sum.saturating_add(part);
        }
        self.max_us = self.max_us.max(other.max_us);
        self.sketch.merge(&other.sketch);
    }

    /// Mean duration in microseconds; `None` without requests.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    pub fn average_us(&self) -> Option<f64> {
        (self.count > 0).then(|| self.duration_us as f64 / self.count as f64)
    }

    /// The duration in microseconds that a part `q` of the requests do not exceed, at most 1 % off; `None` without
    /// requests. Never more than the longest duration.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a duration of 2^53 microseconds is 285 years")]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        self.sketch.quantile(q).map(|found| found.min(self.max_us as f64))
    }

    /// From 0 (all frustrated) to 1 (all satisfied); `None` without requests. See [`APDEX_T_US`].
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    pub fn apdex(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.satisfied as f64 + self.tolerating as f64 / 2.0) / self.count as f64)
    }

    /// The bytes of the file: a version, the numbers, the sketch.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.push(VERSION);
        for number in self.numbers() {
            put_varint(&mut out, number);
        }
        put_varint(&mut out, self.max_us);
        self.sketch.encode(&mut out);
        out
    }

    /// Reads what [`Self::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut summary = Self::default();
        summary.merge_encoded(bytes)?;
        Ok(summary)
    }

    /// Adds what [`Self::encode`] wrote. After an error a part of it has been added.
    pub fn merge_encoded(&mut self, bytes: &[u8]) -> Result<(), Damaged> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != VERSION {
            return Err(Damaged);
        }
        for sum in self.numbers_mut() {
            *sum = sum.saturating_add(reader.varint()?);
        }
        self.max_us = self.max_us.max(reader.varint()?);
        self.sketch.merge_encoded(&mut reader)?;
        if reader.is_empty() { Ok(()) } else { Err(Damaged) }
    }

    /// What is summed up, in the order of the file.
    fn numbers(&self) -> [u64; 8] {
        [
            self.count,
            self.errors,
            self.slow,
            self.satisfied,
            self.tolerating,
            self.bytes_in,
            self.bytes_out,
            self.duration_us,
        ]
    }

    fn numbers_mut(&mut self) -> [&mut u64; 8] {
        [
            &mut self.count,
            &mut self.errors,
            &mut self.slow,
            &mut self.satisfied,
            &mut self.tolerating,
            &mut self.bytes_in,
            &mut self.bytes_out,
            &mut self.duration_us,
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fact(status: u16, duration_us: u64) -> Fact {
        Fact {
            id: 1,
            project_id: 1,
            created_at_ms: 0,
            route_id: 1,
            method_id: 1,
            user_id: None,
            status,
            is_slow: duration_us >= 1_000_000,
            duration_us,
            bytes_in: 3,
            bytes_out: 5,
        }
    }

    fn summary(facts: &[(u16, u64)]) -> Summary {
        let mut summary = Summary::default();
        for (status, duration_us) in facts {
            summary.add(&fact(*status, *duration_us));
        }
        summary
    }

    #[test]
    fn a_request_counts_where_it_belongs() {
        let edges = [(200, 500_000), (404, 500_001), (302, 2_000_000), (200, 2_000_001), (500, 1)];
        let summary = summary(&edges);
        assert_eq!((summary.count, summary.errors, summary.slow), (5, 2, 2));
        assert_eq!((summary.satisfied, summary.tolerating), (1, 2));
        assert_eq!(summary.apdex(), Some(0.4));
        assert_eq!((summary.bytes_in, summary.bytes_out, summary.max_us), (15, 25, 2_000_001));
        assert_eq!(summary.average_us(), Some(5_000_003.0 / 5.0));
        assert_eq!(summary.quantile(1.0), Some(2_000_001.0), "never beyond the longest");
    }

    #[test]
    fn nothing_has_neither_mean_nor_apdex() {
        let nothing = Summary::default();
        assert_eq!((nothing.average_us(), nothing.quantile(0.5), nothing.apdex()), (None, None, None));
    }

    #[test]
    fn a_minute_of_one_route_takes_few_bytes() {
        let bytes = summary(&[(200, 12_000); 60]).encode();
        assert!(bytes.len() < 25, "{}", bytes.len());
    }

    #[test]
    fn another_version_is_damage() {
        let mut bytes = summary(&[(200, 1)]).encode();
        bytes[0] = VERSION + 1;
        assert_eq!(Summary::decode(&bytes), Err(Damaged));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_merging_is_adding(
            facts in prop::collection::vec((100_u16..600, 0_u64..100_000_000_000), 0..50),
            cut in 0_usize..50,
        ) {
            let (first, second) = facts.split_at(cut.min(facts.len()));
            let mut merged = Summary::decode(&summary(second).encode()).unwrap();
            merged.merge(&summary(first));
            prop_assert_eq!(&merged, &summary(&facts));
            let bytes = merged.encode();
            prop_assert!((0..bytes.len()).all(|cut| Summary::decode(&bytes[..cut]).is_err()));
        }

        #[test]
        fn damaged_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 1..80)) {
            bytes[0] = VERSION;
            if let Ok(summary) = Summary::decode(&bytes) {
                let mut twice = summary.clone();
                twice.merge(&summary);
                let _ = (twice.quantile(0.5), twice.average_us(), twice.apdex());
            }
        }
    }
}
