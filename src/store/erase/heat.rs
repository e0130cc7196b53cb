//! What browsers told of a person: users of the same id, their sessions, events, and points in the heat index.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::erasure::{Erased, Erasure};
use crate::domain::heat::Kind;
use crate::domain::track::IdentifierKind;
use crate::store::StoreError;
use crate::store::heat::erase::Doomed;
use crate::store::heat::index::Stream;
use crate::store::heat::insert::hour_of;
use crate::store::heat::trail;
use crate::store::pack::Damaged;
use crate::store::value::Number;
use crate::store::visits::due::SessionKind;
use crate::store::visits::making::unmake;

/// Erases the heat side of the person.
pub fn erase(connection: &Connection, erasure: &Erasure, erased: &mut Erased) -> Result<(), StoreError> {
    let users = users(connection, erasure)?;
    let mut doomed = Doomed::default();
    for session in sessions(connection, &users)? {
        erased.heat_sessions += 1;
        unmake(connection, SessionKind::Heat, session, erasure.at_ms)?;
        erased.heat_rows += erase_session(connection, erasure.project.0, session, &users, &mut doomed)?;
    }
    doomed.erase(connection)?;
    for user in users {
        connection.prepare_cached("DELETE FROM heat_session_former_user WHERE user_id = ?1")?.execute([user])?;
        connection.prepare_cached("DELETE FROM heat_user WHERE id = ?1")?.execute([user])?;
    }
    Ok(())
}

fn users(connection: &Connection, erasure: &Erasure) -> Result<BTreeSet<i64>, rusqlite::Error> {
    let mut found = BTreeSet::new();
    for erased in erasure.identifiers.iter().filter(|erased| erased.identifier.kind == IdentifierKind::User) {
        let user: Option<i64> = connection
            .prepare_cached("SELECT id FROM heat_user WHERE project_id = ?1 AND external_id = ?2")?
            .query_row(params![erasure.project.0, erased.identifier.value], |row| row.get(0))
            .optional()?;
        found.extend(user);
    }
    Ok(found)
}

/// Sessions in which one of the users was identified, now or before somebody else.
fn sessions(connection: &Connection, users: &BTreeSet<i64>) -> Result<BTreeSet<i64>, rusqlite::Error> {
    let mut found = BTreeSet::new();
    for user in users {
        let mut statement = connection.prepare_cached(include_str!("heat_sessions.sql"))?;
        for session in statement.query_map([user], |row| row.get(0))? {
            found.insert(session?);
        }
    }
    Ok(found)
}

/// One row of events, as far as erasing looks at it.
struct Row {
    ts: f64,
    seq: i64,
    stream: Stream,
    user: Option<i64>,
    /// Of a trail, those of its points.
    times: Vec<f64>,
}

impl Row {
    fn read(row: &rusqlite::Row<'_>, project: i64) -> Result<Self, StoreError> {
        let ts = row.get::<_, Number>(0)?.0;
        let packed = row.get_ref(5)?.as_blob_or_null().map_err(|_| Damaged)?;
        let times = match packed {
            Some(packed) => trail::unpack(packed, ts)?.into_iter().map(|point| point.ts).collect(),
            None => vec![ts],
        };
        let kind = Kind::from_number(row.get(2)?).ok_or(Damaged)?;
        Ok(Self { ts, seq: row.get(1)?, stream: Stream { project, kind, path: row.get(3)? }, user: row.get(4)?, times })
    }

    fn hours(&self) -> impl Iterator<Item = i64> {
        self.times.iter().map(|ts| hour_of(*ts))
    }
}

/// Erases a session, or what in it is the person's if others used it, too; returns how many rows went, as the protocol
/// counts them.
fn erase_session(
    connection: &Connection,
    project: i64,
    session: i64,
    users: &BTreeSet<i64>,
    doomed: &mut Doomed,
) -> Result<u64, StoreError> {
    let others = others(connection, session, users)?;
    let mut hours = BTreeSet::new();
    let mut kept_hours = BTreeSet::new();
    let mut gone = Vec::new();
    let mut count = 0;
    let mut statement = connection.prepare_cached(include_str!("heat_rows.sql"))?;
    let mut rows = statement.query([session])?;
    while let Some(row) = rows.next()? {
        let row = Row::read(row, project)?;
        let is_gone = others.is_empty() || row.user.is_some_and(|user| users.contains(&user));
        if !is_gone {
            kept_hours.extend(row.hours());
            continue;
        }
        hours.extend(row.hours());
        let points = i64::try_from(row.times.len()).unwrap_or(i64::MAX);
        doomed.add(row.stream, (row.seq, points));
        count += points;
        if !others.is_empty() {
            gone.push((row.ts, row.seq));
        }
    }
    drop(rows);
    for hour in hours.difference(&kept_hours) {
        connection
            .prepare_cached("DELETE FROM heat_session_hour WHERE project_id = ?1 AND hour = ?2 AND session_id = ?3")?
            .execute([project, *hour, session])?;
    }
    if others.is_empty() {
        connection.prepare_cached("DELETE FROM heat_event WHERE session_id = ?1")?.execute([session])?;
        connection.prepare_cached("DELETE FROM heat_session WHERE id = ?1")?.execute([session])?;
    } else {
        for (ts, seq) in gone {
            connection
                .prepare_cached("DELETE FROM heat_event WHERE session_id = ?1 AND ts = ?2 AND seq = ?3")?
                .execute(params![session, Number(ts), seq])?;
        }
        let latest = others.last().copied();
        connection
            .prepare_cached("UPDATE heat_session SET row_count = row_count - ?2 WHERE id = ?1")?
            .execute([session, count])?;
        for user in users {
            connection
                .prepare_cached("UPDATE heat_session SET user_id = ?3 WHERE id = ?1 AND user_id = ?2")?
                .execute(params![session, user, latest])?;
        }
    }
    Ok(count.unsigned_abs())
}

/// Other users who were identified in a session, in the order of their last rows.
fn others(connection: &Connection, session: i64, users: &BTreeSet<i64>) -> Result<Vec<i64>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(include_str!("heat_users_of_session.sql"))?;
    let found: Vec<i64> = statement.query_map([session], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found.into_iter().filter(|user| !users.contains(user)).collect())
}
