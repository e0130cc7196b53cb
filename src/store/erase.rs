//! Takes one person out of everything, inside the writer's open transaction (GDPR article 17).
//!
//! ```text
//! free_pages   pages that were free before are blanked
//! events       app events, and what was made of them: conversions, touches, pairings, clicks to app stores
//! sessions     those without events go, others are counted again
//! identities   ties, aliases, matches, traits, identifiers; what remains is who must stay away
//! quarantine   bodies that name the person
//! heat         sessions, events, and their points in the heat index
//! traffic      requests no longer say whose they were
//! ```
//!
//! All of it goes by indexes: it costs what the person has, not what the file has. What is not taken away: texts in the
//! dictionary, which others may share, and what other persons' events say (docs/datalyr.md, "Erasing").

mod events;
mod free_pages;
mod heat;
mod identities;
mod quarantine;
mod sessions;
mod traffic;

use rusqlite::Connection;

use super::StoreError;
use super::migrate::install_secret;
use crate::domain::erasure::{Erased, Erasure};

/// What an erasure did, for the answer and for what the writer remembers.
#[derive(Debug, Default)]
pub struct Erasing {
    pub erased: Erased,
    /// Row ids of users of proxied requests that are gone.
    pub traffic_users: Vec<i64>,
}

/// Erases a person; the writers must forget what they remember afterwards.
///
/// To be called in a transaction in which nothing else happens, with `secure_delete` switched on.
pub fn erase(connection: &Connection, erasure: &Erasure) -> Result<Erasing, StoreError> {
    let secret = install_secret(connection)?;
    free_pages::blank(connection)?;
    let erasure = &identities::complete(connection, erasure)?;
    let mut erasing = Erasing::default();
    let left = events::erase(connection, erasure, &mut erasing.erased)?;
    sessions::recount(connection, &left, erasure.at_ms)?;
    identities::erase(connection, erasure, &secret)?;
    quarantine::erase(connection, erasure)?;
    heat::erase(connection, erasure, &mut erasing.erased)?;
    erasing.traffic_users = traffic::erase(connection, erasure, &mut erasing.erased)?;
    Ok(erasing)
}
