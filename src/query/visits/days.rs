//! The days of a project's visits, from columns where a day is sealed, from rows where it is not.

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::domain::period::Interval;
use crate::domain::visit::MAX_VISIT_MS;
use crate::store::StoreError;
use crate::store::pack::Damaged;
use crate::store::value::blob;
use crate::store::visits::columns::{Column, Day, Needs};
use crate::store::visits::sealing::visits_of_day;
use crate::store::visits::{day_of, start_of_day};

/// A day on which visits begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownDay {
    pub number: i64,
    pub is_sealed: bool,
}

/// The days, in their order, of all visits that may show anything in an interval.
pub fn days_of(connection: &Connection, project: ProjectId, interval: Interval) -> Result<Vec<KnownDay>, StoreError> {
    let first = day_of(interval.from_ms.saturating_sub(MAX_VISIT_MS));
    let last = day_of(interval.to_ms.saturating_sub(1));
    let mut statement = connection.prepare_cached(include_str!("days.sql"))?;
    let days = statement.query_map(params![project.0, first, last], |row| {
        Ok(KnownDay { number: row.get(0)?, is_sealed: row.get(1)? })
    })?;
    Ok(days.collect::<Result<_, _>>()?)
}

/// Reads the columns of a day.
pub fn read_day(connection: &Connection, project: ProjectId, known: KnownDay, needs: Needs) -> Result<Day, StoreError> {
    if !known.is_sealed {
        let visits = visits_of_day(connection, project, known.number)?;
        return Ok(Day::of_visits(known.number, &visits, needs));
    }
    let mut statement = connection.prepare_cached(include_str!("chunk.sql"))?;
    let mut rows = statement.query(params![project.0, known.number, needs.bits()])?;
    let mut day: Option<Day> = None;
    while let Some(row) = rows.next()? {
        let column = Column::from_number(row.get(0)?).ok_or(Damaged)?;
        let count = row.get(1)?;
        let day = day.get_or_insert_with(|| Day::new(known.number, count));
        if day.count != count {
            return Err(Damaged.into());
        }
        day.put(column, blob(row, 2)?)?;
    }
    let mut day = day.ok_or(Damaged)?;
    if needs.has(Column::Country) {
        day.put_unknown(Column::Country);
    }
    Ok(day)
}

/// Whether the boundaries of an interval, or others, cut through visits that begin on a day, so that it matters when in
/// them something was.
#[must_use]
pub fn is_cut(number: i64, boundaries: &[i64]) -> bool {
    let (from_ms, to_ms) = (start_of_day(number), start_of_day(number + 1).saturating_add(MAX_VISIT_MS));
    let at = boundaries.partition_point(|boundary| *boundary <= from_ms);
    boundaries.get(at).is_some_and(|boundary| *boundary < to_ms)
}
