//! In which minutes a route was asked for, newest first: found in the rollups, so that a rare route costs no more than
//! a busy one.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::buckets::Grain;
use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// Walks the minutes of a route.
pub struct RouteMinutes<'c> {
    connection: &'c Connection,
    project: ProjectId,
    /// Dictionary id.
    route: i64,
    /// First digit of the status, if only that is wanted.
    class: Option<u16>,
    /// Minutes that the rollups may not have yet.
    tail: BTreeSet<i64>,
    first: i64,
    /// The next minute to be looked at.
    next: i64,
}

impl<'c> RouteMinutes<'c> {
    /// The minutes from `first` to `last`, counted from the epoch.
    pub fn new(
        connection: &'c Connection,
        project: ProjectId,
        route: i64,
        class: Option<u16>,
        first: i64,
        last: i64,
    ) -> Result<Self, StoreError> {
        let tail = connection
            .prepare_cached(include_str!("tail_minutes.sql"))?
            .query_map([project.0, route], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(Self { connection, project, route, class, tail, first, next: last })
    }

    /// The next minute in which the route may have been asked for.
    pub fn next(&mut self) -> Result<Option<i64>, StoreError> {
        if self.next < self.first {
            return Ok(None);
        }
        let waiting = self.tail.range(self.first..=self.next).next_back().copied();
        let minute = self.latest_rolled_up()?.max(waiting);
        self.next = minute.map_or(self.first, |minute| minute).saturating_sub(1);
        Ok(minute)
    }

    /// The latest minute with a rollup, by way of days and hours.
    fn latest_rolled_up(&self) -> Result<Option<i64>, StoreError> {
        let mut last = self.next;
        while let Some(day) = self.latest(Grain::Day, self.first, last)? {
            let (first_of_day, mut last_of_day) = self.minutes_of(Grain::Day, day, last);
            while let Some(hour) = self.latest(Grain::Hour, first_of_day, last_of_day)? {
                let (first_of_hour, last_of_hour) = self.minutes_of(Grain::Hour, hour, last_of_day);
                if let Some(minute) = self.latest(Grain::Minute, first_of_hour, last_of_hour)? {
                    return Ok(Some(minute));
                }
                last_of_day = first_of_hour.saturating_sub(1);
            }
            last = first_of_day.saturating_sub(1);
        }
        Ok(None)
    }

    /// First and last minute of a bucket, within what is wanted.
    fn minutes_of(&self, grain: Grain, bucket: i64, last: i64) -> (i64, i64) {
        let begin = Grain::Minute.bucket(grain.start_ms(bucket));
        (begin.max(self.first), begin.saturating_add(grain.ms() / Grain::Minute.ms() - 1).min(last))
    }

    /// The latest bucket that has the route and a minute between `first` and `last`.
    fn latest(&self, grain: Grain, first: i64, last: i64) -> Result<Option<i64>, StoreError> {
        if last < first {
            return Ok(None);
        }
        let bucket = |minute| grain.bucket(Grain::Minute.start_ms(minute));
        let filter = params![self.project.0, grain as i64, bucket(first), bucket(last), self.route, self.class];
        let mut statement = self.connection.prepare_cached(include_str!("latest_bucket.sql"))?;
        Ok(statement.query_row(filter, |row| row.get(0)).optional()?)
    }
}
