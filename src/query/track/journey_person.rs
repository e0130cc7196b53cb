//! A person with its touches and visits, from which the journeys to all of its conversions are told.

use std::cell::OnceCell;

use rusqlite::{Connection, params};

use super::identity::{ALWAYS, Person, Span};
use super::journey::Journey;
use super::touches::{Touch, person_touches};
use crate::store::StoreError;

/// Whose journeys are asked for.
#[derive(Debug)]
pub struct Traveller {
    /// Oldest first.
    pub touches: Vec<Touch>,
    /// The users and anonymous ids, with the times in which they are the person's.
    subjects: Vec<(i64, Vec<Span>)>,
    /// Read when it is first needed.
    visits: OnceCell<Vec<Visit>>,
}

/// A session, direct or not; or a touch that belongs to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Visit {
    started_ms: i64,
    session_key: i64,
}

impl Traveller {
    pub fn of(connection: &Connection, person: &Person) -> Result<Self, StoreError> {
        let users = person.users.iter().map(|user| (user.id, vec![ALWAYS]));
        let anonymous = person.anonymous.iter().map(|owned| (owned.known.id, owned.spans.clone()));
        let subjects = users.chain(anonymous).collect();
        Ok(Self { touches: person_touches(connection, person)?, subjects, visits: OnceCell::new() })
    }

    /// Somebody whose users and anonymous ids are nobody else's, with these touches.
    #[must_use]
    pub fn sole_owner(subjects: &[i64], touches: Vec<Touch>) -> Self {
        let subjects = subjects.iter().map(|&subject| (subject, vec![ALWAYS])).collect();
        Self { touches, subjects, visits: OnceCell::new() }
    }

    /// What brought the person until then.
    #[must_use]
    pub fn journey(&self, at_ms: i64, window_ms: i64) -> Journey<'_> {
        Journey::until(&self.touches, at_ms, window_ms)
    }

    /// The touch of the visit in which something happened, by its place in the journey until then; of the last visit before if
    /// it happened in none (a server said it). Nothing if that visit was a direct one.
    pub fn of_last_visit(
        &self,
        connection: &Connection,
        journey: &Journey<'_>,
        session: Option<i64>,
        at_ms: i64,
    ) -> Result<Option<usize>, StoreError> {
        if journey.touches.is_empty() {
            return Ok(None);
        }
        if let Some(session) = session {
            return Ok(journey.last_of_session(session));
        }
        let visits = self.visits(connection)?;
        let before = &visits[..visits.partition_point(|visit| visit.started_ms <= at_ms)];
        let Some(last) = before.last() else { return Ok(None) };
        // Of visits that began in the same millisecond the one that was no direct one counts.
        let together = before.iter().rev().take_while(|visit| visit.started_ms == last.started_ms);
        Ok(together.filter_map(|visit| journey.last_of_session(visit.session_key)).max())
    }

    /// The users and anonymous ids whose events say in which sessions the person was, if that matters at all.
    pub fn visitors(&self) -> impl Iterator<Item = i64> {
        let has_touches = !self.touches.is_empty();
        self.subjects.iter().map(|(subject, _)| *subject).filter(move |_| has_touches)
    }

    /// Tells in which sessions the person was, so that nobody has to read it: row ids, and when each began.
    pub fn know_sessions(&self, sessions: impl Iterator<Item = (i64, i64)>) {
        self.visits.get_or_init(|| self.all_visits(sessions));
    }

    /// All visits since the first that brought a touch, in order.
    fn visits(&self, connection: &Connection) -> Result<&[Visit], StoreError> {
        if let Some(visits) = self.visits.get() {
            return Ok(visits);
        }
        let mut sessions = Vec::new();
        if let Some(first) = self.all_visits(std::iter::empty()).first() {
            for (subject, spans) in &self.subjects {
                for span in spans.iter().filter(|span| span.until_ms > first.started_ms) {
                    let from_ms = span.from_ms.max(first.started_ms);
                    add_sessions(connection, *subject, from_ms, span.until_ms, &mut sessions)?;
                }
            }
        }
        Ok(self.visits.get_or_init(|| self.all_visits(sessions.into_iter())))
    }

    /// These sessions, and what the touches say of visits.
    fn all_visits(&self, sessions: impl Iterator<Item = (i64, i64)>) -> Vec<Visit> {
        let of_touches = self.touches.iter().filter(|touch| touch.is_of_session).map(|touch| Visit {
            started_ms: if touch.session_key < 0 { touch.time_ms } else { touch.session_started_ms },
            session_key: touch.session_key,
        });
        let others = sessions.map(|(session_key, started_ms)| Visit { started_ms, session_key });
        let mut visits: Vec<_> = of_touches.chain(others).collect();
        visits.sort_unstable();
        visits.dedup();
        visits
    }
}

/// Adds the sessions in which a subject's events from `from_ms` on and up to before `until_ms` are, and when each began.
fn add_sessions(
    connection: &Connection,
    subject: i64,
    from_ms: i64,
    until_ms: i64,
    sessions: &mut Vec<(i64, i64)>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(include_str!("journey_sessions.sql"))?;
    let mut rows = statement.query(params![subject, from_ms, until_ms])?;
    while let Some(row) = rows.next()? {
        sessions.push((row.get(0)?, row.get(1)?));
    }
    Ok(())
}
