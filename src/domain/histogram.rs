//! Durations and sizes counted in buckets, as monitoring systems want them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Upper bounds for requests, in seconds: OpenTelemetry's for HTTP.
pub const REQUEST_SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Upper bounds for what waits for a disk, in seconds: an fsync takes from a fraction of a millisecond to, on a bad day, seconds.
pub const DISK_SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Upper bounds for the number of events in a transaction.
pub const EVENTS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1_000.0, 5_000.0, 10_000.0, 50_000.0];

/// Maps that threads share: each thread has one of its own as long as there are no more threads than this.
const SHARDS: usize = 16;

/// How often values lay in each bucket, and their sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One more than there are bounds: the last is of what is above all of them.
    counts: Vec<u64>,
    sum: f64,
}

impl Histogram {
    /// One that has seen nothing. `bounds` ascend.
    #[must_use]
    pub fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1], sum: 0.0 }
    }

    pub fn observe(&mut self, value: f64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get_mut(at) {
            *count += 1;
        }
        self.sum += value;
    }

    /// Adds what another one, of the same bounds, has seen.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.sum += other.sum;
    }

    /// Each bound with how many values were not above it.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        self.bounds.iter().zip(&self.counts).scan(0, |sum, (bound, count)| {
            *sum += count;
            Some((*bound, *sum))
        })
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }
}

/// A histogram for each set of labels, cheap to add to from many threads: each locks a map that hardly anybody else does.
#[derive(Debug)]
pub struct Histograms<K> {
    bounds: &'static [f64],
    /// Sets of labels that each map takes.
    max_keys: usize,
    shards: [Mutex<HashMap<K, Histogram>>; SHARDS],
}

impl<K: Hash + Eq + Clone> Histograms<K> {
    #[must_use]
    pub fn new(bounds: &'static [f64], max_keys: usize) -> Self {
        Self { bounds, max_keys, shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// Adds a value under `key`, or under `other` when there are too many keys already.
    pub fn observe(&self, key: K, other: impl FnOnce() -> K, value: f64) {
        let mut shard = locked(&self.shards[shard_of_thread()]);
        let is_beyond = shard.len() >= self.max_keys && !shard.contains_key(&key);
        let key = if is_beyond { other() } else { key };
        shard.entry(key).or_insert_with(|| Histogram::new(self.bounds)).observe(value);
    }

    /// All of them at this moment.
    #[must_use]
    pub fn all(&self) -> HashMap<K, Histogram> {
        let mut all: HashMap<K, Histogram> = HashMap::new();
        for shard in &self.shards {
            for (key, histogram) in locked(shard).iter() {
                all.entry(key.clone()).or_insert_with(|| Histogram::new(self.bounds)).add(histogram);
            }
        }
        all
    }
}

/// Nothing panics while such a lock is held, so poison says nothing.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The place of the calling thread; given out in turn.
fn shard_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    }
    OWN.with(|own| *own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_bound_is_not_above_it() {
        let mut histogram = Histogram::new(&[1.0, 2.0]);
        for value in [0.5, 1.0, 1.5, 2.0, 9.0] {
            histogram.observe(value);
        }
        assert_eq!(histogram.buckets().collect::<Vec<_>>(), [(1.0, 2), (2.0, 4)]);
        assert_eq!((histogram.count(), histogram.sum()), (5, 14.0));
    }

    #[test]
    fn what_threads_saw_adds_up() {
        let histograms = Histograms::new(&[1.0], 10);
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| histograms.observe("a", || "other", 0.5));
            }
        });
        assert_eq!(histograms.all()["a"].count(), 40);
    }

    #[test]
    fn keys_beyond_the_limit_are_counted_together() {
        let histograms = Histograms::new(&[1.0], 2);
        for key in ["a", "b", "c", "d", "a"] {
            histograms.observe(key, || "other", 0.5);
        }
        let all = histograms.all();
        let count = |key: &str| all.get(key).map(Histogram::count);
        assert_eq!([count("a"), count("b"), count("c"), count("other")], [Some(2), Some(1), None, Some(2)]);
    }
}
