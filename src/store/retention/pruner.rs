//! Who deletes: takes one step after another, each in a transaction of the caller's.

use std::time::Instant;

use rusqlite::Connection;

use super::guard::{self, ClockState};
use super::slice::Slice;
use super::{Kind, Rules, Stepped, events, heat, points, project, requests, rollups, run, space, visits};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

const MS_PER_HOUR: i64 = 3_600_000;

/// Deletes what is too old, and projects that go. It remembers only that there is nothing to do.
#[derive(Debug)]
pub struct Pruner {
    hash: TextHash,
    rules: Rules,
    /// The hour (since the epoch) in which everything was found done; absent: there may be more to do.
    quiet_hour: Option<i64>,
    /// Whether pages may be free that were not looked at.
    may_have_freed: bool,
    /// Somebody said that the clock is right.
    is_clock_right: bool,
}

/// What a step has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// Rows that are gone.
    pub rows: u64,
    /// What the writer remembers of sessions and ids may be wrong now.
    pub has_deleted: bool,
    /// Another step may have something to do at once.
    pub has_more: bool,
}

impl Pruner {
    #[must_use]
    pub fn new(hash: TextHash) -> Self {
        Self { hash, rules: Rules::default(), quiet_hour: None, may_have_freed: true, is_clock_right: false }
    }

    /// Goes by these rules from now on.
    pub fn keep(&mut self, rules: Rules) {
        if self.rules != rules {
            self.rules = rules;
            self.quiet_hour = None;
        }
    }

    /// Says that the clock is right, whatever the file says, and that all that is too old may go, however much it is. To be
    /// called inside a transaction.
    pub fn allow_all(&mut self, connection: &Connection, now_ms: i64) -> Result<(), StoreError> {
        self.is_clock_right = true;
        self.quiet_hour = None;
        guard::believe(connection, now_ms)?;
        run::open_unbounded(connection, self.rules, now_ms)
    }

    /// Whether a step should be taken. Costs two looks into indexes.
    pub fn is_due(&self, connection: &Connection, now_ms: i64) -> Result<bool, StoreError> {
        Ok(self.quiet_hour != Some(now_ms.div_euclid(MS_PER_HOUR))
            || project::next(connection)?.is_some()
            || heat::is_draining(connection)?)
    }

    /// Takes a step, until a moment. To be called inside a transaction in which nothing else happens. After a rollback,
    /// [`Self::forget`].
    pub fn step(&mut self, connection: &Connection, now_ms: i64, until: Instant) -> Result<Step, StoreError> {
        let mut step = Step::default();
        let is_finished = self.take(connection, now_ms, until, &mut step)?;
        self.may_have_freed |= step.has_deleted;
        step.has_more = !is_finished;
        self.quiet_hour = is_finished.then_some(now_ms.div_euclid(MS_PER_HOUR));
        Ok(step)
    }

    /// A step was rolled back: there may be something to do.
    pub fn forget(&mut self) {
        self.quiet_hour = None;
        self.may_have_freed = true;
    }

    /// Whether all is done.
    fn take(
        &mut self,
        connection: &Connection,
        now_ms: i64,
        until: Instant,
        step: &mut Step,
    ) -> Result<bool, StoreError> {
        let everywhere = Slice::whole(0, until);
        let is_finished = |step: &mut Step, stepped: Stepped| {
            step.rows += stepped.rows;
            step.has_deleted |= stepped.rows > 0;
            // What had nothing to do leaves the time to what follows, however little there is: every step does something.
            stepped.is_done && (stepped.rows == 0 || !everywhere.is_over())
        };
        // What was begun is finished whatever the clock says.
        if let Some((project, deleted_at_ms)) = project::next(connection)? {
            let is_forgotten = project::is_forgotten(deleted_at_ms, now_ms);
            if !is_finished(step, project::step(connection, self.hash, Slice::whole(project, until), is_forgotten)?) {
                return Ok(false);
            }
        }
        if !is_finished(step, heat::drain(connection, everywhere)?) {
            return Ok(false);
        }
        // Points are no rows: their events were counted.
        let cleaned = points::step(connection, everywhere)?;
        step.has_deleted |= cleaned.rows > 0;
        if !cleaned.is_done || (cleaned.rows > 0 && everywhere.is_over()) {
            return Ok(false);
        }
        if guard::note(connection, now_ms)? == ClockState::Believed || self.is_clock_right {
            for kind in Kind::ALL {
                if !is_finished(step, self.run(connection, kind, now_ms, until)?) {
                    return Ok(false);
                }
            }
        }
        if self.may_have_freed {
            // Rows and pages in one transaction would be one long step.
            if step.has_deleted || !is_finished(step, space::step(connection, everywhere)?) {
                return Ok(false);
            }
            self.may_have_freed = false;
        }
        Ok(true)
    }

    /// Goes on with the run of a kind.
    fn run(&self, connection: &Connection, kind: Kind, now_ms: i64, until: Instant) -> Result<Stepped, StoreError> {
        let Some(run) = run::open(connection, self.rules, kind, now_ms)? else { return Ok(Stepped::DONE) };
        let mut rows = 0;
        for project in projects(connection)? {
            let slice = Slice { project, before_day: run.cutoff_day, until };
            let stepped = self.delete(connection, kind, slice)?;
            rows += stepped.rows;
            if !stepped.is_done || (stepped.rows > 0 && slice.is_over()) {
                run::advance(connection, kind, rows, None)?;
                return Ok(Stepped::unfinished(rows));
            }
        }
        // Points go before it is said that the run has ended.
        if kind == Kind::Heat && (heat::is_draining(connection)? || points::is_due(connection)?) {
            run::advance(connection, kind, rows, None)?;
            return Ok(Stepped::unfinished(rows));
        }
        run::advance(connection, kind, rows, Some(now_ms))?;
        Ok(Stepped { rows, is_done: true })
    }

    fn delete(&self, connection: &Connection, kind: Kind, slice: Slice) -> Result<Stepped, StoreError> {
        match kind {
            Kind::Requests => requests::step(connection, slice),
            Kind::Rollups => {
                let counted = rollups::step(connection, slice)?;
                if !counted.is_done {
                    return Ok(counted);
                }
                // Users go when neither requests nor counts of their time are left.
                let users = match run::last(connection, Kind::Requests)? {
                    Some(requests) if requests.ended_ms.is_some() && self.rules.kept_ms(Kind::Requests).is_some() => {
                        let before_day = slice.before_day.min(requests.cutoff_day);
                        rollups::users_step(connection, Slice { before_day, ..slice })?
                    }
                    _ => Stepped::DONE,
                };
                Ok(Stepped { rows: counted.rows + users.rows, is_done: users.is_done })
            }
            Kind::Heat => heat::step(connection, slice),
            Kind::Events => events::step(connection, self.hash, slice),
            Kind::Visits => visits::step(connection, slice),
        }
    }
}

/// Projects that stay; those that go have no rules.
fn projects(connection: &Connection) -> Result<Vec<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT id FROM project WHERE deleted_at_ms IS NULL ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect()
}
