//! In which sessions many persons were.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

use super::attribution_together::{pair, together};
use super::journey_person::Traveller;
use crate::store::StoreError;

/// Reads the sessions of simple persons; those of whom too much would have to be read together will ask themselves.
pub fn read_visits<'t>(
    connection: &Connection,
    travellers: impl Iterator<Item = &'t Traveller>,
) -> Result<(), StoreError> {
    let travellers: Vec<_> = travellers.collect();
    let subjects: Vec<i64> = travellers.iter().flat_map(|traveller| traveller.visitors()).collect();
    let Some(told) = together(connection, include_str!("attribution_visits.sql"), &subjects, pair)? else {
        return Ok(());
    };
    let sessions: HashSet<i64> = told.iter().map(|(_, session)| *session).collect();
    let sessions: Vec<i64> = sessions.into_iter().collect();
    let Some(begun) = together(connection, include_str!("attribution_sessions.sql"), &sessions, pair)? else {
        return Ok(());
    };
    let begun: HashMap<i64, i64> = begun.into_iter().collect();
    let mut of_subject: HashMap<i64, Vec<i64>> = HashMap::new();
    for (subject, session) in told {
        let sessions = of_subject.entry(subject).or_default();
        if sessions.last() != Some(&session) {
            sessions.push(session);
        }
    }
    for traveller in travellers {
        let sessions = traveller.visitors().filter_map(|subject| of_subject.get(&subject)).flatten();
        traveller.know_sessions(sessions.filter_map(|session| Some((*session, *begun.get(session)?))));
    }
    Ok(())
}
