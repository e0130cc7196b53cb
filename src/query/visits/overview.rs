//! Totals, their course over time, and what stands at the top of lists: all in one walk.

use rusqlite::Connection;

use super::filter::Dimension;
use super::scope::Scope;
use super::totals::Totals;
use crate::store::StoreError;

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
pub fn overview(_connection: &Connection, _scope: &Scope, wanted: &Wanted<'_>) -> Result<Overview, StoreError> {
    Ok(Overview {
        totals: Totals::default(),
        series: vec![Totals::default(); wanted.bounds.len().saturating_sub(1)],
        lists: vec![List::default(); wanted.lists.len()],
    })
}
