//! Writes one batch of requests inside the writer's open transaction.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::fact::{Fact, OTHER_METHOD_ID, is_registered, rolled_up_id};
use super::request_rows::{RequestRow, RequestRows, bounded};
use super::rollup::Rollup;
use super::session_ids::SessionIds;
use super::user_ids::UserIds;
use crate::domain::batch::Receipt;
use crate::domain::id::ProjectId;
use crate::domain::traffic::TrafficBatch;
use crate::store::StoreError;
use crate::store::dictionary::Dictionary;
use crate::store::registry;

/// What the writer remembers between batches. Everything in it can be read from the file again.
#[derive(Debug)]
pub struct TrafficWriter {
    /// Rows that are stored, or will be with the open transaction, and not yet in the rollups.
    pub rollup: Rollup,
    dictionary: Dictionary,
    users: UserIds,
    sessions: SessionIds,
    /// Unknown after a rollback.
    next_id: Option<i64>,
}

impl TrafficWriter {
    pub fn new(connection: &Connection, dictionary: Dictionary) -> Result<Self, rusqlite::Error> {
        let rollup = rollup(connection)?;
        Ok(Self { rollup, dictionary, users: UserIds::default(), sessions: SessionIds::default(), next_id: None })
    }

    /// Forgets everything that a rolled back transaction may have said.
    pub fn forget(&mut self) {
        self.dictionary.forget();
        self.users.forget();
        self.sessions.forget();
        self.next_id = None;
    }

    /// Reads from the file which rows are not in the rollups: somebody else may have added some, or rolled some up.
    pub fn read_again(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        self.rollup = rollup(connection)?;
        Ok(())
    }

    /// Writes the batch and gives its records their ids and the time `now_ms` at which they were stored, in the order
    /// in which the requests ended.
    pub fn insert(
        &mut self,
        connection: &Connection,
        batch: &mut TrafficBatch,
        now_ms: i64,
    ) -> Result<Receipt, StoreError> {
        leave_deleted(connection, batch)?;
        batch.records.sort_by_key(|record| record.ended_at_ms);
        let mut next_id = match self.next_id {
            Some(next_id) => next_id,
            // An id is never given twice, also where rows have been deleted.
            None => last_id(connection)?.max(rolled_up_id(connection)?) + 1,
        };
        for record in &mut batch.records {
            record.id = next_id;
            // Only a history that is written afterwards says when it arrived, in order.
            record.created_at_ms = if record.created_at_ms == 0 { now_ms } else { record.created_at_ms.min(now_ms) };
            next_id += 1;
        }
        let users = self.users.of_batch(connection, &batch.records)?;
        let sessions = self.sessions.of_batch(connection, &batch.records)?;
        let mut rows = RequestRows::new(connection)?;
        for record in &batch.records {
            let user = record.user.as_ref().and_then(|user| users.get(&(record.project, &*user.id)));
            let session = record.session_id.as_deref().and_then(|id| sessions.get(&(record.project, id)));
            let user_agent = record.user_agent.as_deref();
            let row = RequestRow {
                record,
                method_id: self.dictionary.id(connection, &record.method)?,
                route_id: self.dictionary.id(connection, &record.route)?,
                host_id: self.dictionary.id(connection, &record.host)?,
                user_agent_id: user_agent.map(|text| self.dictionary.id(connection, text)).transpose()?,
                user_id: user.copied(),
                session_id: session.copied(),
            };
            self.rollup.add(fact(&row));
            rows.add(row)?;
        }
        rows.flush()?;
        self.next_id = Some(next_id);
        Ok(Receipt::default())
    }
}

/// Leaves out what was recorded for a project that was deleted meanwhile: the proxy may still have it as its own.
fn leave_deleted(connection: &Connection, batch: &mut TrafficBatch) -> Result<(), rusqlite::Error> {
    let projects: BTreeSet<ProjectId> = batch.records.iter().map(|record| record.project).collect();
    for project in projects {
        if registry::is_deleted(connection, project)? {
            batch.records.retain(|record| record.project != project);
        }
    }
    Ok(())
}

fn rollup(connection: &Connection) -> Result<Rollup, rusqlite::Error> {
    Ok(Rollup::new(rolled_up_id(connection)?, last_id(connection)?))
}

fn last_id(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.prepare_cached("SELECT COALESCE(MAX(id), 0) FROM traffic_request")?.query_row([], |row| row.get(0))
}

/// What rollups need of a row; the same that they would read from the file.
fn fact(row: &RequestRow<'_>) -> Fact {
    let record = row.record;
    Fact {
        id: record.id,
        project_id: record.project.0,
        created_at_ms: record.created_at_ms,
        route_id: row.route_id,
        method_id: if is_registered(&record.method) { row.method_id } else { OTHER_METHOD_ID },
        user_id: row.user_id,
        status: record.status,
        is_slow: record.is_slow,
        duration_us: bounded(record.duration_us).cast_unsigned(),
        bytes_in: bounded(record.bytes_in).cast_unsigned(),
        bytes_out: bounded(record.bytes_out).cast_unsigned(),
    }
}
