//! Totals, their course over time, and what stands at the top of lists: all in one walk.

use std::cell::RefCell;

use rusqlite::Connection;

use super::breakdown::{Part, Sort, sorted};
use super::filter::Dimension;
use super::scan::Scan;
use super::scope::Scope;
use super::tally::{ListTally, Series, totals_of};
use super::totals::Totals;
use super::visitors::Visitors;
use crate::store::StoreError;
use crate::store::visits::columns::Column;

/// What is to be told of a scope.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Bounds of the buckets of the series, one more than there are buckets; empty: no series.
    pub bounds: &'a [i64],
    /// Lists, and how many entries each may have.
    pub lists: &'a [(Dimension, usize)],
}

/// A look at a scope.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overview {
    pub totals: Totals,
    /// One for each bucket.
    pub series: Vec<Totals>,
    /// One for each wanted list.
    pub lists: Vec<List>,
}

/// A list: what there is most of first (by visitors, then by text).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct List {
    pub rows: Vec<Row>,
    /// How many different entries there are.
    pub total: usize,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Empty: not told, such as no referrer.
    pub text: String,
    pub totals: Totals,
}

/// Looks at a scope.
pub fn overview(connection: &Connection, scope: &Scope, wanted: &Wanted<'_>) -> Result<Overview, StoreError> {
    let columns: Vec<Column> = wanted.lists.iter().map(|(dimension, _)| dimension.column()).collect();
    let scan = Scan::new(connection, scope, &columns, wanted.bounds)?;
    let mut totals = Totals::default();
    let mut visitors = Visitors::default();
    let mut series = Series::new(wanted.bounds, scan.boundaries());
    let tallies: Vec<ListTally> = wanted.lists.iter().map(|(dimension, _)| ListTally::new(*dimension)).collect();
    let tallies = RefCell::new(tallies);
    scan.walk(
        |day| Ok(tallies.borrow_mut().iter_mut().try_for_each(|tally| tally.begin_day(day))?),
        |day, hit| {
            let added = totals_of(day, hit);
            let visitor = visitors.number(day.visitor[hit.at]);
            totals.add(&added);
            if !wanted.bounds.is_empty() {
                series.count(day, hit, &added, visitor);
            }
            for tally in tallies.borrow_mut().iter_mut() {
                tally.count(day, hit, &added, visitor);
            }
        },
    )?;
    totals.visitors = visitors.count() as u64;
    let lists = tallies.into_inner().into_iter().zip(wanted.lists).map(|(tally, (_, limit))| {
        let part = Part { sort: Sort::Visitors, descending: true, offset: 0, limit: *limit };
        sorted(connection, tally.finish(), part)
    });
    Ok(Overview { totals, series: series.finish(), lists: lists.collect::<Result<_, _>>()? })
}
