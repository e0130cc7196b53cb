//! Charts over time: an SVG that the server draws, a table with the same numbers, and the data for a script that makes the
//! chart answer to the pointer.
//!
//! What only looks nice is left to the script; without it the picture and the table say everything.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::period::{Grain, zoned};

/// Width and height of the drawing, in units that the page stretches.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 200.0;

/// A chart.
#[derive(Debug, Clone, Serialize)]
pub struct Chart {
    /// What it shows, in one sentence.
    pub summary: String,
    pub unit: Unit,
    /// Beginning of each bucket, in milliseconds since the epoch.
    pub starts_ms: Vec<i64>,
    /// End of the last bucket.
    pub end_ms: i64,
    /// The same in words, in the zone of the page.
    pub labels: Vec<String>,
    pub series: Vec<Series>,
    /// Whether a bucket goes on: it is drawn dashed, and those after it are not drawn.
    pub is_unfinished: bool,
    /// The bucket that goes on.
    pub current: Option<usize>,
    /// Whether the series lie on each other instead of behind each other.
    pub is_stacked: bool,
}

/// A line.
#[derive(Debug, Clone, Serialize)]
pub struct Series {
    pub name: String,
    /// One for each bucket; none where there is nothing to tell.
    pub values: Vec<Option<f64>>,
    /// Colour: 1 to 6.
    pub colour: u8,
    /// Whether it is there to compare with.
    pub is_faint: bool,
}

/// What values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    /// 0 to 1.
    Share,
    Milliseconds,
    /// How long somebody stayed, in milliseconds.
    Time,
    /// Of a currency.
    Money,
    /// 0 to 1, such as Apdex.
    Score,
}

impl Chart {
    /// A chart over the buckets between `bounds` (one more than there are buckets).
    #[must_use]
    pub fn new(summary: String, unit: Unit, bounds: &[i64], grain: Grain, zone: &TimeZone, now_ms: i64) -> Self {
        let starts_ms = bounds[..bounds.len().saturating_sub(1)].to_vec();
        let current = bounds.windows(2).position(|bucket| (bucket[0]..bucket[1]).contains(&now_ms));
        Self {
            summary,
            unit,
            labels: starts_ms.iter().map(|start| label(*start, grain, zone)).collect(),
            starts_ms,
            series: Vec::new(),
            end_ms: bounds.last().copied().unwrap_or(now_ms),
            is_unfinished: current.is_some(),
            current,
            is_stacked: false,
        }
    }

    /// Adds a line. What has not begun yet has no value.
    #[must_use]
    pub fn with(mut self, name: &str, colour: u8, mut values: Vec<Option<f64>>) -> Self {
        values.resize(self.starts_ms.len(), None);
        if let Some(current) = self.current {
            values.iter_mut().skip(current + 1).for_each(|value| *value = None);
        }
        self.series.push(Series { name: name.to_owned(), values, colour, is_faint: false });
        self
    }

    /// Adds a line to compare with. It may have other buckets, such as those of a longer month.
    #[must_use]
    pub fn with_faint(mut self, name: &str, mut values: Vec<Option<f64>>) -> Self {
        values.resize(self.starts_ms.len(), None);
        self.series.push(Series { name: name.to_owned(), values, colour: 6, is_faint: true });
        self
    }

    /// The same with its lines on each other.
    #[must_use]
    pub fn stacked(mut self) -> Self {
        self.is_stacked = true;
        self
    }

    /// The data, for the script.
    #[must_use]
    pub fn json(&self) -> String {
        // What could end a script element or begin a comment in it is written so that it cannot.
        let text = serde_json::to_string(self).unwrap_or_default();
        text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    }

    /// The greatest value in words, which stands at the top of the drawing.
    #[must_use]
    pub fn top(&self) -> String {
        self.unit.text(Some(self.scale()))
    }

    /// The words below the drawing: the first, the middle and the last bucket.
    #[must_use]
    pub fn axis(&self) -> Vec<&str> {
        match self.labels.len() {
            0 => Vec::new(),
            1 | 2 => self.labels.iter().map(String::as_str).collect(),
            count => [0, (count - 1) / 2, count - 1].map(|at| self.labels[at].as_str()).to_vec(),
        }
    }

    /// The lines with their places.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &Series)> {
        self.series.iter().enumerate()
    }

    /// The finished part of a line as path data.
    #[must_use]
    pub fn line(&self, at: usize) -> String {
        let count = self.starts_ms.len();
        let end = match self.current {
            // A bucket alone has no line before it.
            Some(current) if !self.series[at].is_faint && count > 1 => current,
            _ => count,
        };
        self.path(at, 0, end)
    }

    /// The unfinished end of a line as path data, or nothing.
    #[must_use]
    pub fn unfinished_line(&self, at: usize) -> String {
        match self.current {
            Some(current) if !self.series[at].is_faint && self.starts_ms.len() > 1 => {
                self.path(at, current.saturating_sub(1), current + 1)
            }
            _ => String::new(),
        }
    }

    /// The area under a line as path data: down to the axis under the first, or down to the line below where lines are
    /// stacked; nothing under others, or where the line has gaps.
    #[must_use]
    pub fn area(&self, at: usize) -> String {
        if self.series[at].is_faint || (at > 0 && !self.is_stacked) {
            return String::new();
        }
        let drawn = self.series[at].values.iter().take_while(|value| value.is_some()).count();
        let has_gap = self.series[at].values[drawn..].iter().any(Option::is_some);
        if drawn < 2 || has_gap {
            return String::new();
        }
        let (mut path, scale) = (self.path(at, 0, drawn), self.scale());
        for below in (0..drawn).rev() {
            let height = if self.is_stacked && at > 0 { self.height(at - 1, below).unwrap_or(0.0) } else { 0.0 };
            let is_needed = self.is_stacked || below == 0 || below + 1 == drawn;
            if is_needed {
                let _ = write!(path, "L{} {}", self.x(below), y(height, scale));
            }
        }
        path + "Z"
    }

    /// Rows of the table: the bucket and its values.
    #[must_use]
    pub fn rows(&self) -> Vec<(&str, Vec<String>)> {
        let values = |at: usize| {
            self.series.iter().map(|series| self.unit.text(series.values.get(at).copied().flatten())).collect()
        };
        self.labels.iter().enumerate().map(|(at, label)| (label.as_str(), values(at))).collect()
    }

    /// A round number that no value exceeds.
    fn scale(&self) -> f64 {
        let all = (0..self.series.len()).flat_map(|series| (0..self.starts_ms.len()).map(move |at| (series, at)));
        let top = all.filter_map(|(series, at)| self.height(series, at)).fold(0.0, f64::max);
        if top <= 0.0 {
            return 1.0;
        }
        let magnitude = 10_f64.powf(top.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|step| step * magnitude >= top).unwrap_or(10.0);
        step * magnitude
    }

    #[expect(clippy::cast_precision_loss, reason = "buckets are few")]
    fn x(&self, at: usize) -> f64 {
        let last = self.starts_ms.len().saturating_sub(1).max(1);
        (at as f64 / last as f64 * WIDTH * 10.0).round() / 10.0
    }

    /// How high a line is at a bucket: its value, and those of the lines below where lines are stacked.
    fn height(&self, series: usize, at: usize) -> Option<f64> {
        let value = |series: usize| self.series[series].values.get(at).copied().flatten();
        let own = value(series)?;
        if !self.is_stacked {
            return Some(own);
        }
        Some(own + (0..series).filter_map(value).sum::<f64>())
    }

    fn path(&self, series: usize, from: usize, to: usize) -> String {
        let heights: Vec<_> = (from..to.min(self.starts_ms.len())).map(|at| self.height(series, at)).collect();
        let (mut path, scale) = (String::new(), self.scale());
        let mut is_down = false;
        for (at, height) in heights.iter().enumerate() {
            let Some(height) = height else {
                is_down = false;
                continue;
            };
            let _ = write!(path, "{}{} {}", if is_down { 'L' } else { 'M' }, self.x(from + at), y(*height, scale));
            if !is_down && heights.get(at + 1).copied().flatten().is_none() {
                // A point alone would not be seen.
                path.push_str(if self.starts_ms.len() == 1 { "h1000" } else { "h4" });
            }
            is_down = true;
        }
        path
    }
}

fn y(value: f64, scale: f64) -> f64 {
    ((1.0 - value / scale) * HEIGHT * 10.0).round() / 10.0
}

impl Unit {
    /// A value in words.
    #[must_use]
    pub fn text(self, value: Option<f64>) -> String {
        let Some(value) = value else { return super::format::NOTHING.to_owned() };
        match self {
            Self::Share => super::format::percent(Some(value)),
            Self::Milliseconds => super::format::duration_ms(Some(value)),
            #[expect(clippy::cast_possible_truncation, reason = "times fit")]
            Self::Time => super::format::span_ms(value as i64),
            Self::Money | Self::Score => format!("{value:.2}"),
            Self::Count if value.fract() == 0.0 && (0.0..1e15).contains(&value) =>
            {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
                super::format::count(value as u64)
            }
            Self::Count => format!("{value:.1}"),
        }
    }
}

/// A line without axes, for cards and rows: path data in a drawing of 100 by 30.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a drawing")]
pub fn sparkline(values: &[u64]) -> String {
    let top = values.iter().copied().max().unwrap_or(0).max(1) as f64;
    let last = values.len().saturating_sub(1).max(1) as f64;
    let mut path = String::new();
    for (at, value) in values.iter().enumerate() {
        let (x, y) = (at as f64 / last * 100.0, 29.0 - *value as f64 / top * 28.0);
        let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
    }
    path
}

/// What a bucket is called.
fn label(start_ms: i64, grain: Grain, zone: &TimeZone) -> String {
    let start = zoned(start_ms, zone);
    let form = match grain {
        Grain::Minute | Grain::Hour => "%-d %b %H:%M",
        Grain::Day => "%a %-d %b",
        Grain::Week => "%-d %b %Y",
        Grain::Month => "%b %Y",
    };
    start.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: Vec<Option<f64>>, now_ms: i64) -> Chart {
        let bounds: Vec<_> = (0..=values.len()).map(|at| i64::try_from(at).unwrap() * 86_400_000).collect();
        Chart::new("Views".into(), Unit::Count, &bounds, Grain::Day, &TimeZone::UTC, now_ms).with("Views", 1, values)
    }

    #[test]
    fn the_last_bucket_is_parted_from_the_line_while_it_goes_on() {
        let finished = chart(vec![Some(0.0), Some(10.0), Some(5.0)], i64::MAX);
        assert_eq!(finished.area(0), "M0 200L500 0L1000 100L1000 200L0 200Z");
        assert_eq!(finished.line(0), "M0 200L500 0L1000 100");
        assert_eq!(finished.unfinished_line(0), "");
        let unfinished = chart(vec![Some(0.0), Some(10.0), Some(5.0)], 2 * 86_400_000);
        assert_eq!(unfinished.line(0), "M0 200L500 0");
        assert_eq!(unfinished.unfinished_line(0), "M500 0L1000 100");
    }

    #[test]
    fn what_is_to_come_is_not_drawn() {
        let today = chart(vec![Some(1.0), Some(10.0), Some(0.0)], 86_400_000);
        assert_eq!([today.line(0), today.unfinished_line(0)], ["M0 180h4", "M0 180L500 0"].map(str::to_owned));
        assert_eq!(today.rows()[2].1, ["–"]);
    }

    #[test]
    fn stacked_lines_lie_on_each_other() {
        let chart = chart(vec![Some(2.0), Some(4.0)], i64::MAX).with("More", 2, vec![Some(8.0), Some(6.0)]).stacked();
        assert_eq!([chart.line(0), chart.line(1)], ["M0 160L1000 120", "M0 0L1000 0"].map(str::to_owned));
        assert_eq!(chart.area(1), "M0 0L1000 0L1000 120L0 160Z");
        assert_eq!(chart.rows()[0].1, ["2", "8"], "the table has what was counted");
    }

    #[test]
    fn gaps_stay_gaps() {
        let chart = chart(vec![Some(1.0), None, Some(1.0)], i64::MAX);
        assert_eq!(chart.line(0), "M0 0h4M1000 0h4");
        assert_eq!(chart.area(0), "");
        assert_eq!(chart.rows()[1], ("Fri 2 Jan", vec!["–".to_owned()]));
    }

    #[test]
    fn the_scale_is_round() {
        for (value, top) in [(7.0, "10"), (130.0, "200"), (2_400.0, "2,500"), (0.0, "1")] {
            assert_eq!(chart(vec![Some(value)], 0).top(), top);
        }
    }

    #[test]
    fn nothing_in_the_data_ends_the_script() {
        let chart = chart(vec![Some(1.0)], 0).with("</script><!--", 2, vec![]);
        assert!(!chart.json().contains('<'), "{}", chart.json());
    }
}
