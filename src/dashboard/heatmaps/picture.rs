//! The picture of a page without any script: what is under the pointer's traces, and the traces in eight steps of colour.

use std::fmt::Write as _;

use crate::query::heatmap::Heatmap;
use crate::query::page_behaviour::{Element, PageBehaviour};

/// Steps of colour; the style sheet has `h1` to `h8`.
pub const LEVELS: usize = 8;

/// Outlines that are drawn.
const MAX_OUTLINES: usize = 40;

/// What an outline is drawn around the clicks, in CSS pixels: they are rarely at an element's edge.
const MARGIN: f64 = 8.0;

/// Least and greatest width of a drawn page: viewports may be any numbers.
const WIDTHS: (f64, f64) = (240.0, 4_000.0);
const HEIGHTS: (f64, f64) = (240.0, 30_000.0);

/// A page as it is drawn, in CSS pixels.
#[derive(Debug, Clone)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// Where a window ends at first.
    pub fold: u32,
    /// One path for each step of colour.
    pub levels: Vec<String>,
    pub outlines: Vec<Outline>,
    pub bands: Vec<DrawnBand>,
    /// The greatest value of a cell of this picture.
    pub max: u64,
}

/// A rectangle around the clicks on an element.
#[derive(Debug, Clone)]
pub struct Outline {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    /// Its place in the ranking.
    pub rank: usize,
    /// Where the rank is written, in per cent of the page.
    pub label: (String, String),
}

/// A band across the page.
#[derive(Debug, Clone)]
pub struct DrawnBand {
    pub y: u32,
    pub height: u32,
    /// 1 to 8.
    pub level: usize,
    /// Where the label is written, in per cent of the page.
    pub label_y: String,
    pub label: String,
}

impl Picture {
    /// The picture of a map. The page is as high as the map or as its browsers said, whichever is more.
    pub fn new(map: &Heatmap, behaviour: &PageBehaviour) -> Self {
        let max = map.cells.iter().map(|cell| cell.value).max().unwrap_or(0);
        let mut levels = vec![String::new(); LEVELS];
        let (w, h) = (pixels(map.cell.0.clamp(1.0, 4_000.0)), pixels(map.cell.1.clamp(1.0, 4_000.0)));
        for cell in &map.cells {
            let (x, y) = (pixels(cell.x - map.cell.0 / 2.0), pixels(cell.y - map.cell.1 / 2.0));
            // Writing to a text cannot fail.
            let _ = write!(levels[level(cell.value, max) - 1], "M{x} {y}h{w}v{h}h-{w}z");
        }
        Self {
            width: pixels(map.viewport.w.clamp(WIDTHS.0, WIDTHS.1)),
            height: pixels(map.render_height.max(behaviour.height).clamp(HEIGHTS.0, HEIGHTS.1)),
            fold: pixels(map.viewport.h.clamp(HEIGHTS.0, HEIGHTS.1)),
            levels,
            outlines: Vec::new(),
            bands: Vec::new(),
            max,
        }
    }

    /// The same with outlines of the most clicked elements.
    pub fn with_outlines(mut self, elements: &[Element]) -> Self {
        let (page_w, page_h) = (self.width, self.height);
        let told = elements.iter().enumerate().filter(|(_, element)| element.selector.is_some());
        self.outlines = told
            .take(MAX_OUTLINES)
            .map(|(at, element)| {
                let (left, top, right, bottom) = element.around;
                let (x, y) = (pixels(left - MARGIN), pixels(top - MARGIN));
                Outline {
                    x,
                    y,
                    width: pixels(right + MARGIN).saturating_sub(x),
                    height: pixels(bottom + MARGIN).saturating_sub(y),
                    rank: at + 1,
                    label: (percent(x, page_w), percent(y, page_h)),
                }
            })
            .collect();
        self
    }

    /// Bands across the page instead of cells: a share of 0 to 1 and a label for each.
    pub fn of_bands(mut self, bands: &[(f64, String)]) -> Self {
        let top = bands.iter().map(|(share, _)| *share).fold(0.0, f64::max);
        let count = u32::try_from(bands.len()).unwrap_or(1).max(1);
        let edge = |at: usize| u32::try_from(at).unwrap_or(0) * self.height / count;
        self.levels = Vec::new();
        self.bands = bands
            .iter()
            .enumerate()
            .map(|(at, (share, label))| DrawnBand {
                y: edge(at),
                height: edge(at + 1) - edge(at),
                level: step(if top > 0.0 { share / top } else { 0.0 }),
                label_y: percent(edge(at), self.height),
                label: label.clone(),
            })
            .collect();
        self
    }

    /// How far down the fold is, in per cent of the page.
    pub fn fold_percent(&self) -> String {
        percent(self.fold, self.height)
    }

    /// Steps with their paths, from 1, without those that have nothing.
    pub fn drawn(&self) -> Vec<(usize, &str)> {
        let all = self.levels.iter().enumerate();
        all.filter(|(_, path)| !path.is_empty()).map(|(at, path)| (at + 1, path.as_str())).collect()
    }
}

/// The step of colour of a value. Roots, so that few clicks can still be seen beside many.
#[expect(clippy::cast_precision_loss, reason = "a colour")]
fn level(value: u64, max: u64) -> usize {
    step((value as f64 / max.max(1) as f64).sqrt())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "0 to 8; NaN gives 0"
)]
fn step(share: f64) -> usize {
    ((share * LEVELS as f64).ceil() as usize).clamp(1, LEVELS)
}

/// A part of a length in per cent, for places that do not grow with the picture.
fn percent(part: u32, whole: u32) -> String {
    format!("{:.2}%", (f64::from(part) / f64::from(whole.max(1)) * 100.0).min(100.0))
}

/// Whole pixels from the upper left corner; nothing is far outside a page.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; NaN gives 0")]
fn pixels(length: f64) -> u32 {
    length.round().clamp(0.0, 100_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_value_has_the_last_colour_and_one_click_the_first() {
        assert_eq!([level(1_000, 1_000), level(250, 1_000), level(1, 1_000), level(1, 1)], [8, 4, 1, 8]);
    }

    #[test]
    fn odd_places_stay_on_the_page() {
        assert_eq!([pixels(-5.0), pixels(f64::NAN), pixels(f64::INFINITY), pixels(12.5)], [0, 0, 100_000, 13]);
    }
}
