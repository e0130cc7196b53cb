//! What a run would delete, and how much space each kind of data takes. Counting reads what it counts: for commands, and for
//! pages only while the file is small.

use rusqlite::{Connection, OptionalExtension, params};

use super::run::capped;
use super::{Kind, Rules};
use crate::store::StoreError;
use crate::store::visits::start_of_day;

/// What would go of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub kind: Kind,
    /// Absent: for ever.
    pub kept_ms: Option<i64>,
    pub rows: u64,
    /// Days (UTC, counted from the epoch) of what would go.
    pub oldest_day: Option<i64>,
    pub newest_day: Option<i64>,
    /// About so much space becomes free.
    pub bytes: u64,
}

/// How much space kinds of data take, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    pub kinds: [u64; 5],
    /// Texts that all kinds share.
    pub texts: u64,
    pub other: u64,
}

impl Sizes {
    /// Reads every page of the file.
    pub fn measure(connection: &Connection) -> Result<Self, StoreError> {
        let mut sizes = Self::default();
        let mut select = connection.prepare(include_str!("sizes.sql"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (name, bytes): (String, u64) = (row.get(0)?, row.get(1)?);
            *sizes.of_table(&name) += bytes;
        }
        Ok(sizes)
    }

    fn of_table(&mut self, name: &str) -> &mut u64 {
        let name = name.trim_start_matches("sqlite_autoindex_");
        let kind = match name {
            _ if name.starts_with("traffic_request") || name.starts_with("traffic_session") => Kind::Requests,
            _ if name.starts_with("traffic_") => Kind::Rollups,
            _ if name.starts_with("heat_") => Kind::Heat,
            _ if name.starts_with("track_") => Kind::Events,
            _ if name.starts_with("visit") => Kind::Visits,
            _ if name.starts_with("dictionary") => return &mut self.texts,
            _ => return &mut self.other,
        };
        &mut self.kinds[kind as usize]
    }
}

/// What would go now: of all that is too old, or of today's run only.
pub fn due(connection: &Connection, rules: Rules, now_ms: i64, is_unbounded: bool) -> Result<Vec<Due>, StoreError> {
    let sizes = Sizes::measure(connection)?;
    let mut found = Vec::with_capacity(Kind::ALL.len());
    for kind in Kind::ALL {
        let mut due = Due { kind, kept_ms: rules.kept_ms(kind), rows: 0, oldest_day: None, newest_day: None, bytes: 0 };
        if let Some(target_day) = rules.target_day(kind, now_ms) {
            let before_day = if is_unbounded { target_day } else { capped(connection, kind, target_day)? };
            let (all, _) = count(connection, kind, i64::MAX)?;
            let (rows, days) = count(connection, kind, before_day)?;
            (due.rows, due.oldest_day, due.newest_day) = (rows, days.map(|days| days.0), days.map(|days| days.1));
            due.bytes = share(sizes.kinds[kind as usize], rows, all);
        }
        found.push(due);
    }
    Ok(found)
}

/// As many bytes as so many of all rows take, if all are of one size.
fn share(bytes: u64, rows: u64, all: u64) -> u64 {
    if all == 0 { 0 } else { u64::try_from(u128::from(bytes) * u128::from(rows) / u128::from(all)).unwrap_or(u64::MAX) }
}

/// Rows of a kind of before a day, and their first and last day.
fn count(connection: &Connection, kind: Kind, before_day: i64) -> Result<(u64, Option<(i64, i64)>), StoreError> {
    let sql = match kind {
        Kind::Requests => include_str!("count_requests.sql"),
        Kind::Rollups => include_str!("count_rollups.sql"),
        Kind::Heat => include_str!("count_heat.sql"),
        Kind::Events => include_str!("count_events.sql"),
        Kind::Visits => include_str!("count_visits.sql"),
    };
    let projects: Vec<i64> =
        connection.prepare("SELECT id FROM project")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let (mut rows, mut days) = (0, None::<(i64, i64)>);
    let mut select = connection.prepare(sql)?;
    for project in projects {
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, Option<u64>>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<i64>>(2)?))
        };
        let found = select.query_row(params![project, before_day, start_of_day(before_day)], read).optional()?;
        let Some((count, first, last)) = found else { continue };
        rows += count.unwrap_or_default();
        if let (Some(first), Some(last)) = (first, last) {
            days = Some(days.map_or((first, last), |(from, to)| (from.min(first), to.max(last))));
        }
    }
    Ok((rows, days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrate;

    #[test]
    fn every_table_is_counted_somewhere() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut connection, 0).unwrap();
        let sizes = Sizes::measure(&connection).unwrap();
        assert!(sizes.kinds.iter().all(|bytes| *bytes > 0) && sizes.texts > 0 && sizes.other > 0, "{sizes:?}");
        let pages: u64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let page_bytes: u64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
        assert_eq!(sizes.kinds.iter().sum::<u64>() + sizes.texts + sizes.other, pages * page_bytes);
    }

    #[test]
    fn a_share_is_of_its_size() {
        assert_eq!([share(1_000, 1, 4), share(1_000, 4, 4), share(7, 0, 0), share(0, 3, 9)], [250, 1_000, 0, 0]);
        assert_eq!(share(u64::MAX, u64::MAX, u64::MAX), u64::MAX);
    }
}
