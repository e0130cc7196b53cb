//! A project's events in order of time.
//!
//! Events lie by session; `heat_session_hour` tells which sessions have events in which hour. An answer
//! walks the hours and stops when its page is full.

use rusqlite::{Connection, params};

use super::heat_rows::{HeatRow, Stored};
use super::texts::Lookup;
use crate::domain::heat::Kind;
use crate::domain::id::{ClientId, ProjectId};
use crate::store::StoreError;
use crate::store::heat::insert::hour_of;
use crate::store::value::Number;

const MS_PER_HOUR: f64 = 3_600_000.0;

/// Which events are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventFilter {
    pub project: ProjectId,
    /// Dictionary id of the path.
    pub path: Option<i64>,
    pub kind: Option<Kind>,
    /// Milliseconds since the epoch, inclusive.
    pub from: f64,
    /// Inclusive.
    pub to: f64,
}

/// A place in the order of events: time, then insertion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    pub ts: f64,
    pub seq: i64,
}

/// A page of rows as the original counts them, `offset` rows on (heat-collector.md 5.1).
pub fn rows(
    connection: &Connection,
    filter: &EventFilter,
    mut offset: u64,
    limit: usize,
) -> Result<Vec<HeatRow>, StoreError> {
    let mut lookup = Lookup::new(connection);
    let mut page = Vec::with_capacity(limit);
    walk_hours(connection, filter, |hour, sessions| {
        let mut keys = Vec::new();
        for session in sessions {
            session.each(connection, filter, hour, |stored| {
                for (ts, seq) in stored.row_keys() {
                    if hour_of(ts) == hour && filter.from <= ts && ts <= filter.to {
                        keys.push((Position { ts, seq }, session, (stored.ts, stored.seq)));
                    }
                }
                Ok(())
            })?;
        }
        if offset >= keys.len() as u64 {
            offset -= keys.len() as u64;
            return Ok(Walk::On);
        }
        keys.sort_unstable_by(|(a, ..), (b, ..)| a.compare(*b));
        let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
        offset = 0;
        for (position, session, (ts, seq)) in keys.into_iter().skip(skipped).take(limit - page.len()) {
            let stored = Stored::find(connection, session.id, ts, seq)?;
            page.push(stored.row(position.seq, &session.external_id, &mut lookup)?);
        }
        Ok(if page.len() < limit { Walk::On } else { Walk::Stop })
    })?;
    Ok(page)
}

/// A page of stored events behind `after`, a trail being one event at its earliest point.
pub fn stored(
    connection: &Connection,
    filter: &EventFilter,
    after: Option<Position>,
    limit: usize,
) -> Result<Vec<(ClientId, Stored)>, StoreError> {
    let filter = EventFilter { from: after.map_or(filter.from, |after| after.ts.max(filter.from)), ..*filter };
    let mut page: Vec<(ClientId, Stored)> = Vec::with_capacity(limit);
    walk_hours(connection, &filter, |hour, sessions| {
        let mut found = Vec::new();
        for session in sessions {
            session.each(connection, &filter, hour, |stored| {
                let is_behind = after.is_none_or(|after| after.compare(stored.position()).is_lt());
                if hour_of(stored.ts) == hour && filter.from <= stored.ts && stored.ts <= filter.to && is_behind {
                    found.push((stored.position(), session, stored.session_id));
                }
                Ok(())
            })?;
        }
        found.sort_unstable_by(|(a, ..), (b, ..)| a.compare(*b));
        for (position, session, session_id) in found.into_iter().take(limit - page.len()) {
            page.push((session.external_id.clone(), Stored::find(connection, session_id, position.ts, position.seq)?));
        }
        Ok(if page.len() < limit { Walk::On } else { Walk::Stop })
    })?;
    Ok(page)
}

impl Position {
    fn compare(self, other: Self) -> std::cmp::Ordering {
        self.ts.total_cmp(&other.ts).then(self.seq.cmp(&other.seq))
    }
}

impl Stored {
    /// Where the event stands among others.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { ts: self.ts, seq: self.seq }
    }
}

/// Whether the walk goes on to the next hour.
enum Walk {
    On,
    Stop,
}

/// A session that has events in an hour.
#[derive(Debug)]
struct HourSession {
    id: i64,
    external_id: ClientId,
    max_span_ms: f64,
}

impl HourSession {
    /// Hands over the session's events that may have rows in the hour.
    fn each(
        &self,
        connection: &Connection,
        filter: &EventFilter,
        hour: i64,
        mut take: impl FnMut(&Stored) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (start, end) = hour_bounds(hour);
        let mut statement = connection.prepare_cached(include_str!("stored_of_hour.sql"))?;
        // A trail that began earlier may reach into the range; its span was rounded.
        let from = filter.from.max(start) - self.max_span_ms - slack(self.max_span_ms);
        let from = if from.is_nan() { f64::NEG_INFINITY } else { from };
        let mut rows = statement.query(params![
            self.id,
            Number(from),
            Number(filter.to.min(end)),
            filter.kind.map(|kind| kind as u8),
            filter.path
        ])?;
        while let Some(row) = rows.next()? {
            take(&Stored::read(row)?)?;
        }
        Ok(())
    }
}

/// Calls `visit` for each hour that has events, with its sessions, oldest first.
fn walk_hours(
    connection: &Connection,
    filter: &EventFilter,
    mut visit: impl FnMut(i64, &[HourSession]) -> Result<Walk, StoreError>,
) -> Result<(), StoreError> {
    if filter.from > filter.to {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(include_str!("sessions_of_hours.sql"))?;
    let mut rows = statement.query(params![filter.project.0, hour_of(filter.from), hour_of(filter.to)])?;
    let mut hour = None;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        let next: i64 = row.get(0)?;
        if let Some(hour) = hour.replace(next).filter(|hour| *hour != next) {
            if matches!(visit(hour, &sessions)?, Walk::Stop) {
                return Ok(());
            }
            sessions.clear();
        }
        sessions.push(HourSession {
            id: row.get(1)?,
            external_id: row.get(2)?,
            max_span_ms: row.get::<_, Number>(3)?.0,
        });
    }
    if let Some(hour) = hour {
        visit(hour, &sessions)?;
    }
    Ok(())
}

/// Bounds that contain the hour; a little wider where doubles are coarse.
#[expect(clippy::cast_precision_loss, reason = "widened for that")]
fn hour_bounds(hour: i64) -> (f64, f64) {
    let bound = |hour: i64| hour as f64 * MS_PER_HOUR;
    let start = if hour == i64::MIN { f64::NEG_INFINITY } else { bound(hour) };
    let end = if hour >= i64::MAX - 1 { f64::INFINITY } else { bound(hour + 1) };
    (start - slack(start).min(f64::MAX), end + slack(end).min(f64::MAX))
}

/// More than what a double near `value` loses when it is rounded.
fn slack(value: f64) -> f64 {
    value.abs() * 1e-12 + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_contain_their_hour() {
        for ts in [0.0, -0.5, 1_795_000_000_000.25, -1e15, 1e18, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY] {
            let (start, end) = hour_bounds(hour_of(ts));
            assert!(start <= ts && ts <= end, "{ts}: {start}..{end}");
        }
    }
}
