//! The grid of a heatmap: cells, how often each was hit and when first.

use super::Cell;
use crate::js::number::round;

/// Below this many points, dividing each is cheaper than preparing tables.
const POINTS_FOR_TABLES: u64 = 20_000;

/// Columns and rows of pixels that tables cover; points beyond are divided.
const TABLE_WIDTH: usize = 4_096;
const TABLE_HEIGHT: usize = 32_768;

/// Counts hits per cell.
#[derive(Debug)]
pub struct Grid {
    columns: usize,
    rows: usize,
    cell_w: f64,
    cell_h: f64,
    height: f64,
    counts: Vec<u32>,
    /// Sequence number of the first hit, where there was one.
    first_seqs: Vec<i64>,
    plotted: u64,
    /// Cell of each whole x and y; empty when there are few points.
    column_of: Vec<u16>,
    row_of: Vec<u16>,
}

impl Grid {
    /// A grid over `width` x `height` CSS pixels, about to take `points` points.
    pub fn new(columns: u32, rows: u32, width: f64, height: f64, points: u64) -> Self {
        let cell_w = width / f64::from(columns);
        let cell_h = height / f64::from(rows);
        let (columns, rows) = (columns as usize, rows as usize);
        let mut grid = Self {
            columns,
            rows,
            cell_w,
            cell_h,
            height,
            counts: vec![0; columns * rows],
            first_seqs: vec![0; columns * rows],
            plotted: 0,
            column_of: Vec::new(),
            row_of: Vec::new(),
        };
        if points >= POINTS_FOR_TABLES {
            let table = |pixels: usize, cell_size: f64, cells: usize| {
                #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers")]
                (0..pixels).map(|pixel| cell(pixel as f64, cell_size, cells) as u16).collect::<Vec<_>>()
            };
            grid.column_of = table(TABLE_WIDTH, cell_w, columns);
            grid.row_of = table(TABLE_HEIGHT, cell_h, rows);
        }
        grid
    }

    pub fn height(&self) -> f64 {
        self.height
    }

    /// Width and height of a cell.
    pub fn cell_size(&self) -> (f64, f64) {
        (self.cell_w, self.cell_h)
    }

    pub fn plotted(&self) -> u64 {
        self.plotted
    }

    /// Counts a point, unless it has no finite place.
    pub fn hit(&mut self, x: f64, y: f64, seq: i64) {
        if x.is_finite() && y.is_finite() {
            let place = cell(y, self.cell_h, self.rows) * self.columns + cell(x, self.cell_w, self.columns);
            self.count(place, seq);
            self.plotted += 1;
        }
    }

    /// Counts many points at whole pixels.
    #[expect(clippy::cast_precision_loss, reason = "whole numbers were doubles when they were written")]
    pub fn hit_all(&mut self, xs: &[i64], ys: &[i64], seqs: &[i64]) {
        for ((&x, &y), &seq) in xs.iter().zip(ys).zip(seqs) {
            let column = match usize::try_from(x).ok().and_then(|x| self.column_of.get(x)) {
                Some(&column) => usize::from(column),
                None => cell(x as f64, self.cell_w, self.columns),
            };
            let row = match usize::try_from(y).ok().and_then(|y| self.row_of.get(y)) {
                Some(&row) => usize::from(row),
                None => cell(y as f64, self.cell_h, self.rows),
            };
            self.count(row * self.columns + column, seq);
        }
        self.plotted += xs.len() as u64;
    }

    /// The cells that were hit, in the order of their first hit.
    #[expect(clippy::cast_precision_loss, reason = "cell numbers are small")]
    pub fn into_cells(self) -> Vec<Cell> {
        let mut hit: Vec<usize> = (0..self.counts.len()).filter(|&cell| self.counts[cell] > 0).collect();
        hit.sort_by_key(|&cell| self.first_seqs[cell]);
        hit.into_iter()
            .map(|cell| Cell {
                x: round(((cell % self.columns) as f64 + 0.5) * self.cell_w),
                y: round(((cell / self.columns) as f64 + 0.5) * self.cell_h),
                value: u64::from(self.counts[cell]),
            })
            .collect()
    }

    #[inline]
    fn count(&mut self, cell: usize, seq: i64) {
        let count = &mut self.counts[cell];
        if *count == 0 || seq < self.first_seqs[cell] {
            self.first_seqs[cell] = seq;
        }
        *count = count.saturating_add(1);
    }
}

/// The cell along one side of so many; points outside pile up in the outermost cells.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; NaN gives 0")]
fn cell(place: f64, cell_size: f64, cells: usize) -> usize {
    ((place / cell_size).floor().max(0.0) as usize).min(cells - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_edges_and_beyond_are_clamped() {
        let mut grid = Grid::new(8, 8, 800.0, 1600.0, 0);
        for (x, y) in [(0.0, 0.0), (99.0, 199.0), (100.0, 200.0), (-5.0, 5000.0), (5000.0, -5.0), (f64::INFINITY, 1.0)]
        {
            grid.hit(x, y, 1);
        }
        assert_eq!(grid.plotted(), 5);
        let cells: Vec<_> = grid.into_cells().iter().map(|cell| (cell.x, cell.y, cell.value)).collect();
        assert_eq!(cells, [(50.0, 100.0, 2), (750.0, 100.0, 1), (150.0, 300.0, 1), (50.0, 1500.0, 1)]);
    }

    #[test]
    fn tables_give_what_division_gives() {
        let (xs, ys): (Vec<i64>, Vec<i64>) = (-50..20_000).map(|n| (n * 7 % 5000, n * 13 % 40_000)).unzip();
        let seqs: Vec<i64> = (0..).take(xs.len()).collect();
        let mut with_tables = Grid::new(97, 97, 1366.0, 9_001.0, 1_000_000);
        with_tables.hit_all(&xs, &ys, &seqs);
        let mut without = Grid::new(97, 97, 1366.0, 9_001.0, 0);
        without.hit_all(&xs, &ys, &seqs);
        let mut one_by_one = Grid::new(97, 97, 1366.0, 9_001.0, 0);
        for ((&x, &y), &seq) in xs.iter().zip(&ys).zip(&seqs) {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            one_by_one.hit(x as f64, y as f64, seq);
        }
        let expected = one_by_one.into_cells();
        assert_eq!(with_tables.into_cells(), expected);
        assert_eq!(without.into_cells(), expected);
    }
}
