//! How far down a page visits got, and where on it their pointers stayed, in bands from the top to the end.

use crate::domain::heat::TrailPoint;
use crate::query::heat_context::Context;

/// Bands of a page.
pub const BANDS: usize = 20;

/// Pages count as no longer, in CSS pixels.
pub const MAX_HEIGHT: f64 = 30_000.0;

/// A pointer that rests longer is not looked after any more.
const MAX_REST_MS: f64 = 5_000.0;

/// Height of the steps in which the time of pointers is kept until the height of the page is known.
const STEP: f64 = 25.0;
const STEPS: usize = 1_200;

/// One twentieth of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Band {
    /// Visits that saw its upper edge.
    pub visits: u64,
    /// Share of the time in which pointers were anywhere that they were in it, 0 to 1.
    pub attention: f64,
}

/// How far visits got.
#[derive(Debug, Default)]
pub struct Reach {
    /// How many visits have this band as their last.
    last: [u64; BANDS],
    /// Greatest height of the page that was told.
    pub height: f64,
    /// Of the visit that is being read, in per cent of the page.
    depth: f64,
}

impl Reach {
    /// The visit sees at least what its window shows of the page.
    pub fn be_there(&mut self, context: &Context) {
        if let Some(page_h) = context.page_h {
            self.height = self.height.max(page_h);
            if let Some(window) = context.window {
                self.depth = self.depth.max((window.h / page_h * 100.0).min(100.0));
            }
        }
    }

    /// The visit has seen so many per cent; more than 100 are hundredths of a per cent (heat-collector.md 6).
    pub fn scroll(&mut self, depth: f64) {
        let depth = if depth > 100.0 { depth / 100.0 } else { depth };
        if depth.is_finite() {
            self.depth = self.depth.max(depth.min(100.0));
        }
    }

    /// The visit is over.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    pub fn end(&mut self) {
        // A visit that saw up to the edge of a band has not seen the band.
        let bands = (self.depth.max(0.0) / 100.0 * f64::from(BANDS as u32)).ceil() as usize;
        self.last[bands.clamp(1, BANDS) - 1] += 1;
        self.depth = 0.0;
    }
}

/// Where pointers stayed.
#[derive(Debug)]
pub struct Dwell {
    steps: Vec<f64>,
    pub max_y: f64,
    before: Option<TrailPoint>,
}

impl Default for Dwell {
    fn default() -> Self {
        Self { steps: vec![0.0; STEPS], max_y: 0.0, before: None }
    }
}

impl Dwell {
    /// The pointer is here; until now it was where it was before.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; clamped")]
    pub fn point(&mut self, point: TrailPoint) {
        if !point.y.is_finite() || !point.ts.is_finite() {
            return;
        }
        if let Some(before) = self.before {
            let step = (before.y.max(0.0) / STEP) as usize;
            self.steps[step.min(STEPS - 1)] += (point.ts - before.ts).clamp(0.0, MAX_REST_MS);
        }
        self.max_y = self.max_y.max(point.y);
        self.before = Some(point);
    }

    /// The visit is over.
    pub fn end(&mut self) {
        self.before = None;
    }
}

/// The bands of a page of this height.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers, clamped"
)]
pub fn bands(reach: &Reach, dwell: &Dwell, visits: u64, height: f64) -> Vec<Band> {
    let mut bands = vec![Band::default(); BANDS];
    let mut left = visits;
    for (band, last) in bands.iter_mut().zip(reach.last) {
        band.visits = left;
        left = left.saturating_sub(last);
    }
    let total: f64 = dwell.steps.iter().sum();
    if total > 0.0 {
        for (at, ms) in dwell.steps.iter().enumerate() {
            let middle = (at as f64 + 0.5) * STEP;
            let band = (middle / height * BANDS as f64) as usize;
            bands[band.min(BANDS - 1)].attention += ms / total;
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::viewport::Viewport;

    #[test]
    fn visits_count_in_each_band_down_to_their_last() {
        let mut reach = Reach::default();
        for depth in [0.0, 5.0, 50.0, 10_000.0, f64::NAN] {
            reach.scroll(depth);
            reach.end();
        }
        let counts: Vec<u64> = bands(&reach, &Dwell::default(), 5, 1_000.0).iter().map(|band| band.visits).collect();
        assert_eq!(counts[..2], [5, 2]);
        assert_eq!((counts[9], counts[10], counts[19]), (2, 1, 1));
    }

    #[test]
    fn a_window_shows_the_top_of_the_page() {
        let mut reach = Reach::default();
        reach.be_there(&Context {
            window: Some(Viewport { w: 800.0, h: 500.0 }),
            page_h: Some(1_000.0),
            ..Context::default()
        });
        reach.end();
        let bands = bands(&reach, &Dwell::default(), 1, reach.height);
        assert_eq!((bands[9].visits, bands[10].visits), (1, 0));
    }

    #[test]
    fn attention_is_where_the_pointer_was_until_it_moved_on() {
        let mut dwell = Dwell::default();
        for (ts, y) in [(0.0, 10.0), (1_000.0, 910.0), (4_000.0, 10.0), (1_000_000.0, 10.0)] {
            dwell.point(TrailPoint { ts, x: 0.0, y });
        }
        dwell.end();
        let bands = bands(&Reach::default(), &dwell, 1, 1_000.0);
        let shares: Vec<f64> = bands.iter().map(|band| (band.attention * 9.0).round()).collect();
        assert_eq!((shares[0], shares[18]), (6.0, 3.0));
    }
}
