//! Which time is believed. A machine that starts with a clock years ahead must not delete everything.
//!
//! The file notes each hour what time it is. As long as the clock stays within [`MAX_JUMP_MS`] of that, it is believed. When it
//! is found further away, in either direction, nothing is deleted until it is back, or until it has gone on for
//! [`HOURS_TO_BELIEVE`] different hours in which the file was open, and data were received a day or more after the jump.
//! A believed clock deletes nothing either while no data have come for [`MAX_JUMP_MS`].

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::StoreError;

/// How far the clock may move from what was noted, and how old the newest data may be.
pub const MAX_JUMP_MS: i64 = 48 * MS_PER_HOUR;

/// Hours in which a clock that jumped must have been seen to go on.
const HOURS_TO_BELIEVE: i64 = 48;

/// How long after a jump data must have been received.
const DATA_AFTER_MS: i64 = 24 * MS_PER_HOUR;

const MS_PER_HOUR: i64 = 3_600_000;

/// Whether the time is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockState {
    Believed,
    /// The clock jumped away from what was noted, and is not believed yet.
    Jumped {
        noted_ms: i64,
        since_ms: i64,
        hours_left: i64,
    },
    /// Nothing has been received for a long time.
    NoRecentData {
        newest_ms: i64,
    },
    /// Nothing was ever received.
    NoData,
}

/// What the file notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Noted {
    trusted_ms: i64,
    at_ms: i64,
    suspect_since_ms: Option<i64>,
    suspect_hours: i64,
}

/// What the file says of a time, without noting anything.
pub fn look(connection: &Connection, now_ms: i64) -> Result<ClockState, StoreError> {
    let newest = newest_received(connection)?;
    let noted = read(connection)?.unwrap_or_else(|| first(newest, now_ms));
    Ok(judge(seen(noted, newest, now_ms), newest, now_ms))
}

/// The same, and notes the time if it is time for that. To be called inside a transaction.
pub fn note(connection: &Connection, now_ms: i64) -> Result<ClockState, StoreError> {
    let newest = newest_received(connection)?;
    let before = read(connection)?;
    let now = seen(before.unwrap_or_else(|| first(newest, now_ms)), newest, now_ms);
    if before != Some(now) {
        write(connection, now)?;
        if let (None, Some(since_ms)) = (before.and_then(|noted| noted.suspect_since_ms), now.suspect_since_ms) {
            tracing::warn!(
                since_ms,
                noted_ms = now.trusted_ms,
                "the clock has jumped; nothing is deleted until it is believed"
            );
        }
    }
    Ok(judge(now, newest, now_ms))
}

/// Believes the time, because somebody said that it is right. To be called inside a transaction.
pub fn believe(connection: &Connection, now_ms: i64) -> Result<(), StoreError> {
    write(connection, Noted { trusted_ms: now_ms, at_ms: now_ms, suspect_since_ms: None, suspect_hours: 0 })
}

/// What is noted of a file in which nothing was: the time of its newest data.
fn first(newest: Option<i64>, now_ms: i64) -> Noted {
    let trusted_ms = newest.unwrap_or(now_ms);
    Noted { trusted_ms, at_ms: trusted_ms, suspect_since_ms: None, suspect_hours: 0 }
}

/// What is to be noted now.
fn seen(noted: Noted, newest: Option<i64>, now_ms: i64) -> Noted {
    let is_near = |one: i64, other: i64| one.abs_diff(other) <= MAX_JUMP_MS.unsigned_abs();
    let is_new_hour = now_ms.div_euclid(MS_PER_HOUR) != noted.at_ms.div_euclid(MS_PER_HOUR);
    let believed = Noted { trusted_ms: now_ms, at_ms: now_ms, suspect_since_ms: None, suspect_hours: 0 };
    let jumped = Noted { suspect_since_ms: Some(now_ms), suspect_hours: 0, at_ms: now_ms, ..noted };
    match noted.suspect_since_ms {
        _ if is_near(now_ms, noted.trusted_ms) => {
            if is_new_hour || noted.suspect_since_ms.is_some() {
                believed
            } else {
                noted
            }
        }
        None => jumped,
        Some(_) if !is_near(now_ms, noted.at_ms) || now_ms < noted.at_ms - MS_PER_HOUR => jumped,
        Some(since_ms) if is_new_hour => {
            let hours = noted.suspect_hours + 1;
            if hours >= HOURS_TO_BELIEVE
                && newest.is_some_and(|newest| newest >= since_ms.saturating_add(DATA_AFTER_MS))
            {
                believed
            } else {
                Noted { suspect_hours: hours, at_ms: now_ms, ..noted }
            }
        }
        Some(_) => noted,
    }
}

fn judge(noted: Noted, newest: Option<i64>, now_ms: i64) -> ClockState {
    match (noted.suspect_since_ms, newest) {
        (Some(since_ms), _) => ClockState::Jumped {
            noted_ms: noted.trusted_ms,
            since_ms,
            hours_left: (HOURS_TO_BELIEVE - noted.suspect_hours).max(1),
        },
        (None, None) => ClockState::NoData,
        (None, Some(newest_ms)) if now_ms.saturating_sub(newest_ms) > MAX_JUMP_MS => {
            ClockState::NoRecentData { newest_ms }
        }
        (None, Some(_)) => ClockState::Believed,
    }
}

/// When the newest data were received, by the server's clock of then; for browsers' sessions that go on at least the day.
fn newest_received(connection: &Connection) -> Result<Option<i64>, rusqlite::Error> {
    connection.prepare_cached(include_str!("newest_received.sql"))?.query_row([], |row| row.get(0))
}

fn read(connection: &Connection) -> Result<Option<Noted>, rusqlite::Error> {
    let mut select = connection
        .prepare_cached("SELECT trusted_ms, noted_ms, suspect_since_ms, suspect_hours FROM retention_clock")?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Noted {
            trusted_ms: row.get(0)?,
            at_ms: row.get(1)?,
            suspect_since_ms: row.get(2)?,
            suspect_hours: row.get(3)?,
        })
    };
    select.query_row([], read).optional()
}

fn write(connection: &Connection, noted: Noted) -> Result<(), StoreError> {
    connection.prepare_cached(include_str!("put_clock.sql"))?.execute(params![
        noted.trusted_ms,
        noted.at_ms,
        noted.suspect_since_ms,
        noted.suspect_hours
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_790_000_000_000;
    const YEAR_MS: i64 = 365 * 24 * MS_PER_HOUR;

    fn noted() -> Noted {
        first(Some(NOW_MS), NOW_MS)
    }

    fn is_believed(noted: Noted) -> bool {
        noted.suspect_since_ms.is_none()
    }

    #[test]
    fn a_clock_that_goes_on_is_believed_and_one_that_jumps_is_not() {
        for (by_ms, expected) in [
            (MS_PER_HOUR, true),
            (47 * MS_PER_HOUR, true),
            (-47 * MS_PER_HOUR, true),
            (49 * MS_PER_HOUR, false),
            (-49 * MS_PER_HOUR, false),
            (10 * YEAR_MS, false),
            (-10 * YEAR_MS, false),
        ] {
            assert_eq!(is_believed(seen(noted(), Some(NOW_MS), NOW_MS + by_ms)), expected, "{by_ms}");
        }
    }

    #[test]
    fn a_clock_that_comes_back_is_believed_at_once() {
        let jumped = seen(noted(), Some(NOW_MS), NOW_MS + 10 * YEAR_MS);
        let back = seen(jumped, Some(NOW_MS), NOW_MS + MS_PER_HOUR);
        assert_eq!(back, first(Some(NOW_MS + MS_PER_HOUR), 0));
    }

    #[test]
    fn a_clock_that_jumped_is_believed_after_two_days_with_data() {
        let then = NOW_MS + 10 * YEAR_MS;
        let go_on = |hours: i64, newest: i64| {
            (0..=hours).fold(noted(), |noted, hour| seen(noted, Some(newest), then + hour * MS_PER_HOUR))
        };
        assert!(!is_believed(go_on(47, then + 30 * MS_PER_HOUR)));
        assert!(is_believed(go_on(48, then + 30 * MS_PER_HOUR)));
        assert!(!is_believed(go_on(500, then + 23 * MS_PER_HOUR)), "no data of the second day");
        assert!(!is_believed(go_on(500, NOW_MS)));
    }

    #[test]
    fn a_clock_that_jumps_again_begins_anew() {
        let then = NOW_MS + 10 * YEAR_MS;
        let newest = Some(then + 2 * YEAR_MS);
        let waited = (0..=40).fold(noted(), |noted, hour| seen(noted, newest, then + hour * MS_PER_HOUR));
        assert_eq!(waited.suspect_hours, 40);
        for again in [then + YEAR_MS, then + 20 * MS_PER_HOUR] {
            let jumped = seen(waited, newest, again);
            assert_eq!((jumped.suspect_since_ms, jumped.suspect_hours), (Some(again), 0));
        }
    }

    #[test]
    fn looking_often_within_an_hour_does_not_make_it_believed() {
        let then = NOW_MS + 10 * YEAR_MS;
        let looked = (0..1_000).fold(noted(), |noted, second| seen(noted, Some(then + YEAR_MS), then + second * 1_000));
        assert_eq!(looked.suspect_hours, 0);
    }

    #[test]
    fn without_new_data_nothing_is_too_old() {
        let judged = |newest, now_ms| judge(seen(noted(), newest, now_ms), newest, now_ms);
        assert_eq!(judged(Some(NOW_MS), NOW_MS + MS_PER_HOUR), ClockState::Believed);
        assert_eq!(judged(None, NOW_MS), ClockState::NoData);
        let old = NOW_MS - 49 * MS_PER_HOUR;
        assert_eq!(judged(Some(old), NOW_MS), ClockState::NoRecentData { newest_ms: old });
    }
}
