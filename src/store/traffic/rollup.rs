//! When rows become rollups: a step at a time, never all at once.
//!
//! Rows wait in memory, as far as rollups look at them, until the writer takes a step: it adds some of them to the
//! rollups and moves `traffic_progress` to the last one, in one transaction of its own. What waits can be lost at any
//! time, because it can be read from the file again: that is what happens after a crash, and when steps failed for so
//! long that too much waits.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::aggregate::Aggregate;
use super::fact::{Fact, facts_between};
use crate::store::StoreError;

/// How long rows wait for company.
const PATIENCE: Duration = Duration::from_secs(2);

/// Rows that wait until a step is due at once, and rows of one step.
const STEP_ROWS: usize = 20_000;

/// Rows that may wait while others are stored; the writer steps until there are fewer.
const MANY_ROWS: usize = 60_000;

/// Rows that wait in memory at most, about 20 MB.
const MAX_ROWS: usize = 200_000;

/// The rows that are not in the rollups yet.
#[derive(Debug)]
pub struct Rollup {
    /// The rollups hold the rows up to here.
    rolled_up_id: i64,
    /// Rows up to here, beyond `rolled_up_id`, are only in the file.
    in_file_id: i64,
    /// The rows after those, in order.
    waiting: Vec<Fact>,
    /// So many of them are committed.
    committed: usize,
    last_step: Instant,
}

/// What a step has written, to be noted when its transaction is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    last_id: i64,
    from_memory: usize,
}

impl Rollup {
    /// For a file whose rollups hold the rows up to one id, and whose last row has another.
    #[must_use]
    pub fn new(rolled_up_id: i64, last_id: i64) -> Self {
        Self {
            rolled_up_id,
            in_file_id: last_id.max(rolled_up_id),
            waiting: Vec::new(),
            committed: 0,
            last_step: Instant::now(),
        }
    }

    /// Adds a row of the open transaction.
    pub fn add(&mut self, fact: Fact) {
        self.waiting.push(fact);
    }

    /// Where the open transaction stands, for [`Self::rewind`]. Not valid after a step.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.waiting.len()
    }

    /// Forgets the rows added since `mark`: their batch was rolled back.
    pub fn rewind(&mut self, mark: usize) {
        self.waiting.truncate(mark);
    }

    /// Forgets all rows of the open transaction: it was rolled back.
    pub fn roll_back(&mut self) {
        self.waiting.truncate(self.committed);
    }

    /// Notes that the open transaction is on the disk.
    pub fn commit(&mut self) {
        if self.waiting.len() > MAX_ROWS
            && let Some(last) = self.waiting.last()
        {
            self.in_file_id = last.id;
            self.waiting = Vec::new();
        }
        self.committed = self.waiting.len();
    }

    /// Forgets whose the rows of these users were, which the file has forgotten.
    pub fn forget_users(&mut self, users: &[i64]) {
        for fact in &mut self.waiting {
            fact.user_id = fact.user_id.filter(|user| !users.contains(user));
        }
    }

    /// Whether the writer should take a step.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.is_behind()
            || self.waiting.len() >= STEP_ROWS
            || (!self.waiting.is_empty() && self.last_step.elapsed() >= PATIENCE)
    }

    /// Whether so much waits that the writer should do nothing else.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.waiting.len() >= MANY_ROWS
    }

    /// Whether there is anything to do.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.is_behind()
    }

    /// Writes the next rows into the rollups. To be called inside a transaction in which nothing else happens.
    pub fn step(&mut self, connection: &Connection) -> Result<Step, StoreError> {
        self.last_step = Instant::now();
        let mut aggregate = Aggregate::default();
        let step = if self.is_behind() {
            let facts = facts_between(connection, self.rolled_up_id, self.in_file_id, STEP_ROWS)?;
            let taken = aggregate.take(&facts);
            let is_all = taken == facts.len() && facts.len() < STEP_ROWS;
            let last = facts.get(taken.wrapping_sub(1)).filter(|_| !is_all);
            Step { last_id: last.map_or(self.in_file_id, |last| last.id), from_memory: 0 }
        } else {
            let facts = self.waiting.get(..self.waiting.len().min(STEP_ROWS)).unwrap_or_default();
            let taken = aggregate.take(facts);
            let last_id = facts.get(taken.wrapping_sub(1)).map_or(self.rolled_up_id, |last| last.id);
            Step { last_id, from_memory: taken }
        };
        aggregate.write(connection)?;
        connection.prepare_cached("UPDATE traffic_progress SET rolled_up_id = ?1")?.execute(params![step.last_id])?;
        Ok(step)
    }

    /// Notes that a step is on the disk.
    pub fn stepped(&mut self, step: Step) {
        self.rolled_up_id = step.last_id;
        self.in_file_id = self.in_file_id.max(step.last_id);
        self.waiting.drain(..step.from_memory.min(self.waiting.len()));
        self.committed = self.waiting.len();
    }

    fn is_behind(&self) -> bool {
        self.rolled_up_id < self.in_file_id
    }
}
