//! What is known of users: for each key what was said last, by the time of the event (datalyr.md 7.4).

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::domain::track::Trait;

/// Longest e-mail address that can be looked up, in bytes (RFC 5321 4.5.3.1.3).
const MAX_EMAIL_BYTES: usize = 254;

/// Writes down what an event says of its user. Of two said at the same time the greater text wins, so that the order of
/// arrival does not matter.
pub fn learn(
    connection: &Connection,
    project: ProjectId,
    user: i64,
    said: &Trait,
    time_ms: i64,
) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(include_str!("put_trait.sql"))?.execute(params![user, said.key, said.value, time_ms])?;
    if &*said.key == "email"
        && let Some(email) = email(&said.value)
    {
        connection
            .prepare_cached("INSERT OR IGNORE INTO track_email (project_id, email, user_id) VALUES (?1, ?2, ?3)")?
            .execute(params![project.0, email, user])?;
    }
    Ok(())
}

/// An e-mail address as it is looked up: without space around it, in lower case (datalyr.md 7.6).
#[must_use]
pub fn normal_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    (!email.is_empty() && email.len() <= MAX_EMAIL_BYTES).then_some(email)
}

fn email(json: &str) -> Option<String> {
    normal_email(&serde_json::from_str::<String>(json).ok()?)
}
