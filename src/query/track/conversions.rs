//! Conversions: events that count as a success, in order of time.

use rusqlite::{Connection, Row, params};

use super::identity::Person;
use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// Which conversions are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversionFilter {
    pub project: ProjectId,
    /// First and last millisecond.
    pub from_ms: i64,
    pub to_ms: i64,
    /// Dictionary id of the event's name.
    pub name: Option<i64>,
    /// Dictionary id of the currency.
    pub currency: Option<i64>,
    /// Only those whose amount is revenue.
    pub only_revenue: bool,
}

/// A conversion as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    pub time_ms: i64,
    /// Of the event.
    pub seq: i64,
    /// Dictionary id.
    pub name: i64,
    /// The user, else the anonymous id.
    pub subject: Option<i64>,
    /// Row id of the session that the client named.
    pub session: Option<i64>,
    pub is_revenue: bool,
    /// Millionths of the currency's unit; absent if no amount was said.
    pub amount_micros: Option<i64>,
    /// Dictionary id.
    pub currency: i64,
}

/// A place in the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub time_ms: i64,
    pub seq: i64,
}

impl Conversion {
    #[must_use]
    pub fn place(&self) -> Place {
        Place { time_ms: self.time_ms, seq: self.seq }
    }
}

impl ConversionFilter {
    /// All conversions of a project.
    #[must_use]
    pub fn all(project: ProjectId) -> Self {
        Self { project, from_ms: i64::MIN, to_ms: i64::MAX, name: None, currency: None, only_revenue: false }
    }

    fn admits(&self, conversion: &Conversion) -> bool {
        self.name.is_none_or(|name| name == conversion.name)
            && self.currency.is_none_or(|currency| currency == conversion.currency)
            && (conversion.is_revenue || !self.only_revenue)
    }
}

/// Hands out the conversions of a range behind a place, oldest first, as long as `take` wants more.
pub fn walk(
    connection: &Connection,
    filter: &ConversionFilter,
    after: Option<Place>,
    mut take: impl FnMut(Conversion) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let after = after.unwrap_or(Place { time_ms: filter.from_ms, seq: i64::MIN });
    let mut statement = connection.prepare_cached(include_str!("conversions_oldest.sql"))?;
    let mut rows = statement.query(params![filter.project.0, after.time_ms, after.seq, filter.to_ms])?;
    while let Some(row) = rows.next()? {
        let conversion = read(row)?;
        if filter.admits(&conversion) && !take(conversion)? {
            break;
        }
    }
    Ok(())
}

/// The newest conversions before a place, at most `limit`; of one person or of all.
pub fn newest(
    connection: &Connection,
    filter: &ConversionFilter,
    person: Option<&Person>,
    before: Option<Place>,
    limit: usize,
) -> Result<Vec<Conversion>, StoreError> {
    let before = before.unwrap_or(Place { time_ms: i64::MAX, seq: i64::MAX });
    let before = if before.time_ms > filter.to_ms { Place { time_ms: filter.to_ms, seq: i64::MAX } } else { before };
    let mut found = Vec::new();
    let Some(person) = person else {
        let mut statement = connection.prepare_cached(include_str!("conversions_newest.sql"))?;
        let mut rows = statement.query(params![filter.project.0, before.time_ms, before.seq, filter.from_ms])?;
        while let Some(row) = rows.next()?
            && found.len() < limit
        {
            found.extend(Some(read(row)?).filter(|conversion| filter.admits(conversion)));
        }
        return Ok(found);
    };
    let subjects = person.users.iter().chain(person.anonymous.iter().map(|owned| &owned.known)).map(|known| known.id);
    let mut statement = connection.prepare_cached(include_str!("conversions_of_subject.sql"))?;
    for subject in subjects {
        let mut left = limit;
        let mut rows =
            statement.query(params![subject, before.time_ms, before.seq, filter.from_ms, filter.project.0])?;
        while let Some(row) = rows.next()?
            && left > 0
        {
            let conversion = read(row)?;
            if filter.admits(&conversion) && person.owns(subject, conversion.time_ms) {
                found.push(conversion);
                left -= 1;
            }
        }
    }
    found.sort_unstable_by_key(|conversion| std::cmp::Reverse(conversion.place()));
    found.truncate(limit);
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Conversion, rusqlite::Error> {
    Ok(Conversion {
        time_ms: row.get(0)?,
        seq: row.get(1)?,
        name: row.get(2)?,
        subject: row.get(3)?,
        session: row.get(4)?,
        is_revenue: row.get(5)?,
        amount_micros: row.get(6)?,
        currency: row.get(7)?,
    })
}
