//! What brought whom: a row for each campaign in each session, however often its events repeat it (datalyr.md 7.5).

use rusqlite::{Connection, params};

use crate::domain::track::Touch;
use crate::store::dictionary::Dictionary;

const MS_PER_HOUR: i64 = 3_600_000;

/// Where a touch was told.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    pub subject: i64,
    pub anonymous: Option<i64>,
    pub session: Option<i64>,
    pub time_ms: i64,
}

/// Notes a touch, or that it was told again.
pub fn note(
    connection: &Connection,
    dictionary: &mut Dictionary,
    told: Told,
    touch: &Touch,
) -> Result<(), rusqlite::Error> {
    let mut id = |text: Option<&str>| text.map(|text| dictionary.id(connection, text)).transpose();
    let (source, medium, campaign) =
        (id(touch.source.as_deref())?, id(touch.medium.as_deref())?, id(touch.campaign.as_deref())?);
    let (term, content) = (id(touch.term.as_deref())?, id(touch.content.as_deref())?);
    let click_key = id(touch.click.as_ref().map(|(key, _)| *key))?;
    connection.prepare_cached(include_str!("put_touch.sql"))?.execute(params![
        told.subject,
        session_key(told.session, told.time_ms),
        touch.fingerprint,
        told.anonymous,
        told.time_ms,
        touch.captured_ms,
        source,
        medium,
        campaign,
        term,
        content,
        click_key,
        touch.click.as_ref().map(|(_, value)| value),
        touch.lyr,
        touch.landing_page.as_deref().filter(|page| !page.is_empty()),
        touch.referrer.as_deref().filter(|referrer| !referrer.is_empty()),
        touch.detail
    ])?;
    Ok(())
}

/// By what touches of one session are held together; without a session, those of one hour.
#[must_use]
pub fn session_key(session: Option<i64>, time_ms: i64) -> i64 {
    session.unwrap_or_else(|| -time_ms.div_euclid(MS_PER_HOUR).abs() - 1)
}
