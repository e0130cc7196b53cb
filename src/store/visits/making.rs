//! Making the visits of sessions that are due: some at a time, in transactions of their own.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::time::Instant;

use lru::LruCache;
use rusqlite::{Connection, params};

use super::due::{self, SessionKind};
use super::heat_session::Made;
use super::places::Places;
use super::visit::Visit;
use super::{day_of, heat_session, sealing, track_session, visit};
use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Due sessions that are read at a time.
const SESSIONS: usize = 64;

/// Rows that make a session a heavy one.
const HEAVY_ROWS: usize = 5_000;

/// How long the visits of a heavy session are left alone, in milliseconds; it stays due.
const HEAVY_REST_MS: i64 = 60_000;

const HEAVY_REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// Makes visits. What it remembers can be read from the file again.
#[derive(Debug)]
pub struct VisitMaker {
    hash: TextHash,
    places: Places,
    /// Heavy sessions, and when their visits were made.
    heavy: LruCache<(SessionKind, i64), i64>,
    /// Where in the list of due sessions the next step begins: everybody gets a turn.
    next: (u8, i64),
}

/// What a step has done, to be noted when its transaction is committed.
#[derive(Debug, Default)]
pub struct Step {
    pub made: Vec<(SessionKind, i64)>,
    /// Whether there may be more to do.
    pub has_more: bool,
}

impl VisitMaker {
    #[must_use]
    pub fn new(hash: TextHash) -> Self {
        Self { hash, places: Places::new(hash), heavy: LruCache::new(HEAVY_REMEMBERED), next: (0, i64::MIN) }
    }

    /// Forgets what the file may say otherwise by now. When heavy sessions had their turn is nobody else's to say.
    pub fn read_again(&mut self) {
        self.places.forget();
    }

    /// Forgets what a rolled back transaction may have added.
    pub fn forget(&mut self) {
        self.places.forget();
        self.heavy.clear();
    }

    /// Whether any session is due.
    pub fn is_due(connection: &Connection) -> Result<bool, StoreError> {
        Ok(connection.prepare_cached("SELECT 1 FROM visit_due LIMIT 1")?.exists([])?)
    }

    /// Makes the visits of due sessions until a moment. `is_last`: also those of heavy sessions, whenever they were made.
    ///
    /// To be called inside a transaction in which nothing else happens.
    pub fn step(
        &mut self,
        connection: &Connection,
        now_ms: i64,
        until: Instant,
        is_last: bool,
    ) -> Result<Step, StoreError> {
        let mut step = Step::default();
        let mut days = BTreeSet::new();
        let is_from_start = self.next == (0, i64::MIN);
        loop {
            let due = self.due(connection)?;
            if due.is_empty() {
                // The end of the list: the next step begins at its beginning.
                self.next = (0, i64::MIN);
                step.has_more = !is_from_start || !step.made.is_empty();
                break;
            }
            for (kind, session) in due {
                self.next = (kind as u8, session);
                if self.rests(kind, session, now_ms) && !is_last {
                    continue;
                }
                self.make(connection, kind, session, now_ms, &mut days)?;
                step.made.push((kind, session));
                if Instant::now() >= until {
                    step.has_more = true;
                    break;
                }
            }
            if step.has_more {
                break;
            }
        }
        for (project, day) in days {
            sealing::open(connection, project, day, now_ms)?;
        }
        Ok(step)
    }

    fn rests(&mut self, kind: SessionKind, session: i64, now_ms: i64) -> bool {
        self.heavy.peek(&(kind, session)).is_some_and(|made_ms| now_ms.saturating_sub(*made_ms) < HEAVY_REST_MS)
    }

    fn due(&self, connection: &Connection) -> Result<Vec<(SessionKind, i64)>, StoreError> {
        let mut statement = connection.prepare_cached(include_str!("due_after.sql"))?;
        let mut rows = statement.query(params![self.next.0, self.next.1, SESSIONS])?;
        let mut due = Vec::new();
        while let Some(row) = rows.next()? {
            due.extend(SessionKind::from_number(row.get(0)?).zip(Some(row.get(1)?)));
        }
        Ok(due)
    }

    /// Makes the visits of one session anew; days on which something changes are added to `days`.
    fn make(
        &mut self,
        connection: &Connection,
        kind: SessionKind,
        session: i64,
        now_ms: i64,
        days: &mut BTreeSet<(ProjectId, i64)>,
    ) -> Result<(), StoreError> {
        let Made { visits, row_count } = match kind {
            SessionKind::Heat => heat_session::visits(connection, &mut self.places, self.hash, session)?,
            SessionKind::Track => track_session::visits(connection, &mut self.places, self.hash, session)?,
        };
        let former = visit::of_session(connection, kind, session)?;
        // A session has at most one visit that begins at a moment.
        let by_start = |visits: &[Visit]| -> HashMap<i64, usize> {
            visits.iter().enumerate().map(|(at, visit)| (visit.started_ms, at)).collect()
        };
        let (before, now) = (by_start(&former), by_start(&visits));
        let has = |places: &HashMap<i64, usize>, list: &[Visit], visit: &Visit| {
            places.get(&visit.started_ms).and_then(|at| list.get(*at)) == Some(visit)
        };
        for visit in former.iter().filter(|visit| !has(&now, &visits, visit)) {
            visit.delete(connection)?;
            days.insert((visit.project, day_of(visit.started_ms)));
        }
        for visit in visits.iter().filter(|visit| !has(&before, &former, visit)) {
            visit.insert(connection)?;
            days.insert((visit.project, day_of(visit.started_ms)));
        }
        connection
            .prepare_cached("DELETE FROM visit_due WHERE kind = ?1 AND session_id = ?2")?
            .execute(params![kind as u8, session])?;
        if row_count > HEAVY_ROWS {
            self.heavy.put((kind, session), now_ms);
        }
        Ok(())
    }
}

/// Takes away the visits of a session from which somebody was erased. What remains of it is made again when it is its turn.
pub fn unmake(connection: &Connection, kind: SessionKind, session: i64, now_ms: i64) -> Result<(), StoreError> {
    for visit in visit::of_session(connection, kind, session)? {
        sealing::open(connection, visit.project, day_of(visit.started_ms), now_ms)?;
        visit.delete(connection)?;
    }
    due::note(connection, kind, session)?;
    Ok(())
}
