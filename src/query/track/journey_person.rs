//! A person with its touches and visits, from which the journeys to all of its conversions are told.

use std::cell::OnceCell;

use rusqlite::{Connection, params};

use super::identity::{self, Person};
use super::journey::Journey;
use super::touches::{Touch, person_touches};
use crate::store::StoreError;

/// Whose journeys are asked for.
#[derive(Debug)]
pub struct Traveller {
    pub person: Person,
    pub touches: Vec<Touch>,
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
    /// The person for whom a row id stands.
    pub fn find(connection: &Connection, root: i64) -> Result<Option<Self>, StoreError> {
        identity::person(connection, root)?.map(|person| Self::of(connection, person)).transpose()
    }

    pub fn of(connection: &Connection, person: Person) -> Result<Self, StoreError> {
        let touches = person_touches(connection, &person)?;
        Ok(Self { person, touches, visits: OnceCell::new() })
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

    /// All visits since the first that brought a touch, in order.
    fn visits(&self, connection: &Connection) -> Result<&[Visit], StoreError> {
        if let Some(visits) = self.visits.get() {
            return Ok(visits);
        }
        let of_touches = self.touches.iter().filter(|touch| touch.is_of_session).map(|touch| Visit {
            started_ms: if touch.session_key < 0 { touch.time_ms } else { touch.session_started_ms },
            session_key: touch.session_key,
        });
        let mut visits: Vec<_> = of_touches.collect();
        if let Some(first_ms) = visits.iter().map(|visit| visit.started_ms).min() {
            for user in &self.person.users {
                add_sessions(connection, user.id, first_ms, i64::MAX, &mut visits)?;
            }
            for owned in &self.person.anonymous {
                for span in owned.spans.iter().filter(|span| span.until_ms > first_ms) {
                    add_sessions(connection, owned.known.id, span.from_ms.max(first_ms), span.until_ms, &mut visits)?;
                }
            }
        }
        visits.sort_unstable();
        visits.dedup();
        Ok(self.visits.get_or_init(|| visits))
    }
}

/// Adds the sessions in which a subject's events from `from_ms` on and up to before `until_ms` are.
fn add_sessions(
    connection: &Connection,
    subject: i64,
    from_ms: i64,
    until_ms: i64,
    visits: &mut Vec<Visit>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(include_str!("journey_sessions.sql"))?;
    let mut rows = statement.query(params![subject, from_ms, until_ms])?;
    while let Some(row) = rows.next()? {
        visits.push(Visit { session_key: row.get(0)?, started_ms: row.get(1)? });
    }
    Ok(())
}
