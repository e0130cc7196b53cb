//! Deleting a project: first nobody sees it any more and nobody can send to it, then its rows go in small steps.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, params};

use super::slice::Slice;
use super::{Stepped, events, heat, persons, requests, rollups, visits};
use crate::domain::id::ProjectId;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::heat::index::{PARTS, merge_part, tail_pieces};
use crate::store::value::blob;

/// How long a server may remember that a key opens the project, and a little more. The project's own row stays that long, so
/// that what comes meanwhile is found.
const GRACE_MS: i64 = 60_000;

/// Rows between two looks at the clock.
const AT_ONCE: usize = 128;

/// What a project is left without at once. Keys stay until the end: a key that is gone could be registered again.
const AT_THE_BEGINNING: [&str; 7] = [
    "UPDATE project_key SET revoked_at_ms = ?2 WHERE project_id = ?1 AND revoked_at_ms IS NULL",
    "UPDATE read_token SET revoked_at_ms = ?2 WHERE project_id = ?1 AND revoked_at_ms IS NULL",
    "UPDATE share_link SET revoked_at_ms = ?2 WHERE project_id = ?1 AND revoked_at_ms IS NULL",
    "DELETE FROM account_role WHERE project_id = ?1 AND ?2 IS NOT NULL",
    "DELETE FROM goal WHERE project_id = ?1 AND ?2 IS NOT NULL",
    "DELETE FROM saved_filter WHERE project_id = ?1 AND ?2 IS NOT NULL",
    "DELETE FROM project_origin WHERE project_id = ?1 AND ?2 IS NOT NULL",
];

/// Tables whose rows may be many, with what names a row of theirs. Those that others are found by come last.
const TABLES: [(&str, &str); 17] = [
    ("track_conversion", "project_id, time_ms, seq"),
    ("track_download_click", "project_id, address_hash, received_ms, seq"),
    ("track_pairing", "project_id, kind, value, subject_id"),
    ("track_key", "project_id, hash, seq"),
    ("track_email", "project_id, email, user_id"),
    ("track_suppression", "project_id, kind, hash"),
    ("track_quarantine", "id"),
    ("track_quarantine_count", "project_id"),
    ("traffic_session", "id"),
    ("traffic_user", "id"),
    ("heat_session_hour", "project_id, hour, session_id"),
    ("heat_doomed_run", "project_id, kind, path_id, first_seq"),
    ("heat_user", "id"),
    ("heat_chunk", "id"),
    ("visit", "project_id, started_ms, source, session_id"),
    ("visit_chunk", "project_id, day, part"),
    ("import_source", "kind, fingerprint, project_id"),
];

/// Secrets go last, with the project itself, and what a page that was open has still set.
const AT_THE_END: [&str; 9] = [
    // Sources that name their own projects may be imported again: what is still there is left as it is.
    "DELETE FROM import_source WHERE project_id IN (?1, 0)",
    "DELETE FROM account_role WHERE project_id = ?1",
    "DELETE FROM goal WHERE project_id = ?1",
    "DELETE FROM saved_filter WHERE project_id = ?1",
    "DELETE FROM project_origin WHERE project_id = ?1",
    "DELETE FROM project_key WHERE project_id = ?1",
    "DELETE FROM read_token WHERE project_id = ?1",
    "DELETE FROM share_link WHERE project_id = ?1",
    "DELETE FROM project WHERE id = ?1",
];

/// Why a project cannot be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleting {
    /// It is hidden, and its rows go from now on.
    Begun,
    /// There must be one project.
    IsTheOnlyOne,
    /// It is not there, or goes already.
    NotFound,
}

/// Begins to delete a project. To be called inside a transaction.
pub fn begin(connection: &Connection, project: ProjectId, now_ms: i64) -> Result<Deleting, StoreError> {
    let ids: Vec<i64> = connection
        .prepare_cached("SELECT id FROM project WHERE deleted_at_ms IS NULL")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if !ids.contains(&project.0) {
        return Ok(Deleting::NotFound);
    }
    if ids.len() < 2 {
        return Ok(Deleting::IsTheOnlyOne);
    }
    for sql in AT_THE_BEGINNING {
        connection.prepare_cached(sql)?.execute([project.0, now_ms])?;
    }
    connection
        .prepare_cached("UPDATE project SET deleted_at_ms = ?2, workspace_id = NULL WHERE id = ?1")?
        .execute([project.0, now_ms])?;
    Ok(Deleting::Begun)
}

/// A project that goes, and since when.
pub fn next(connection: &Connection) -> Result<Option<(i64, i64)>, rusqlite::Error> {
    connection
        .prepare_cached(include_str!("deleted_project.sql"))?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// How many projects go.
pub fn count(connection: &Connection) -> Result<u64, rusqlite::Error> {
    connection
        .prepare_cached("SELECT COUNT(*) FROM project WHERE deleted_at_ms IS NOT NULL")?
        .query_row([], |row| row.get(0))
}

/// Deletes rows of a project, and in the end the project itself, if nobody can remember it any more.
pub fn step(connection: &Connection, hash: TextHash, slice: Slice, is_forgotten: bool) -> Result<Stepped, StoreError> {
    let project = slice.project;
    // What was noted to be made of it is not made any more.
    let mut rows = delete_due(connection, project)?;
    for stepped in [heat::step(connection, slice)?, heat::drain(connection, slice)?] {
        rows += stepped.rows;
        if !stepped.is_done {
            return Ok(Stepped::unfinished(rows));
        }
    }
    let steps: [&dyn Fn() -> Result<Stepped, StoreError>; 6] = [
        &|| visits::step(connection, slice),
        &|| requests::step(connection, slice),
        &|| rollups::step(connection, slice),
        &|| events::step(connection, hash, slice),
        &|| tables_step(connection, slice),
        &|| identifiers_step(connection, slice),
    ];
    for step in steps {
        let stepped = step()?;
        rows += stepped.rows;
        if !stepped.is_done || (stepped.rows > 0 && slice.is_over()) {
            return Ok(Stepped::unfinished(rows));
        }
    }
    if !is_forgotten || has_requests(connection, project)? {
        return Ok(Stepped { rows, is_done: true });
    }
    for sql in AT_THE_END {
        connection.prepare_cached(sql)?.execute([project])?;
    }
    connection.prepare_cached("UPDATE install SET last_project_id = MAX(last_project_id, ?1)")?.execute([project])?;
    Ok(Stepped { rows: rows + 1, is_done: true })
}

/// Takes a step of deleting a project of which nobody can remember anything: no server has the file open.
pub fn delete(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    patience: Duration,
) -> Result<Stepped, StoreError> {
    step(connection, hash, Slice::whole(project.0, Instant::now() + patience), true)
}

/// Whether nobody can remember any more that the project was there.
#[must_use]
pub fn is_forgotten(deleted_at_ms: i64, now_ms: i64) -> bool {
    // A clock that was set back does not make it wait for years.
    now_ms.abs_diff(deleted_at_ms) >= GRACE_MS.unsigned_abs()
}

/// Requests that are not in the rollups yet are left by `requests`; they go when they are.
fn has_requests(connection: &Connection, project: i64) -> Result<bool, rusqlite::Error> {
    connection.prepare_cached("SELECT 1 FROM traffic_request WHERE project_id = ?1 LIMIT 1")?.exists([project])
}

/// Sessions of the project are due no longer; returns how many were.
fn delete_due(connection: &Connection, project: i64) -> Result<u64, rusqlite::Error> {
    let mut rows = 0;
    for sql in [include_str!("delete_due_heat.sql"), include_str!("delete_due_track.sql")] {
        rows += connection.prepare_cached(sql)?.execute(params![project])? as u64;
    }
    Ok(rows)
}

fn tables_step(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    let mut rows = 0;
    for part in 0..PARTS {
        if is_in_tail(connection, slice.project, part)? {
            merge_part(connection, part)?;
            if slice.is_over() {
                return Ok(Stepped::unfinished(rows));
            }
        }
    }
    for (table, key) in TABLES {
        loop {
            let sql = format!(
                "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE project_id = ?1 LIMIT {AT_ONCE})"
            );
            let count = connection.prepare_cached(&sql)?.execute([slice.project])?;
            rows += count as u64;
            if count > 0 && slice.is_over() {
                return Ok(Stepped::unfinished(rows));
            }
            if count < AT_ONCE {
                break;
            }
        }
    }
    connection.prepare_cached("DELETE FROM visit_day WHERE project_id = ?1")?.execute([slice.project])?;
    Ok(Stepped { rows, is_done: true })
}

/// Whether a part of the heat index's tail has points of the project.
fn is_in_tail(connection: &Connection, project: i64, part: usize) -> Result<bool, StoreError> {
    let mut select = connection.prepare_cached("SELECT pieces FROM heat_tail WHERE part = ?1")?;
    let mut rows = select.query([part])?;
    while let Some(row) = rows.next()? {
        if tail_pieces(blob(row, 0)?)?.iter().any(|piece| piece.stream.project == project) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn identifiers_step(connection: &Connection, slice: Slice) -> Result<Stepped, StoreError> {
    let mut rows = 0;
    loop {
        let ids: Vec<i64> = connection
            .prepare_cached(include_str!("some_identifiers.sql"))?
            .query_map(params![slice.project, AT_ONCE], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in &ids {
            persons::forget(connection, *id)?;
        }
        rows += ids.len() as u64;
        if ids.len() < AT_ONCE {
            return Ok(Stepped { rows, is_done: true });
        }
        if slice.is_over() {
            return Ok(Stepped::unfinished(rows));
        }
    }
}
