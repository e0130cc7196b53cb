//! Requests of a person: they stay, for the figures of their routes, and no longer say whose they were.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::erasure::{Erased, Erasure};
use crate::domain::track::IdentifierKind;
use crate::store::StoreError;
use crate::store::traffic::distinct::Distinct;
use crate::store::traffic::fact::rolled_up_id;
use crate::store::traffic::grain::Grain;
use crate::store::value::blob;

/// Takes the person out of its requests and out of the figures of users; returns the row ids of the users it was.
pub fn erase(connection: &Connection, erasure: &Erasure, erased: &mut Erased) -> Result<Vec<i64>, StoreError> {
    let mut users = Vec::new();
    for known in erasure.identifiers.iter().filter(|known| known.identifier.kind == IdentifierKind::User) {
        let user: Option<i64> = connection
            .prepare_cached("SELECT id FROM traffic_user WHERE project_id = ?1 AND external_id = ?2")?
            .query_row(params![erasure.project.0, known.identifier.value], |row| row.get(0))
            .optional()?;
        users.extend(user);
    }
    let mut sessions = BTreeSet::new();
    for &user in &users {
        let mut statement = connection.prepare_cached(include_str!("request_sessions.sql"))?;
        for session in statement.query_map([user], |row| row.get::<_, i64>(0))? {
            sessions.insert(session?);
        }
        leave_rollups(connection, erasure.project.0, user)?;
        erased.requests += blank(connection, include_str!("blank_requests_of_user.sql"), user)?;
        connection.prepare_cached("DELETE FROM traffic_user WHERE id = ?1")?.execute([user])?;
    }
    // The rows of the users have left their sessions. What remains there is somebody else's if it names anybody, else
    // what the person did before saying who it was.
    for session in sessions {
        if !connection.prepare_cached(include_str!("session_has_users.sql"))?.exists([session])? {
            erased.requests += blank(connection, include_str!("blank_requests_of_session.sql"), session)?;
            connection.prepare_cached("DELETE FROM traffic_session WHERE id = ?1")?.execute([session])?;
        }
    }
    Ok(users)
}

fn blank(connection: &Connection, sql: &str, id: i64) -> Result<u64, rusqlite::Error> {
    Ok(connection.prepare_cached(sql)?.execute([id])? as u64)
}

/// Takes a user out of the rollups of its requests: its own figures, and the sets of users that are kept by id. Beyond
/// 1,024 users a set is an estimate, from which nobody can be told or taken.
fn leave_rollups(connection: &Connection, project: i64, user: i64) -> Result<(), StoreError> {
    let mut minutes: BTreeSet<i64> = BTreeSet::new();
    let mut statement = connection.prepare_cached(include_str!("request_times.sql"))?;
    for at_ms in statement.query_map([user, rolled_up_id(connection)?], |row| row.get(0))? {
        minutes.insert(Grain::Minute.bucket(at_ms?));
    }
    for grain in Grain::ALL {
        let buckets: BTreeSet<i64> =
            minutes.iter().map(|minute| grain.bucket(Grain::Minute.start_ms(*minute))).collect();
        for bucket in buckets {
            connection.prepare_cached(include_str!("user_rollup.sql"))?.execute([
                project,
                grain as i64,
                bucket,
                user,
            ])?;
            leave_bucket(connection, project, grain, bucket, user)?;
        }
    }
    Ok(())
}

fn leave_bucket(connection: &Connection, project: i64, grain: Grain, bucket: i64, user: i64) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(include_str!("bucket_users.sql"))?;
    let mut rows = statement.query([project, grain as i64, bucket])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let mut users = Distinct::decode(blob(row, 0)?)?;
    drop(rows);
    if users.remove(user) {
        connection.prepare_cached(include_str!("put_bucket_users.sql"))?.execute(params![
            project,
            grain as i64,
            bucket,
            users.encode()
        ])?;
    }
    Ok(())
}
