//! What one person did in one order of time, whoever told it: app events, heat sessions, proxied requests.

use rusqlite::{Connection, OptionalExtension, params};

use super::conversions::Place;
use super::events::{self, EventFilter, Page, StoredEvent};
use super::identity::Person;
use crate::domain::id::{ClientId, ProjectId};
use crate::domain::traffic::TrafficRecord;
use crate::query::heat_events::Position;
use crate::query::texts::Lookup;
use crate::query::traffic::record::Records;
use crate::query::traffic::requests::find_user;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::value::Number;

/// Kinds of items; the place of an item among those of the same time is its row id times this, plus its kind's number.
const KINDS: i64 = 4;
const EVENT: i64 = 0;
const HEAT_SESSION: i64 = 1;
const REQUEST: i64 = 2;

/// One thing that a person did.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Event(Box<StoredEvent>),
    HeatSession(HeatVisit),
    /// Its time is when it was stored, right after it ended.
    Request(Box<TrafficRecord>),
}

/// A heat session in short.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatVisit {
    pub id: i64,
    pub external_id: ClientId,
    /// By the browser's clock: milliseconds since the epoch.
    pub started_at: f64,
    pub last_seen_at: f64,
    pub first_path: String,
    /// Rows as the original counts them.
    pub row_count: u64,
}

/// Which part of a timeline is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// First and last millisecond.
    pub from_ms: i64,
    pub to_ms: i64,
    pub is_descending: bool,
    /// Where the last page ended.
    pub after: Option<Position>,
    pub limit: usize,
    /// Also app events that default reports leave out.
    pub with_hidden: bool,
}

impl Item {
    /// Its place in the order of time.
    #[must_use]
    pub fn position(&self) -> Position {
        #[expect(clippy::cast_precision_loss, reason = "times are within 8.64e15, which doubles hold")]
        let at = |time_ms: i64, id: i64, kind: i64| Position { ts: time_ms as f64, seq: id * KINDS + kind };
        match self {
            Self::Event(event) => at(event.time_ms, event.seq, EVENT),
            Self::HeatSession(visit) => Position { ts: visit.started_at, seq: visit.id * KINDS + HEAT_SESSION },
            Self::Request(record) => at(record.created_at_ms, record.id, REQUEST),
        }
    }
}

/// A page of a person's timeline.
pub fn page(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    person: &Person,
    part: Part,
) -> Result<Vec<Item>, StoreError> {
    let filter = EventFilter {
        from_ms: part.from_ms,
        to_ms: part.to_ms,
        with_hidden: part.with_hidden,
        ..EventFilter::all(project)
    };
    let page = Page { is_descending: part.is_descending, after: part.place(EVENT), limit: part.limit };
    let events = events::list(connection, hash, &filter, Some(person), page)?;
    let mut items: Vec<Item> = events.into_iter().map(|event| Item::Event(Box::new(event))).collect();
    let mut visits = heat_sessions(connection, project, person, part)?;
    // Two users of the person may have been identified in one session.
    visits.sort_unstable_by_key(|visit| visit.id);
    visits.dedup_by_key(|visit| visit.id);
    items.extend(visits.into_iter().map(Item::HeatSession));
    for user in &person.users {
        let ids = requests(connection, project, &user.value, part)?;
        let records = Records::new(connection).all(&ids)?;
        items.extend(records.into_iter().map(|record| Item::Request(Box::new(record))));
    }
    let key = |item: &Item| item.position();
    items.sort_by(|one, other| {
        let (one, other) = (key(one), key(other));
        one.ts.total_cmp(&other.ts).then(one.seq.cmp(&other.seq))
    });
    if part.is_descending {
        items.reverse();
    }
    items.truncate(part.limit);
    Ok(items)
}

impl Part {
    /// Behind which row of a kind the page begins, in a table whose times are whole milliseconds.
    #[expect(clippy::cast_possible_truncation, reason = "what is out of range is the end of the range")]
    fn place(&self, kind: i64) -> Option<Place> {
        let after = self.after?;
        let is_whole = after.ts.fract() == 0.0;
        Some(match (is_whole, self.is_descending) {
            (true, _) => Place { time_ms: after.ts as i64, seq: self.row(after.seq, kind) },
            (false, false) => Place { time_ms: after.ts.floor() as i64, seq: i64::MAX },
            (false, true) => Place { time_ms: after.ts.ceil() as i64, seq: i64::MIN },
        })
    }

    /// The row of a kind that is beside a place among items of one time: those beyond it are beyond the place.
    fn row(&self, seq: i64, kind: i64) -> i64 {
        let below = seq.saturating_sub(kind).div_euclid(KINDS);
        let is_between = seq.saturating_sub(kind).rem_euclid(KINDS) != 0;
        if self.is_descending && is_between { below.saturating_add(1) } else { below }
    }
}

fn heat_sessions(
    connection: &Connection,
    project: ProjectId,
    person: &Person,
    part: Part,
) -> Result<Vec<HeatVisit>, StoreError> {
    let begin = part.after.map(|after| Position { ts: after.ts, seq: part.row(after.seq, HEAT_SESSION) });
    let (sql, begin) = if part.is_descending {
        let top = Position { ts: f64::INFINITY, seq: i64::MAX };
        (include_str!("person_timeline/heat_newest.sql"), begin.unwrap_or(top))
    } else {
        let bottom = Position { ts: f64::NEG_INFINITY, seq: i64::MIN };
        (include_str!("person_timeline/heat_oldest.sql"), begin.unwrap_or(bottom))
    };
    let mut find = connection.prepare_cached("SELECT id FROM heat_user WHERE project_id = ?1 AND external_id = ?2")?;
    let mut statement = connection.prepare_cached(sql)?;
    let mut texts = Lookup::new(connection);
    let mut visits = Vec::new();
    for user in &person.users {
        let known = find.query_row(params![project.0, user.value], |row| row.get::<_, i64>(0)).optional()?;
        let Some(id) = known else { continue };
        let mut rows =
            statement.query(params![id, Number(begin.ts), begin.seq, part.from_ms, part.to_ms, part.limit])?;
        while let Some(row) = rows.next()? {
            visits.push(HeatVisit {
                id: row.get(0)?,
                external_id: row.get(1)?,
                started_at: row.get::<_, Number>(2)?.0,
                last_seen_at: row.get::<_, Number>(3)?.0,
                first_path: texts.text(row.get(4)?)?.to_string(),
                row_count: row.get(5)?,
            });
        }
    }
    Ok(visits)
}

/// The row ids of requests that a user made.
fn requests(connection: &Connection, project: ProjectId, user: &str, part: Part) -> Result<Vec<i64>, StoreError> {
    let Some(id) = find_user(connection, project, user)? else { return Ok(Vec::new()) };
    let begin = part.place(REQUEST);
    let (sql, begin) = if part.is_descending {
        let top = Place { time_ms: i64::MAX, seq: i64::MAX };
        (include_str!("person_timeline/requests_newest.sql"), begin.unwrap_or(top))
    } else {
        let bottom = Place { time_ms: i64::MIN, seq: i64::MIN };
        (include_str!("person_timeline/requests_oldest.sql"), begin.unwrap_or(bottom))
    };
    let mut statement = connection.prepare_cached(sql)?;
    let parameters = params![id, begin.time_ms, begin.seq, part.from_ms, part.to_ms, part.limit];
    let rows = statement.query_map(parameters, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_right_behind_the_last_item_in_every_table() {
        for is_descending in [false, true] {
            for after in 0..40_i64 {
                let position = Position { ts: 5.0, seq: after };
                let part =
                    Part { from_ms: 0, to_ms: 10, is_descending, after: Some(position), limit: 1, with_hidden: false };
                for kind in [EVENT, HEAT_SESSION, REQUEST] {
                    for row in -2..20_i64 {
                        let item = row * KINDS + kind;
                        let (is_wanted, is_found) = if is_descending {
                            (item < after, row < part.row(after, kind))
                        } else {
                            (item > after, row > part.row(after, kind))
                        };
                        assert_eq!(is_wanted, is_found, "{item} {after} {is_descending}");
                    }
                }
            }
        }
    }
}
