//! Where anonymous ids, devices and external ids lead, and when (datalyr.md 7.4).

use rusqlite::{Connection, Row, Rows, params};

use super::{MAX_MEMBERS, Span};
use crate::domain::track::IdentifierKind;
use crate::store::StoreError;

/// What an identifier is tied to: a proven user, or an anonymous id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub id: i64,
    /// Of a user: what its person is listed by; absent for an anonymous id.
    pub person: Option<i64>,
}

/// Everything that an identifier was ever tied to, as far as it counts.
pub fn targets(connection: &Connection, from: i64) -> Result<Vec<Target>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("targets.sql"))?;
    let rows = statement.query_map(params![from, MAX_MEMBERS], |row| target(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a device or an external id stands for at a time.
pub fn target_at(connection: &Connection, from: i64, time_ms: i64) -> Result<Option<Target>, StoreError> {
    said_at(connection, from, time_ms, |_| true)
}

/// The person an anonymous id belongs to at a time; nobody if it was never tied to a proven user.
pub fn user_at(connection: &Connection, anonymous: i64, time_ms: i64) -> Result<Option<i64>, StoreError> {
    let target = said_at(connection, anonymous, time_ms, |target| target.person.is_some())?;
    Ok(target.and_then(|target| target.person))
}

/// What was said last at or before a time; else what was said first after it.
fn said_at(
    connection: &Connection,
    from: i64,
    time_ms: i64,
    counts: impl Fn(&Target) -> bool,
) -> Result<Option<Target>, StoreError> {
    let mut before = connection.prepare_cached(include_str!("ties_until.sql"))?;
    if let Some(target) = first_said(before.query(params![from, time_ms])?, &counts)? {
        return Ok(Some(target));
    }
    let mut after = connection.prepare_cached(include_str!("ties_after.sql"))?;
    Ok(first_said(after.query(params![from, time_ms])?, &counts)?)
}

/// The persons an anonymous id belongs to, each from when until when; nothing if it was never tied to a proven user.
pub fn owners(connection: &Connection, anonymous: i64) -> Result<Vec<(Span, i64)>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("ties_after.sql"))?;
    let mut rows = statement.query(params![anonymous, i64::MIN])?;
    let mut owners: Vec<(Span, i64)> = Vec::new();
    let mut said: Option<Said> = None;
    while let Some(row) = rows.next()? {
        let next = Said::read(row)?;
        if next.target.person.is_none() {
            continue;
        }
        match &mut said {
            Some(now) if now.time_ms == next.time_ms => now.prefer(next),
            _ => {
                if let Some(done) = said.replace(next) {
                    turn_to(&mut owners, &done);
                }
            }
        }
    }
    if let Some(last) = said {
        turn_to(&mut owners, &last);
    }
    Ok(owners)
}

/// From this tie on, another person owns the anonymous id; the first one owns it from the beginning of time.
fn turn_to(owners: &mut Vec<(Span, i64)>, said: &Said) {
    let Some(person) = said.target.person else { return };
    let from_ms = match owners.last_mut() {
        Some((_, owner)) if *owner == person => return,
        Some((span, _)) => {
            span.until_ms = said.time_ms;
            said.time_ms
        }
        None => i64::MIN,
    };
    owners.push((Span { from_ms, until_ms: i64::MAX }, person));
}

/// A tie and when it was made.
struct Said {
    time_ms: i64,
    target: Target,
    value: String,
}

impl Said {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self { time_ms: row.get(0)?, target: target(row, 1)?, value: row.get(4)? })
    }

    /// Of two ties of the same time users come before anonymous ids, and then the greater text: rows come in an order
    /// that depends on which event arrived first.
    fn prefer(&mut self, other: Self) {
        let rank = |said: &Self| (said.target.person.is_some(), said.value.clone());
        if rank(&other) > rank(self) {
            *self = other;
        }
    }
}

/// The tie that counts among those of the first time in `rows`.
fn first_said(mut rows: Rows<'_>, counts: impl Fn(&Target) -> bool) -> Result<Option<Target>, rusqlite::Error> {
    let mut first: Option<Said> = None;
    while let Some(row) = rows.next()? {
        let next = Said::read(row)?;
        if !counts(&next.target) {
            continue;
        }
        match &mut first {
            None => first = Some(next),
            Some(first) if first.time_ms == next.time_ms => first.prefer(next),
            Some(_) => break,
        }
    }
    Ok(first.map(|said| said.target))
}

/// Reads a target from its id, its kind and its person, which begin at a column.
fn target(row: &Row<'_>, at: usize) -> Result<Target, rusqlite::Error> {
    let (id, kind): (i64, u8) = (row.get(at)?, row.get(at + 1)?);
    let person: Option<i64> = row.get(at + 2)?;
    let is_user = kind == IdentifierKind::User.code();
    Ok(Target { id, person: is_user.then(|| person.unwrap_or(id)) })
}
