//! One request as it is stored, with its texts.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};

use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::traffic::{Failure, Protocol, TrafficRecord, TrafficUser};
use crate::query::texts::Lookup;
use crate::store::StoreError;

/// Reads the records of one answer; each text and user is looked up once.
pub struct Records<'c> {
    connection: &'c Connection,
    texts: Lookup<'c>,
    users: HashMap<i64, Option<TrafficUser>>,
}

impl<'c> Records<'c> {
    #[must_use]
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, texts: Lookup::new(connection), users: HashMap::new() }
    }

    /// The record with a row id.
    pub fn find(&mut self, id: i64) -> Result<Option<TrafficRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(include_str!("request.sql"))?;
        let mut rows = statement.query([id])?;
        rows.next()?.map(|row| self.read(row)).transpose()
    }

    /// The records with these row ids, in their order.
    pub fn all(&mut self, ids: &[i64]) -> Result<Vec<TrafficRecord>, StoreError> {
        let mut records = Vec::with_capacity(ids.len());
        for id in ids {
            records.extend(self.find(*id)?);
        }
        Ok(records)
    }

    fn read(&mut self, row: &Row<'_>) -> Result<TrafficRecord, StoreError> {
        let created_at_ms: i64 = row.get(2)?;
        let stored_after_ms: i64 = row.get(3)?;
        let route = self.texts.text(row.get(12)?)?;
        let url: Option<String> = row.get(18)?;
        let user = match row.get(15)? {
            Some(user) => self.user(user)?,
            None => None,
        };
        Ok(TrafficRecord {
            id: row.get(0)?,
            project: ProjectId(row.get(1)?),
            ended_at_ms: created_at_ms.saturating_sub(stored_after_ms),
            created_at_ms,
            duration_us: row.get(4)?,
            first_byte_us: row.get(5)?,
            upstream_us: row.get(6)?,
            status: row.get(7)?,
            is_slow: row.get(8)?,
            failure: row.get::<_, Option<i64>>(9)?.and_then(Failure::from_code),
            protocol: Protocol::from_code(row.get(10)?).unwrap_or(Protocol::Http11),
            method: self.texts.text(row.get(11)?)?,
            host: self.texts.text(row.get(13)?)?,
            original_url: url.map_or_else(|| Box::from(&*route), String::into_boxed_str),
            route,
            bytes_in: row.get(21)?,
            bytes_out: row.get(22)?,
            user,
            session_id: row.get(16)?,
            ip: row.get(17)?,
            country: Country::from_number(row.get(23)?),
            user_agent: self.texts.optional_text(row.get(14)?)?,
            referrer: row.get(19)?,
            trace_id: row.get(20)?,
        })
    }

    /// The dictionary's text.
    pub fn text(&mut self, id: i64) -> Result<Arc<str>, StoreError> {
        Ok(self.texts.text(id)?)
    }

    fn user(&mut self, id: i64) -> Result<Option<TrafficUser>, StoreError> {
        if let Some(user) = self.users.get(&id) {
            return Ok(user.clone());
        }
        let user = self
            .connection
            .prepare_cached("SELECT external_id, name, email FROM traffic_user WHERE id = ?1")?
            .query_row([id], |row| Ok(TrafficUser { id: row.get(0)?, name: row.get(1)?, email: row.get(2)? }))
            .optional()?;
        self.users.insert(id, user.clone());
        Ok(user)
    }
}
