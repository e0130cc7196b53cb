//! How many requests took how long, in steps that people read.

use super::buckets::Summary;

/// Upper ends of the steps, in milliseconds; the last step has none.
pub const EDGES_MS: [u64; 13] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/// Requests of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// Longest duration of the step in milliseconds; none: the last one, which has no end.
    pub up_to_ms: Option<u64>,
    pub requests: u64,
}

/// The steps of a summary. A duration within 1 % of an edge may count on either side of it, as sketches are no finer.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "edges are small")]
pub fn histogram(summary: &Summary) -> Vec<Bar> {
    let edges = EDGES_MS.into_iter().map(Some).chain([None]);
    let mut bars: Vec<_> = edges.map(|up_to_ms| Bar { up_to_ms, requests: 0 }).collect();
    for (duration_us, count) in summary.sketch.bins() {
        let place = EDGES_MS.partition_point(|edge| (*edge * 1_000) as f64 <= duration_us);
        if let Some(bar) = bars.get_mut(place) {
            bar.requests += count;
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::traffic::sketch::Sketch;

    #[test]
    fn every_request_is_in_one_step() {
        let mut sketch = Sketch::default();
        for duration_us in [0, 900, 3_000, 3_500, 700_000, 99_000_000] {
            sketch.add(duration_us);
        }
        let bars = histogram(&Summary { sketch, ..Summary::default() });
        let found: Vec<_> =
            bars.iter().filter(|bar| bar.requests > 0).map(|bar| (bar.up_to_ms, bar.requests)).collect();
        assert_eq!(found, [(Some(1), 2), (Some(5), 2), (Some(1_000), 1), (None, 1)]);
        assert_eq!(bars.len(), EDGES_MS.len() + 1);
    }
}
