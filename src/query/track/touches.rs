//! What brought a person: the touches of everything it owns, each once (datalyr.md 7.5).

use rusqlite::{Connection, Row};

use super::identity::Person;
use super::touches_distinct::distinct;
use crate::store::StoreError;

/// A real touch. Texts are dictionary ids where the table has ids; `touches_described` reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// When the client met it: in milliseconds since the epoch, like all times.
    pub time_ms: i64,
    /// The session's row id; of an event without one, minus its hour since the epoch, minus 1.
    pub session_key: i64,
    /// As the client names the session.
    pub session_id: Option<Box<str>>,
    /// Earliest event of the session, as far as it is known.
    pub session_started_ms: i64,
    /// Whether it was met in this session; else it was told here first, and is older than the session.
    pub is_of_session: bool,
    /// Earliest event that told it.
    pub first_ms: i64,
    /// Latest capture that was told in the session.
    pub last_captured_ms: i64,
    pub fingerprint: i64,
    /// Row id of the browser or app.
    pub anonymous: Option<i64>,
    pub source: Option<i64>,
    pub medium: Option<i64>,
    pub campaign: Option<i64>,
    pub term: Option<i64>,
    pub content: Option<i64>,
    pub click_key: Option<i64>,
    pub click_id: Option<Box<str>>,
    pub lyr: Option<Box<str>>,
    pub landing_page: Option<Box<str>>,
    pub referrer: Option<Box<str>>,
    /// JSON object.
    pub detail: Box<str>,
}

/// All touches that lead to a person, oldest first, each once: its users', its anonymous ids' while they were its own, and
/// those of the browsers that an app was matched with.
pub fn person_touches(connection: &Connection, person: &Person) -> Result<Vec<Touch>, StoreError> {
    let mut touches = Vec::new();
    for user in &person.users {
        of_subject(connection, user.id, |_| true, &mut touches)?;
    }
    for owned in &person.anonymous {
        let id = owned.known.id;
        of_subject(connection, id, |touch| person.owns(id, touch.first_ms), &mut touches)?;
    }
    for browser in &person.matched {
        of_browser(connection, browser.id, &mut touches)?;
    }
    Ok(distinct(touches))
}

/// The touch that a session began with or met first; nothing if all it told is older than it.
pub fn session_touch(connection: &Connection, session: i64) -> Result<Option<Touch>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("touches_of_session.sql"))?;
    let mut rows = statement.query([session])?;
    let mut touches = Vec::new();
    while let Some(row) = rows.next()? {
        touches.push(read(row)?);
    }
    Ok(distinct(touches).into_iter().find(|touch| touch.is_of_session))
}

/// Adds the touches of one user or anonymous id that are `meant`.
fn of_subject(
    connection: &Connection,
    subject: i64,
    is_meant: impl Fn(&Touch) -> bool,
    touches: &mut Vec<Touch>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(include_str!("touches_of_subject.sql"))?;
    let mut rows = statement.query([subject])?;
    while let Some(row) = rows.next()? {
        let touch = read(row)?;
        if is_meant(&touch) {
            touches.push(touch);
        }
    }
    Ok(())
}

/// Adds the touches of a browser, whoever used it when.
fn of_browser(connection: &Connection, browser: i64, touches: &mut Vec<Touch>) -> Result<(), StoreError> {
    of_subject(connection, browser, |_| true, touches)?;
    let mut statement = connection.prepare_cached("SELECT to_id FROM track_tied WHERE from_id = ?1")?;
    let users = statement.query_map([browser], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for user in users {
        of_subject(connection, user, |touch| touch.anonymous == Some(browser), touches)?;
    }
    Ok(())
}

/// A row of the statements about touches, as it was told.
pub(super) fn read(row: &Row<'_>) -> Result<Touch, rusqlite::Error> {
    Ok(Touch {
        session_key: row.get(0)?,
        session_id: row.get(1)?,
        session_started_ms: row.get(2)?,
        is_of_session: true,
        first_ms: row.get(3)?,
        time_ms: row.get(4)?,
        last_captured_ms: row.get(5)?,
        fingerprint: row.get(6)?,
        anonymous: row.get(7)?,
        source: row.get(8)?,
        medium: row.get(9)?,
        campaign: row.get(10)?,
        term: row.get(11)?,
        content: row.get(12)?,
        click_key: row.get(13)?,
        click_id: row.get(14)?,
        lyr: row.get(15)?,
        landing_page: row.get(16)?,
        referrer: row.get(17)?,
        detail: row.get(18)?,
    })
}

/// A touch for tests: of a session, with a campaign, at a time; captured once.
#[cfg(test)]
pub(super) fn sample(session_key: i64, campaign: i64, time_ms: i64) -> Touch {
    Touch {
        time_ms,
        session_key,
        session_id: (session_key > 0).then(|| format!("sess_{session_key}").into()),
        session_started_ms: time_ms,
        is_of_session: true,
        first_ms: time_ms,
        last_captured_ms: time_ms,
        fingerprint: campaign,
        anonymous: Some(1),
        source: Some(campaign),
        medium: None,
        campaign: Some(campaign),
        term: None,
        content: None,
        click_key: None,
        click_id: None,
        lyr: None,
        landing_page: Some("https://shop.example/".into()),
        referrer: None,
        detail: "{}".into(),
    }
}
