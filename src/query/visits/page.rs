//! One page: how often it was viewed, where people came from, where they went, how long they stayed.

use std::collections::HashMap;

use rusqlite::Connection;

use super::filter::{Dimension, Operator, VisitFilter};
use super::matching::text_of;
use super::scan::{DayScan, Hit, Scan};
use super::scope::Scope;
use super::tally::{Series, totals_of};
use super::totals::Totals;
use super::visitors::Visitors;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::migrate::install_secret;
use crate::store::visits::columns::Column;

/// What is to be told of a page.
#[derive(Debug, Clone, Copy)]
pub struct WantedPage<'a> {
    pub path: &'a str,
    /// Bounds of the buckets of the series, one more than there are buckets; empty: no series.
    pub bounds: &'a [i64],
    /// How many neighbours may be listed, each way.
    pub neighbours: usize,
}

/// A look at a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageLook {
    /// Of the visits that viewed it, as a filter on the page counts them.
    pub totals: Totals,
    pub series: Vec<Totals>,
    /// Visits that began in the scope, and on this page; that ended on it.
    pub entries: u64,
    pub exits: u64,
    /// How long it was looked at, all page views together: until the next page, or until the last sign of the visit.
    pub time_ms: u64,
    /// How many page views of it were timed.
    pub timed_views: u64,
    /// The pages viewed right before it, and right after, the most frequent first. An empty path is the visit's beginning, or
    /// its end. The same page again is no neighbour.
    pub previous: Vec<Neighbour>,
    pub next: Vec<Neighbour>,
}

/// A page that was viewed right before or after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    pub path: String,
    pub views: u64,
}

impl PageLook {
    /// How long it was looked at on average, in milliseconds.
    #[must_use]
    pub fn average_time_ms(&self) -> Option<u64> {
        self.time_ms.checked_div(self.timed_views)
    }
}

/// Neighbours by their dictionary ids; 0 is no page.
#[derive(Debug, Default)]
struct Neighbours {
    previous: HashMap<i64, u64>,
    next: HashMap<i64, u64>,
}

/// Looks at one page. The page is a filter more, beside those of the scope.
pub fn page(connection: &Connection, scope: &Scope, wanted: WantedPage<'_>) -> Result<PageLook, StoreError> {
    let mut scope = scope.clone();
    let filter = VisitFilter { dimension: Dimension::Page, operator: Operator::Is, value: wanted.path.to_owned() };
    scope.filters.push(filter);
    let mut look =
        PageLook { series: vec![Totals::default(); wanted.bounds.len().saturating_sub(1)], ..PageLook::default() };
    let id = TextHash::new(&install_secret(connection)?).find(connection, wanted.path)?;
    let Some(id) = id.filter(|_| !wanted.path.is_empty()) else { return Ok(look) };

    let columns = [Column::Pages, Column::PageTimes, Column::Entry, Column::Exit];
    let scan = Scan::new(connection, &scope, &columns, wanted.bounds)?;
    let mut series = Series::new(wanted.bounds, scan.boundaries());
    let (mut visitors, mut neighbours) = (Visitors::default(), Neighbours::default());
    scan.walk(
        |_| Ok(()),
        |day, hit| {
            let visitor = visitors.number(day.visitor[hit.at]);
            let added = totals_of(day, hit);
            look.totals.add(&added);
            series.count(day, hit, &added, visitor);
            look.entries += u64::from(hit.begins && day.id(Column::Entry, hit.at) == Some(id));
            look.exits += u64::from(hit.begins && day.id(Column::Exit, hit.at) == Some(id));
            time_and_neighbours(day, hit, id, &mut look, &mut neighbours);
        },
    )?;
    look.totals.visitors = visitors.count() as u64;
    look.series = series.finish();
    look.previous = most_frequent(connection, neighbours.previous, wanted.neighbours)?;
    look.next = most_frequent(connection, neighbours.next, wanted.neighbours)?;
    Ok(look)
}

/// Looks at what was viewed before and after each view of the page, and when.
fn time_and_neighbours(day: &DayScan<'_>, hit: Hit, id: i64, look: &mut PageLook, neighbours: &mut Neighbours) {
    let Ok(list) = day.day.lists(Column::Pages) else { return };
    let Ok(times) = day.day.times(Column::PageTimes, list) else { return };
    let range = list.range(hit.at);
    let viewed = |at: usize| list.items.ids[list.items.codes[at] as usize];
    for (at, seen) in range.clone().zip(day.all_views(hit)) {
        if viewed(at) != id || !seen.is_inside {
            continue;
        }
        let end_ms = if at + 1 < range.end { times[at + 1] } else { day.duration_ms[hit.at] };
        look.time_ms += u64::from(end_ms.saturating_sub(times[at]));
        look.timed_views += 1;
        let previous = if at > range.start { viewed(at - 1) } else { 0 };
        let next = if at + 1 < range.end { viewed(at + 1) } else { 0 };
        if previous != id {
            *neighbours.previous.entry(previous).or_default() += 1;
        }
        if next != id {
            *neighbours.next.entry(next).or_default() += 1;
        }
    }
}

fn most_frequent(
    connection: &Connection,
    neighbours: HashMap<i64, u64>,
    limit: usize,
) -> Result<Vec<Neighbour>, StoreError> {
    let mut by_count: Vec<(i64, u64)> = neighbours.into_iter().collect();
    by_count.sort_unstable_by_key(|(id, views)| (std::cmp::Reverse(*views), *id));
    by_count.truncate(limit);
    let neighbours = by_count
        .into_iter()
        .map(|(id, views)| Ok(Neighbour { path: text_of(connection, Dimension::Page, id)?, views }));
    neighbours.collect()
}
