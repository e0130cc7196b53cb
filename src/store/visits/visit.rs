//! A visit as a row.

use rusqlite::{Connection, Row, params};

use super::due::SessionKind;
use super::marks;
use crate::domain::country::Country;
use crate::domain::id::ProjectId;
use crate::domain::visit::{Channel, DeviceClass, Mark, VisitSource};
use crate::store::StoreError;
use crate::store::pack::Damaged;
use crate::store::value::blob;

/// Dictionary ids of what a visit tells; 0: not told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    pub host: i64,
    pub referrer: i64,
    pub source: i64,
    pub medium: i64,
    pub campaign: i64,
    pub term: i64,
    pub content: i64,
    pub click_key: i64,
    pub browser: i64,
    pub os: i64,
    /// Paths of the first and last page view.
    pub entry: i64,
    pub exit: i64,
}

/// A visit; the columns are those of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    pub project: ProjectId,
    pub started_ms: i64,
    pub source: VisitSource,
    pub session: i64,
    pub ended_ms: i64,
    /// A keyed hash of whoever it is.
    pub visitor: i64,
    /// Row id of the identified user, in the table of the source's protocol.
    pub user: Option<i64>,
    pub channel: Channel,
    pub device: DeviceClass,
    pub country: Country,
    pub told: Told,
    pub view_count: u64,
    pub event_count: u64,
    pub marks: Vec<Mark>,
}

impl Visit {
    /// Reads a row of `visits_of_session.sql` or `visits_of_day.sql`, which have the same columns.
    pub fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            project: ProjectId(row.get(0)?),
            started_ms: row.get(1)?,
            source: VisitSource::from_number(row.get(2)?).ok_or(Damaged)?,
            session: row.get(3)?,
            ended_ms: row.get(4)?,
            visitor: row.get(5)?,
            user: row.get(6)?,
            channel: Channel::from_number(row.get(7)?).ok_or(Damaged)?,
            device: DeviceClass::from_number(row.get(8)?).ok_or(Damaged)?,
            told: Told {
                host: row.get(9)?,
                referrer: row.get(10)?,
                source: row.get(11)?,
                medium: row.get(12)?,
                campaign: row.get(13)?,
                term: row.get(14)?,
                content: row.get(15)?,
                click_key: row.get(16)?,
                browser: row.get(17)?,
                os: row.get(18)?,
                entry: row.get(19)?,
                exit: row.get(20)?,
            },
            view_count: row.get(21)?,
            event_count: row.get(22)?,
            marks: marks::unpack(blob(row, 23)?)?,
            country: Country::from_number(row.get(24)?),
        })
    }

    /// Takes the visit away.
    pub fn delete(&self, connection: &Connection) -> Result<(), StoreError> {
        connection.prepare_cached(include_str!("delete_visit.sql"))?.execute(params![
            self.project.0,
            self.started_ms,
            self.source as u8,
            self.session
        ])?;
        Ok(())
    }

    /// Adds the visit.
    pub fn insert(&self, connection: &Connection) -> Result<(), StoreError> {
        let told = &self.told;
        connection.prepare_cached(include_str!("insert_visit.sql"))?.execute(params![
            self.project.0,
            self.started_ms,
            self.source as u8,
            self.session,
            self.ended_ms,
            self.visitor,
            self.user,
            self.channel as u8,
            self.device as u8,
            told.host,
            told.referrer,
            told.source,
            told.medium,
            told.campaign,
            told.term,
            told.content,
            told.click_key,
            told.browser,
            told.os,
            told.entry,
            told.exit,
            self.view_count,
            self.event_count,
            marks::pack(&self.marks),
            self.country.number(),
        ])?;
        Ok(())
    }
}

/// The visits of a session, in the order of their time.
pub fn of_session(connection: &Connection, kind: SessionKind, session: i64) -> Result<Vec<Visit>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("visits_of_session.sql"))?;
    let mut rows = statement.query(params![session, kind as u8])?;
    let mut visits = Vec::new();
    while let Some(row) = rows.next()? {
        visits.push(Visit::read(row)?);
    }
    Ok(visits)
}
