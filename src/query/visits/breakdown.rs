//! One dimension, listed in pages.

use std::cell::RefCell;

use rusqlite::Connection;

use super::filter::Dimension;
use super::overview::List;
use super::scan::Scan;
use super::scope::Scope;
use super::tally::{Counted, ListTally, totals_of};
use super::totals::Totals;
use super::visitors::Visitors;
use crate::store::StoreError;

/// What a list is sorted by, the greatest first, or by text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Visitors,
    Visits,
    Views,
    Events,
    BounceRate,
    Duration,
    Text,
}

impl Sort {
    const ALL: [Self; 7] =
        [Self::Visitors, Self::Visits, Self::Views, Self::Events, Self::BounceRate, Self::Duration, Self::Text];

    /// The word in URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Visitors => "visitors",
            Self::Visits => "visits",
            Self::Views => "views",
            Self::Events => "events",
            Self::BounceRate => "bounce_rate",
            Self::Duration => "average_duration_ms",
            Self::Text => "value",
        }
    }

    /// The order a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.word() == word)
    }
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub sort: Sort,
    pub descending: bool,
    pub offset: usize,
    pub limit: usize,
}

/// Lists one dimension.
pub fn breakdown(connection: &Connection, scope: &Scope, dimension: Dimension, part: Part) -> Result<List, StoreError> {
    let scan = Scan::new(connection, scope, &[dimension.column()], &[])?;
    let mut visitors = Visitors::default();
    let tally = RefCell::new(ListTally::new(dimension));
    scan.walk(
        |day| Ok(tally.borrow_mut().begin_day(day)?),
        |day, hit| {
            let visitor = visitors.number(day.visitor[hit.at]);
            tally.borrow_mut().count(day, hit, &totals_of(day, hit), visitor);
        },
    )?;
    sorted(connection, tally.into_inner().finish(), part)
}

/// Puts a list in order and gives a part of it. Entries that are equal otherwise are in the order of their texts.
pub(super) fn sorted(connection: &Connection, mut counted: Counted, part: Part) -> Result<List, StoreError> {
    let total = counted.entries.len();
    let end = part.offset.saturating_add(part.limit).min(total);
    if part.offset >= end {
        return Ok(List { rows: Vec::new(), total });
    }
    let mut entries = std::mem::take(&mut counted.entries);
    if part.sort != Sort::Text {
        let by_number = |one: &(i64, Totals), other: &(i64, Totals)| {
            let order = rank(part.sort, &one.1).total_cmp(&rank(part.sort, &other.1));
            if part.descending { order.reverse() } else { order }
        };
        // Texts are looked up only for what may be in the part: whatever equals its last entry, too.
        let last = entries.select_nth_unstable_by(end - 1, by_number).1.1;
        let is_beyond = |entry: &(i64, Totals)| by_number(entry, &(0, last)).is_gt();
        entries.retain(|entry| !is_beyond(entry));
    }
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        rows.push(counted.row(connection, entry)?);
    }
    rows.sort_unstable_by(|one, other| {
        let (one_rank, other_rank) = (rank(part.sort, &one.totals), rank(part.sort, &other.totals));
        match (part.sort, part.descending) {
            (Sort::Text, true) => other.text.cmp(&one.text),
            (Sort::Text, false) => one.text.cmp(&other.text),
            (_, true) => other_rank.total_cmp(&one_rank).then_with(|| one.text.cmp(&other.text)),
            (_, false) => one_rank.total_cmp(&other_rank).then_with(|| one.text.cmp(&other.text)),
        }
    });
    Ok(List { rows: rows.into_iter().skip(part.offset).take(part.limit).collect(), total })
}

/// By what entries are put in order; those without visits come last among rates and durations.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn rank(sort: Sort, totals: &Totals) -> f64 {
    match sort {
        Sort::Visitors => totals.visitors as f64,
        Sort::Visits => totals.visits as f64,
        Sort::Views => totals.views as f64,
        Sort::Events => totals.events as f64,
        Sort::BounceRate => totals.bounce_rate().unwrap_or(-1.0),
        Sort::Duration => totals.average_duration_ms().map_or(-1.0, |ms| ms as f64),
        Sort::Text => 0.0,
    }
}
