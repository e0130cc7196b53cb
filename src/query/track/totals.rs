//! How much apps have said in a range of time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::conversions::{ConversionFilter, walk};
use super::revenue::Sum;
use crate::domain::id::ProjectId;
use crate::domain::track::EventKind;
use crate::query::texts::Lookup;
use crate::store::StoreError;

/// Names that are told; the most frequent ones.
const MAX_NAMES: usize = 1_000;

/// Counts of a range. Hidden events count nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    pub events: u64,
    pub page_views: u64,
    /// Sessions that started in the range.
    pub visits: u64,
    pub conversions: u64,
    /// By currency, in the order of their names.
    pub revenue: BTreeMap<Arc<str>, Sum>,
    /// Events by name, most frequent first.
    pub names: Vec<(Arc<str>, u64)>,
    /// Of all time: every part of a batch that was no event. Of a range: those that are still kept.
    pub quarantined: u64,
}

/// Counts what lies between two times, both inclusive; all time if there are none.
pub fn totals(connection: &Connection, project: ProjectId, range: Option<(i64, i64)>) -> Result<Totals, StoreError> {
    let (from_ms, to_ms) = range.unwrap_or((i64::MIN, i64::MAX));
    let mut texts = Lookup::new(connection);
    let mut totals = Totals {
        events: 0,
        page_views: 0,
        visits: connection
            .prepare_cached(include_str!("totals/visits.sql"))?
            .query_row(params![project.0, from_ms, to_ms], |row| row.get(0))?,
        conversions: 0,
        revenue: BTreeMap::new(),
        names: Vec::new(),
        quarantined: quarantined(connection, project, range)?,
    };
    // Counted here: SQLite would sort all events of the range to group them, in memory.
    let mut counts: HashMap<i64, u64> = HashMap::new();
    let mut statement = connection.prepare_cached(include_str!("totals/names.sql"))?;
    let mut rows = statement.query(params![project.0, from_ms, to_ms])?;
    while let Some(row) = rows.next()? {
        totals.events += 1;
        totals.page_views += u64::from(row.get::<_, u8>(1)? == EventKind::PageView.code());
        *counts.entry(row.get(0)?).or_default() += 1;
    }
    let mut names: Vec<_> = counts.into_iter().collect();
    names.sort_unstable_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    for (name, count) in names.into_iter().take(MAX_NAMES) {
        totals.names.push((texts.text(name)?, count));
    }
    totals.names.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let filter = ConversionFilter { from_ms, to_ms, ..ConversionFilter::all(project) };
    walk(connection, &filter, None, |conversion| {
        totals.conversions += 1;
        if conversion.is_revenue {
            totals.revenue.entry(texts.text(conversion.currency)?).or_default().add(conversion.amount_micros);
        }
        Ok(true)
    })?;
    Ok(totals)
}

fn quarantined(connection: &Connection, project: ProjectId, range: Option<(i64, i64)>) -> Result<u64, StoreError> {
    let count = match range {
        Some((from_ms, to_ms)) => connection
            .prepare_cached(include_str!("totals/quarantined.sql"))?
            .query_row(params![project.0, from_ms, to_ms], |row| row.get(0))
            .optional()?,
        None => connection
            .prepare_cached("SELECT count FROM track_quarantine_count WHERE project_id = ?1")?
            .query_row([project.0], |row| row.get(0))
            .optional()?,
    };
    Ok(count.unwrap_or_default())
}
