//! One heatmap: points of a page, binned into a grid (heat-collector.md chapter 6).
//!
//! Two passes over the pieces of the index. The first counts, finds the viewport and the height of the
//! page, mostly from summaries; the second unpacks x and y and bins them. Cost follows the points that
//! match, not the history of the project.

use std::collections::HashMap;

use rusqlite::Connection;

use super::points::{self, Piece, PointFilter};
use crate::domain::heat::Kind;
use crate::domain::viewport::{DEFAULT_VIEWPORT, Viewport, parse_bucket};
use crate::js::number::round;
use crate::store::StoreError;
use crate::store::dictionary;
use crate::store::heat::chunk::{Columns, has_position};
use crate::store::pack::{Damaged, Numbers};

mod grid;

use grid::Grid;

/// Fewest and most columns, and rows, of a grid of square cells.
const MIN_SIDE: f64 = 8.0;
const MAX_SIDE: f64 = 1_024.0;

/// Buckets that are told.
const MAX_BUCKETS: usize = 12;

/// What to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatmapQuery {
    pub filter: PointFilter,
    pub kinds: KindChoice,
    pub resolution: Resolution,
    /// The bucket to draw for; the most frequent one when absent.
    pub bucket: Option<String>,
    pub viewport_mode: ViewportMode,
}

/// How fine the grid is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resolution {
    /// Cells per side, 8 to 1024, however long the page is: what heat-collector draws.
    Side(u32),
    /// About so many cells in all, about as wide as they are high. Pages count as no longer than `max_height`, so that one
    /// point far below does not make every cell tall; what lies below piles up in the last row.
    Square { cells: u32, max_height: f64 },
}

/// Which kinds count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindChoice {
    /// Clicks; everything if there are none.
    Unsaid,
    Only(Kind),
    All,
}

/// What to do with points of other viewports than the one drawn for (heat-collector.md D18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ViewportMode {
    /// Draw them where they are, as the original does.
    #[default]
    Mix,
    /// Leave them out.
    Filter,
    /// Stretch their x to the width drawn for; y stays, since pages grow downwards.
    Scale,
}

/// A drawn heatmap.
#[derive(Debug, Clone, PartialEq)]
pub struct Heatmap {
    /// Cells that were hit, in the order of their first hit.
    pub cells: Vec<Cell>,
    pub viewport: Viewport,
    pub render_height: f64,
    /// Points that matched.
    pub total: u64,
    /// Points that have a place on the grid.
    pub plotted: u64,
    /// The kinds that counted in the end.
    pub resolved: KindChoice,
    /// The bucket drawn for, as text; absent when no point has one.
    pub bucket: Option<String>,
    /// Matching points per kind, without the kinds that have none.
    pub breakdown: Vec<(Kind, u64)>,
    /// The most frequent buckets among the points of all viewports, with their counts.
    pub buckets: Vec<(String, u64)>,
    /// Width and height of a cell in CSS pixels.
    pub cell: (f64, f64),
}

/// A cell that was hit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Middle of the cell in CSS pixels, rounded.
    pub x: f64,
    pub y: f64,
    pub value: u64,
}

/// Draws a heatmap.
pub fn heatmap(connection: &Connection, query: &HeatmapQuery) -> Result<Heatmap, StoreError> {
    let (mut selection, resolved) = select(connection, query)?;
    let bucket = match &query.bucket {
        Some(bucket) => Some(bucket.clone()),
        None => selection.most_frequent_bucket().map(|id| dictionary::text(connection, id)).transpose()?,
    };
    let viewport = bucket.as_deref().and_then(parse_bucket).unwrap_or(DEFAULT_VIEWPORT);
    let buckets = selection.frequent_buckets(connection)?;
    let adjust = Adjust::new(connection, query.viewport_mode, bucket.as_deref(), viewport, &selection)?;
    if query.viewport_mode == ViewportMode::Filter {
        selection = Selection::read(connection, &query.filter, resolved.kinds(), &adjust)?;
    }

    let render_height = selection.max_y.map_or(viewport.h, |max_y| max_y.max(viewport.h));
    let (columns, rows, render_height) = query.resolution.sides(viewport.w, render_height);
    let mut grid = Grid::new(columns, rows, viewport.w, render_height, selection.total);
    for &(kind, _) in selection.breakdown.iter().filter(|(kind, _)| is_plottable(*kind)) {
        points::visit(connection, &query.filter, kind, |piece| plot(&piece, &query.filter, &adjust, &mut grid))?;
    }
    Ok(Heatmap {
        plotted: grid.plotted(),
        cell: grid.cell_size(),
        cells: grid.into_cells(),
        viewport,
        render_height,
        total: selection.total,
        resolved,
        bucket,
        breakdown: selection.breakdown,
        buckets,
    })
}

impl Resolution {
    /// Columns, rows, and the height of the page that is drawn.
    fn sides(self, width: f64, height: f64) -> (u32, u32, f64) {
        match self {
            Self::Side(side) => (side, side, height),
            Self::Square { cells, max_height } => {
                let height = height.min(max_height);
                let columns = side((f64::from(cells) * width / height).sqrt());
                (columns, side(f64::from(cells) / f64::from(columns)), height)
            }
        }
    }
}

/// Cells along a side; the least for viewports that no screen has, such as negative ones.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn side(cells: f64) -> u32 {
    if cells.is_nan() { MIN_SIDE as u32 } else { cells.clamp(MIN_SIDE, MAX_SIDE).round() as u32 }
}

/// The first pass: what matches, and by which kinds.
fn select(connection: &Connection, query: &HeatmapQuery) -> Result<(Selection, KindChoice), StoreError> {
    let read = |choice: KindChoice| Selection::read(connection, &query.filter, choice.kinds(), &Adjust::Nothing);
    if query.kinds != KindChoice::Unsaid {
        return Ok((read(query.kinds)?, query.kinds));
    }
    let clicks_only = KindChoice::Only(Kind::Click);
    let clicks = read(clicks_only)?;
    if clicks.total > 0 {
        return Ok((clicks, clicks_only));
    }
    let all = read(KindChoice::All)?;
    let resolved = if all.total > 0 { KindChoice::All } else { clicks_only };
    Ok((all, resolved))
}

impl KindChoice {
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Only(kind) => std::slice::from_ref(&Kind::ALL[kind as usize]),
            Self::All | Self::Unsaid => &Kind::ALL,
        }
    }
}

/// Whether points of the kind have a place on the page; the others only count (heat-collector.md D1).
fn is_plottable(kind: Kind) -> bool {
    has_position(kind) || kind == Kind::Scroll
}

/// What the first pass finds.
#[derive(Debug, Default)]
struct Selection {
    total: u64,
    breakdown: Vec<(Kind, u64)>,
    /// Count and first sequence number per bucket.
    buckets: HashMap<i64, (u64, i64)>,
    max_y: Option<f64>,
}

impl Selection {
    fn read(
        connection: &Connection,
        filter: &PointFilter,
        kinds: &[Kind],
        adjust: &Adjust,
    ) -> Result<Self, StoreError> {
        let mut selection = Self::default();
        for &kind in kinds {
            let before = selection.total;
            points::visit(connection, filter, kind, |piece| selection.take_in(&piece, filter, adjust))?;
            if selection.total > before {
                selection.breakdown.push((kind, selection.total - before));
            }
        }
        Ok(selection)
    }

    fn take_in(&mut self, piece: &Piece<'_>, filter: &PointFilter, adjust: &Adjust) -> Result<(), StoreError> {
        if !piece.is_whole || matches!(adjust, Adjust::Keep(_)) {
            return self.take_in_part(piece, filter, adjust);
        }
        let summary = piece.summary()?;
        for bucket in &summary.buckets {
            self.count_bucket(bucket.bucket, bucket.count, bucket.first_seq);
        }
        self.raise(summary.max_y);
        self.total += piece.point_count as u64;
        Ok(())
    }

    fn take_in_part(&mut self, piece: &Piece<'_>, filter: &PointFilter, adjust: &Adjust) -> Result<(), StoreError> {
        let columns = piece.columns()?;
        let wanted = adjust.wanted(piece, columns, filter)?;
        let (buckets, seqs) = (columns.bucket()?, columns.seq()?);
        for &at in &wanted {
            self.count_bucket(buckets[at], 1, seqs[at]);
        }
        if has_position(piece.kind) {
            let ys = columns.y()?.into_doubles();
            self.raise(wanted.iter().map(|&at| ys[at]).reduce(f64::max));
        }
        self.total += wanted.len() as u64;
        Ok(())
    }

    fn count_bucket(&mut self, bucket: i64, count: u64, first_seq: i64) {
        let known = self.buckets.entry(bucket).or_insert((0, first_seq));
        *known = (known.0 + count, known.1.min(first_seq));
    }

    fn raise(&mut self, max_y: Option<f64>) {
        if let Some(max_y) = max_y {
            self.max_y = Some(self.max_y.map_or(max_y, |known| known.max(max_y)));
        }
    }

    /// The buckets that most points have, as texts.
    fn frequent_buckets(&self, connection: &Connection) -> Result<Vec<(String, u64)>, StoreError> {
        let mut known: Vec<_> = self.buckets.iter().filter(|(bucket, _)| **bucket != 0).collect();
        known.sort_unstable_by_key(|(_, (count, first_seq))| (std::cmp::Reverse(*count), *first_seq));
        known.truncate(MAX_BUCKETS);
        known.into_iter().map(|(id, (count, _))| Ok((dictionary::text(connection, *id)?, *count))).collect()
    }

    /// The bucket most points have; of equals, the one that was seen first.
    fn most_frequent_bucket(&self) -> Option<i64> {
        self.buckets
            .iter()
            .filter(|(bucket, _)| **bucket != 0)
            .max_by_key(|(_, (count, first_seq))| (*count, std::cmp::Reverse(*first_seq)))
            .map(|(bucket, _)| *bucket)
    }
}

/// What becomes of points of other viewports.
#[derive(Debug)]
enum Adjust {
    Nothing,
    /// Keep only this bucket; `None` matches no point.
    Keep(Option<i64>),
    /// Multiply x by the factor of the point's bucket; 1 for those without.
    Stretch(HashMap<i64, f64>),
}

impl Adjust {
    fn new(
        connection: &Connection,
        mode: ViewportMode,
        bucket: Option<&str>,
        viewport: Viewport,
        selection: &Selection,
    ) -> Result<Self, StoreError> {
        if mode == ViewportMode::Mix {
            return Ok(Self::Nothing);
        }
        let mut keep = None;
        let mut factors = HashMap::new();
        for &id in selection.buckets.keys().filter(|id| **id != 0) {
            let text = dictionary::text(connection, id)?;
            if Some(text.as_str()) == bucket {
                keep = Some(id);
            }
            if let Some(from) = parse_bucket(&text) {
                factors.insert(id, viewport.w / from.w);
            }
        }
        Ok(if mode == ViewportMode::Filter { Self::Keep(keep) } else { Self::Stretch(factors) })
    }

    /// Positions of the piece's points that count.
    fn wanted(&self, piece: &Piece<'_>, columns: Columns<'_>, filter: &PointFilter) -> Result<Vec<usize>, Damaged> {
        let mut wanted =
            if piece.is_whole { (0..piece.point_count).collect() } else { points::in_range(columns, filter)? };
        if let Self::Keep(keep) = self {
            let buckets = columns.bucket()?;
            wanted.retain(|&at| Some(buckets[at]) == *keep);
        }
        Ok(wanted)
    }
}

/// The second pass: puts a piece's points on the grid.
fn plot(piece: &Piece<'_>, filter: &PointFilter, adjust: &Adjust, grid: &mut Grid) -> Result<(), StoreError> {
    let columns = piece.columns()?;
    let seqs = columns.seq()?;
    if piece.kind == Kind::Scroll {
        let depths = columns.x()?.into_doubles();
        for at in adjust.wanted(piece, columns, filter)? {
            grid.hit(0.0, scroll_y(depths[at], grid.height()), seqs[at]);
        }
        return Ok(());
    }
    let (xs, ys) = (columns.x()?, columns.y()?);
    if let (true, Adjust::Nothing, Numbers::Whole(xs), Numbers::Whole(ys)) = (piece.is_whole, adjust, &xs, &ys) {
        grid.hit_all(xs, ys, &seqs);
        return Ok(());
    }
    let (xs, ys) = (xs.into_doubles(), ys.into_doubles());
    let buckets = columns.bucket()?;
    for at in adjust.wanted(piece, columns, filter)? {
        let factor = match adjust {
            Adjust::Stretch(factors) => factors.get(&buckets[at]).copied().unwrap_or(1.0),
            _ => 1.0,
        };
        grid.hit(xs[at] * factor, ys[at], seqs[at]);
    }
    Ok(())
}

/// Where a scroll depth lies on the page; depths above 100 are hundredths of a per cent.
fn scroll_y(depth: f64, render_height: f64) -> f64 {
    let depth = if depth > 100.0 { depth / 100.0 } else { depth };
    round(depth / 100.0 * render_height)
}
