//! Heatmaps: which pages have data, and one page with its layers.

pub mod list;
mod picture;
pub mod viewer;

use super::screen::Screen;
use crate::query::points::PointFilter;

/// The points of the screen's period. Bounds of the index are inclusive, those of periods are not.
#[expect(clippy::cast_precision_loss, reason = "times fit a double")]
fn filter(screen: &Screen) -> PointFilter {
    let interval = screen.view.interval;
    let (from, to) = (interval.from_ms as f64, (interval.to_ms as f64).next_down());
    PointFilter { project: screen.project.id, path: None, from, to }
}

/// The same as parameters of the API.
fn range(filter: &PointFilter) -> [(&'static str, String); 2] {
    [("from", filter.from.to_string()), ("to", filter.to.to_string())]
}
