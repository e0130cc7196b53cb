//! Runs: one a day for each kind of data. A run deletes two days' worth at most, unless somebody says that it may delete all.

use rusqlite::{Connection, OptionalExtension, params};

use super::oldest::oldest_day;
use super::{Kind, Rules};
use crate::store::StoreError;
use crate::store::visits::day_of;

/// Days with data that one run deletes at most.
const MAX_DAYS: usize = 2;

/// How far ahead of the day a run can be noted; further ahead it is from a time when the clock was wrong.
const MAX_AHEAD_DAYS: i64 = 2;

/// A run of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The day of the run; days are UTC, counted from the epoch.
    pub run_day: i64,
    /// What is older than this day goes.
    pub cutoff_day: i64,
    /// Deleted so far.
    pub rows: u64,
    pub began_ms: i64,
    /// Absent: there may be more to delete.
    pub ended_ms: Option<i64>,
}

/// The last run of a kind.
pub fn last(connection: &Connection, kind: Kind) -> Result<Option<Run>, rusqlite::Error> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Run {
            run_day: row.get(0)?,
            cutoff_day: row.get(1)?,
            rows: row.get(2)?,
            began_ms: row.get(3)?,
            ended_ms: row.get(4)?,
        })
    };
    connection
        .prepare_cached("SELECT run_day, cutoff_day, rows, began_ms, ended_ms FROM retention_run WHERE kind = ?1")?
        .query_row([kind as u8], read)
        .optional()
}

/// The run of a kind that has work to do, begun if it is its day; none: the kind is kept for ever, or done for today.
/// To be called inside a transaction.
pub fn open(connection: &Connection, rules: Rules, kind: Kind, now_ms: i64) -> Result<Option<Run>, StoreError> {
    let Some(target_day) = rules.target_day(kind, now_ms) else { return Ok(None) };
    let today = day_of(now_ms);
    let run = match last(connection, kind)? {
        Some(run) if run.run_day >= today && run.run_day <= today + MAX_AHEAD_DAYS => run,
        _ => begin(connection, kind, capped(connection, kind, target_day)?, now_ms)?,
    };
    // The rule may have become longer meanwhile.
    let run = Run { cutoff_day: run.cutoff_day.min(target_day), ..run };
    Ok(run.ended_ms.is_none().then_some(run))
}

/// Begins runs of all kinds that delete all that is too old. To be called inside a transaction.
pub fn open_unbounded(connection: &Connection, rules: Rules, now_ms: i64) -> Result<(), StoreError> {
    for kind in Kind::ALL {
        if let Some(target_day) = rules.target_day(kind, now_ms) {
            begin(connection, kind, target_day, now_ms)?;
        }
    }
    Ok(())
}

/// Notes what a step of a run has done.
pub fn advance(connection: &Connection, kind: Kind, rows: u64, ended_ms: Option<i64>) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE retention_run SET rows = rows + ?2, ended_ms = ?3 WHERE kind = ?1")?
        .execute(params![kind as u8, rows, ended_ms])?;
    Ok(())
}

/// Before which day a run deletes: the oldest days that have data, and no more.
pub fn capped(connection: &Connection, kind: Kind, target_day: i64) -> Result<i64, StoreError> {
    let mut cutoff_day = i64::MIN;
    for _ in 0..MAX_DAYS {
        match oldest_day(connection, kind, cutoff_day)? {
            Some(day) if day < target_day => cutoff_day = day + 1,
            _ => break,
        }
    }
    // Nothing is too old: whatever else lies before is gone through.
    Ok(if cutoff_day == i64::MIN { target_day } else { cutoff_day })
}

fn begin(connection: &Connection, kind: Kind, cutoff_day: i64, now_ms: i64) -> Result<Run, StoreError> {
    let run = Run { run_day: day_of(now_ms), cutoff_day, rows: 0, began_ms: now_ms, ended_ms: None };
    connection.prepare_cached(include_str!("put_run.sql"))?.execute(params![
        kind as u8,
        run.run_day,
        run.cutoff_day,
        run.began_ms
    ])?;
    Ok(run)
}
