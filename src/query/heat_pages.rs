//! Paths with heat data, those with most of it first.
//!
//! Ranked by the summaries of the heat index, so that the cost follows the number of paths and not that of points: a piece
//! that lies partly in the range is estimated for the ranking. Only the paths that are shown are counted point by point, so
//! that their numbers are exact; two neighbours of nearly the same size may stand in the wrong order.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::points::{PointFilter, in_range};
use super::texts::Lookup;
use crate::domain::heat::Kind;
use crate::store::StoreError;
use crate::store::heat::chunk::Columns;
use crate::store::heat::index::tail_pieces;
use crate::store::pack::Damaged;
use crate::store::value::Number;

/// The kinds that a heatmap can show, and page views.
pub const KINDS: [Kind; 4] = [Kind::Click, Kind::Move, Kind::Scroll, Kind::Pageview];

/// Which paths are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Its `path` does not matter.
    pub filter: PointFilter,
    /// What the path must contain; letter case does not matter.
    pub search: Option<String>,
    /// The kind to rank by; all of them together when absent.
    pub by: Option<Kind>,
    pub offset: usize,
    pub limit: usize,
}

/// A part of the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeatPages {
    pub pages: Vec<HeatPage>,
    /// Paths that match on all parts. A path may be among them whose points all lie just outside the range.
    pub total: usize,
}

/// A path and how many points it has; each point of a move is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeatPage {
    pub path: String,
    pub clicks: u64,
    pub moves: u64,
    pub scrolls: u64,
    pub views: u64,
}

/// Lists paths.
pub fn list(connection: &Connection, asked: &Asked) -> Result<HeatPages, StoreError> {
    let mut found: HashMap<i64, [Count; KINDS.len()]> = HashMap::new();
    for (at, kind) in KINDS.into_iter().enumerate() {
        read_chunks(connection, &asked.filter, kind, |path, piece| found.entry(path).or_default()[at].add(&piece))?;
    }
    read_tail(connection, &asked.filter, |path, at, points| found.entry(path).or_default()[at].whole += points)?;

    let mut texts = Lookup::new(connection);
    let mut ranked = Vec::with_capacity(found.len());
    let search = asked.search.as_ref().map(|search| search.to_lowercase());
    for (path, counts) in found {
        let is_meant = match &search {
            Some(search) => texts.text(path)?.to_lowercase().contains(search),
            None => true,
        };
        let estimate = counts.iter().zip(KINDS).filter(|(_, kind)| asked.by.is_none_or(|by| by == *kind));
        let estimate: u64 = estimate.map(|(count, _)| count.estimate()).sum();
        if is_meant && estimate > 0 {
            ranked.push((estimate, path, counts));
        }
    }
    ranked.sort_unstable_by_key(|(estimate, path, _)| (std::cmp::Reverse(*estimate), *path));
    let total = ranked.len();
    let mut pages = Vec::new();
    for (_, path, counts) in ranked.into_iter().skip(asked.offset).take(asked.limit) {
        let mut exact = [0; KINDS.len()];
        for (at, count) in counts.into_iter().enumerate() {
            exact[at] = count.exact(connection, &asked.filter)?;
        }
        let [clicks, moves, scrolls, views] = exact;
        pages.push(HeatPage { path: texts.text(path)?.to_string(), clicks, moves, scrolls, views });
    }
    let key = |page: &HeatPage| match asked.by {
        Some(Kind::Click) => page.clicks,
        Some(Kind::Move) => page.moves,
        Some(Kind::Scroll) => page.scrolls,
        Some(Kind::Pageview) => page.views,
        _ => page.clicks + page.moves + page.scrolls + page.views,
    };
    pages.retain(|page| key(page) > 0);
    pages.sort_by_key(|page| std::cmp::Reverse(key(page)));
    Ok(HeatPages { pages, total })
}

/// A merged piece of the index, without its points.
struct Piece {
    id: i64,
    point_count: u64,
    /// Whether all its points are in the range.
    is_whole: bool,
    /// How many of its points are in the range if they are spread evenly.
    estimate: u64,
}

/// The points of one path and kind.
#[derive(Debug, Clone, Default)]
struct Count {
    whole: u64,
    /// Pieces that lie partly in the range, and how many points that may be.
    cut: Vec<(i64, u64)>,
}

impl Count {
    fn add(&mut self, piece: &Piece) {
        if piece.is_whole {
            self.whole += piece.point_count;
        } else {
            self.cut.push((piece.id, piece.estimate));
        }
    }

    fn estimate(&self) -> u64 {
        self.whole + self.cut.iter().map(|(_, estimate)| estimate).sum::<u64>()
    }

    fn exact(&self, connection: &Connection, filter: &PointFilter) -> Result<u64, StoreError> {
        let mut statement = connection.prepare_cached("SELECT point_count, columns FROM heat_chunk WHERE id = ?1")?;
        let mut count = self.whole;
        for (id, _) in &self.cut {
            let mut rows = statement.query([id])?;
            if let Some(row) = rows.next()? {
                let columns = Columns::new(row.get_ref(1)?.as_blob().map_err(|_| Damaged)?, row.get(0)?)?;
                count += in_range(columns, filter)?.len() as u64;
            }
        }
        Ok(count)
    }
}

fn read_chunks(
    connection: &Connection,
    filter: &PointFilter,
    kind: Kind,
    mut take: impl FnMut(i64, Piece),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(include_str!("heat_pages.sql"))?;
    let mut rows = statement.query(params![filter.project.0, kind as u8, Number(filter.from), Number(filter.to)])?;
    while let Some(row) = rows.next()? {
        let point_count: u64 = row.get(2)?;
        let (min_ts, max_ts) = (row.get::<_, Number>(3)?.0, row.get::<_, Number>(4)?.0);
        let is_whole = filter.from <= min_ts && max_ts <= filter.to;
        let share = (max_ts.min(filter.to) - min_ts.max(filter.from)) / (max_ts - min_ts);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate; NaN gives 1"
        )]
        let estimate = ((point_count as f64 * share.clamp(0.0, 1.0)) as u64).max(1);
        take(row.get(1)?, Piece { id: row.get(0)?, point_count, is_whole, estimate });
    }
    Ok(())
}

/// Counts what has not been merged yet, which is little; `take` gets the path, the kind's place in [`KINDS`] and the count.
fn read_tail(
    connection: &Connection,
    filter: &PointFilter,
    mut take: impl FnMut(i64, usize, u64),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT pieces FROM heat_tail")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for piece in tail_pieces(row.get_ref(0)?.as_blob().map_err(|_| Damaged)?)? {
            let at = KINDS.into_iter().position(|kind| kind == piece.stream.kind);
            let Some(at) = at.filter(|_| piece.stream.project == filter.project.0) else { continue };
            let points = if filter.from <= piece.min_ts && piece.max_ts <= filter.to {
                piece.point_count
            } else {
                in_range(Columns::new(piece.columns, piece.point_count)?, filter)?.len()
            };
            if points > 0 {
                take(piece.stream.path, at, points as u64);
            }
        }
    }
    Ok(())
}
