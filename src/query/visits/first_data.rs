//! From when to when a project has data: for "all time", for empty screens, for the projects' cards.
//!
//! Only the ends of indexes are looked at, so that it costs the same whatever the file holds. Browsers' clocks are believed
//! from the year 2000 to a day from now, as everywhere visits are counted.

use rusqlite::{Connection, named_params};

use crate::domain::id::ProjectId;
use crate::domain::visit::{EARLIEST_MS, FUTURE_MS};
use crate::store::StoreError;
use crate::store::value::Number;

const MS_PER_HOUR: i64 = 3_600_000;

/// The first and the last sign of something, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataSpan {
    pub first_ms: i64,
    pub last_ms: i64,
}

/// The spans of everything that a project can have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DataSpans {
    /// Heat events. Of hours with more than 200 sessions only so many are looked at, so that an end may be off by minutes.
    pub browser: Option<DataSpan>,
    /// App events.
    pub track: Option<DataSpan>,
    /// Proxied requests.
    pub traffic: Option<DataSpan>,
}

impl DataSpans {
    /// From the first to the last of all.
    #[must_use]
    pub fn all(&self) -> Option<DataSpan> {
        let spans = [self.browser, self.track, self.traffic];
        spans.into_iter().flatten().reduce(|one, other| DataSpan {
            first_ms: one.first_ms.min(other.first_ms),
            last_ms: one.last_ms.max(other.last_ms),
        })
    }

    /// When the data begin, or now if there are none.
    #[must_use]
    pub fn first_ms(&self, now_ms: i64) -> i64 {
        self.all().map_or(now_ms, |span| span.first_ms)
    }
}

/// When a project's data begin and end.
pub fn data_spans(connection: &Connection, project: ProjectId, now_ms: i64) -> Result<DataSpans, StoreError> {
    let until_ms = now_ms.saturating_add(FUTURE_MS);
    let ends = |sql: &str| -> Result<Option<DataSpan>, StoreError> {
        let bounds = named_params! { ":project": project.0, ":from": EARLIEST_MS, ":until": until_ms };
        let (first, last): (Option<Number>, Option<Number>) =
            connection.prepare_cached(sql)?.query_row(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let span = first.zip(last).map(|(first, last)| DataSpan { first_ms: ms(first), last_ms: ms(last) });
        Ok(span)
    };
    let hours = ends(include_str!("heat_hours.sql"))?;
    let browser = hours.map(|hours| {
        let first_ms = end_of_hour(connection, include_str!("heat_first_of_hour.sql"), project, hours.first_ms)?;
        let last_ms = end_of_hour(connection, include_str!("heat_last_of_hour.sql"), project, hours.last_ms)?;
        Ok::<_, StoreError>(DataSpan {
            first_ms: first_ms.unwrap_or(hours.first_ms * MS_PER_HOUR),
            last_ms: last_ms.unwrap_or(hours.last_ms * MS_PER_HOUR),
        })
    });
    Ok(DataSpans {
        browser: browser.transpose()?,
        track: ends(include_str!("track_ends.sql"))?,
        traffic: ends(include_str!("traffic_ends.sql"))?,
    })
}

/// The first or last event of some sessions of an hour. Moves that only reach into the hour do not count.
fn end_of_hour(
    connection: &Connection,
    sql: &str,
    project: ProjectId,
    hour: i64,
) -> Result<Option<i64>, rusqlite::Error> {
    let from_ms = hour.saturating_mul(MS_PER_HOUR);
    let hour = named_params! {
        ":project": project.0, ":hour": hour, ":from": from_ms, ":until": from_ms.saturating_add(MS_PER_HOUR),
    };
    let end: Option<Number> = connection.prepare_cached(sql)?.query_row(hour, |row| row.get(0))?;
    Ok(end.map(ms))
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, as wanted")]
fn ms(number: Number) -> i64 {
    number.0.floor() as i64
}
