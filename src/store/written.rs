//! What the writer has written since the start: how much of what, how long that took, and when something came last.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::heat;
use crate::domain::histogram::{DISK_SECONDS, EVENTS, Histogram};
use crate::domain::track::EventKind;
use crate::domain::{Batch, Receipt};

/// Batches whose ways to the disk are remembered.
const REMEMBERED: usize = 512;

/// Where events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Browsers, by heat-collector's protocol.
    Heat,
    /// Apps and web pages, by Datalyr's.
    Track,
    /// Requests that the proxy has seen.
    Traffic,
}

impl Source {
    pub const ALL: [Self; 3] = [Self::Heat, Self::Track, Self::Traffic];

    /// As metrics and the API call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Heat => "heat",
            Self::Track => "track",
            Self::Traffic => "traffic",
        }
    }
}

/// Counts and times since the start. The writer alone writes them, once a transaction.
#[derive(Debug)]
pub struct Written {
    heat: [AtomicU64; heat::Kind::ALL.len()],
    track: [AtomicU64; EventKind::ALL.len()],
    requests: AtomicU64,
    request_bytes: AtomicU64,
    duplicates: [AtomicU64; Source::ALL.len()],
    /// When a batch was received last, in milliseconds since the epoch; 0: not since the start.
    last_ms: [AtomicI64; Source::ALL.len()],
    times: Mutex<Times>,
}

#[derive(Debug)]
struct Times {
    commits: Histogram,
    events: Histogram,
    lags: Histogram,
    /// The last ways to the disk in microseconds, the oldest first.
    recent_us: VecDeque<u64>,
}

/// Durations and sizes of transactions.
#[derive(Debug, Clone, PartialEq)]
pub struct Transactions {
    /// From the first batch to the disk, in seconds.
    pub commit_s: Histogram,
    /// Events in one.
    pub events: Histogram,
    /// From the receipt of a batch to the disk, in seconds.
    pub lag_s: Histogram,
}

/// How long the last batches took from their receipt to the disk, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IngestLag {
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub max_ms: f64,
    /// Of how many batches.
    pub batches: usize,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            heat: Default::default(),
            track: Default::default(),
            requests: AtomicU64::default(),
            request_bytes: AtomicU64::default(),
            duplicates: Default::default(),
            last_ms: Default::default(),
            times: Mutex::new(Times {
                commits: Histogram::new(DISK_SECONDS),
                events: Histogram::new(EVENTS),
                lags: Histogram::new(DISK_SECONDS),
                recent_us: VecDeque::with_capacity(REMEMBERED),
            }),
        }
    }
}

impl Written {
    /// How many events of each kind were written, without those that were there before: `(source, type, events)`.
    pub fn events(&self) -> impl Iterator<Item = (Source, &'static str, u64)> {
        let heat = heat::Kind::ALL.iter().zip(&self.heat).map(|(kind, count)| (Source::Heat, kind.name(), count));
        let track = EventKind::ALL.iter().zip(&self.track).map(|(kind, count)| (Source::Track, kind.name(), count));
        let requests = std::iter::once((Source::Traffic, "request", &self.requests));
        heat.chain(track).chain(requests).map(|(source, name, count)| (source, name, count.load(Ordering::Relaxed)))
    }

    /// Bytes of the bodies, both ways, of the requests among them.
    #[must_use]
    pub fn request_bytes(&self) -> u64 {
        self.request_bytes.load(Ordering::Relaxed)
    }

    /// How many more there were that had been written before and were left as they are.
    #[must_use]
    pub fn duplicates(&self, source: Source) -> u64 {
        self.duplicates[source as usize].load(Ordering::Relaxed)
    }

    /// When a batch was received last since the start, in milliseconds since the epoch.
    #[must_use]
    pub fn last_ms(&self, source: Source) -> Option<i64> {
        Some(self.last_ms[source as usize].load(Ordering::Relaxed)).filter(|ms| *ms != 0)
    }

    #[must_use]
    pub fn transactions(&self) -> Transactions {
        let times = self.times();
        Transactions { commit_s: times.commits.clone(), events: times.events.clone(), lag_s: times.lags.clone() }
    }

    /// How long the last batches took from their receipt to the disk; nothing before the first.
    #[must_use]
    pub fn ingest_lag(&self) -> Option<IngestLag> {
        let mut recent: Vec<u64> = self.times().recent_us.iter().copied().collect();
        recent.sort_unstable();
        let last = recent.len().checked_sub(1)?;
        #[expect(clippy::cast_precision_loss, reason = "no batch waits for years")]
        let ms = |at: usize| recent[at] as f64 / 1_000.0;
        Some(IngestLag { p50_ms: ms(last / 2), p95_ms: ms(last * 95 / 100), max_ms: ms(last), batches: recent.len() })
    }

    /// Notes one batch of a transaction that is on the disk.
    pub(super) fn note(&self, batch: &Batch, receipt: &Receipt, now_ms: i64) -> u64 {
        let add = |counter: &AtomicU64, number: u64| counter.fetch_add(number, Ordering::Relaxed);
        let source = match batch {
            Batch::Heat(batch) => {
                for event in &batch.events {
                    add(&self.heat[event.kind as usize], 1);
                }
                Source::Heat
            }
            Batch::Track(batch) => {
                // Events that were there before, or are not to be stored, have no number.
                for event in batch.events.iter().filter(|event| event.seq != 0) {
                    add(&self.track[usize::from(event.kind.code())], 1);
                }
                Source::Track
            }
            Batch::Traffic(batch) => {
                add(&self.requests, batch.records.len() as u64);
                add(&self.request_bytes, batch.records.iter().map(|record| record.bytes_in + record.bytes_out).sum());
                Source::Traffic
            }
            // What happened elsewhere, and long ago, is not what is sent now.
            Batch::Erase(_) | Batch::Imported(_) => return 0,
        };
        add(&self.duplicates[source as usize], receipt.duplicates);
        self.last_ms[source as usize].store(now_ms, Ordering::Relaxed);
        batch.events() as u64
    }

    /// Notes a transaction of so many events, and how long its batches took from their receipt.
    pub(super) fn transaction(&self, took: Duration, events: u64, lags: impl Iterator<Item = Duration>) {
        let mut times = self.times();
        times.commits.observe(took.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a transaction has not that many")]
        times.events.observe(events as f64);
        for lag in lags {
            times.lags.observe(lag.as_secs_f64());
            if times.recent_us.len() == REMEMBERED {
                times.recent_us.pop_front();
            }
            times.recent_us.push_back(u64::try_from(lag.as_micros()).unwrap_or(u64::MAX));
        }
    }

    /// It is never left half changed, so a panic of another thread does not matter.
    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ways_to_the_disk_are_measured_and_older_ones_forgotten() {
        let written = Written::default();
        assert_eq!(written.ingest_lag(), None);
        written.transaction(Duration::from_millis(2), 3, [Duration::from_mins(1)].into_iter());
        written.transaction(Duration::from_millis(2), 3, (1..=REMEMBERED as u64).map(Duration::from_millis));
        let expected = IngestLag { p50_ms: 256.0, p95_ms: 486.0, max_ms: 512.0, batches: REMEMBERED };
        assert_eq!(written.ingest_lag(), Some(expected));
        let all = written.transactions();
        assert_eq!((all.commit_s.count(), all.events.sum(), all.lag_s.count()), (2, 6.0, 513));
    }
}
