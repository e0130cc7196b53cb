//! Who is left without any event goes: ids, ties, traits, e-mail addresses.
//!
//! Ids hang together by ties, aliases and matches. As long as anybody among them has an event, all of them stay: who is who
//! must not depend on what is too old. More than [`MAX_IDS`] that hang together stay, too.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::store::StoreError;

/// Ids that are gone through at most; a person has a few.
const MAX_IDS: usize = 256;

/// What hangs together with an id; each tells ids by one.
const NEIGHBOURS: [&str; 6] = [
    "SELECT to_id FROM track_tied WHERE from_id = ?1",
    "SELECT from_id FROM track_tied WHERE to_id = ?1",
    include_str!("aliases_of_identifier.sql"),
    include_str!("users_of_person.sql"),
    "SELECT anonymous_id FROM track_web_match WHERE subject_id = ?1",
    "SELECT subject_id FROM track_web_match WHERE anonymous_id = ?1",
];

/// What is kept about an id.
const KEPT: [&str; 11] = [
    "DELETE FROM track_tie WHERE from_id = ?1",
    "DELETE FROM track_tied WHERE from_id = ?1",
    "DELETE FROM track_tied WHERE to_id = ?1",
    "DELETE FROM track_alias WHERE absorbed_id = ?1",
    "DELETE FROM track_alias WHERE survivor_id = ?1",
    "DELETE FROM track_web_match WHERE subject_id = ?1",
    "DELETE FROM track_web_match WHERE anonymous_id = ?1",
    "DELETE FROM track_trait WHERE user_id = ?1",
    "DELETE FROM track_email WHERE user_id = ?1",
    "DELETE FROM track_pairing WHERE subject_id = ?1",
    "DELETE FROM track_touch WHERE subject_id = ?1",
];

/// Deletes what is kept about those of the ids that have nothing left, and about whoever hangs together with them.
pub fn settle(connection: &Connection, ids: &BTreeSet<i64>) -> Result<(), StoreError> {
    let mut settled = BTreeSet::new();
    for id in ids {
        if settled.contains(id) {
            continue;
        }
        if let Some(together) = without_events(connection, *id)? {
            for id in &together {
                forget(connection, *id)?;
            }
            settled.extend(together);
        }
    }
    Ok(())
}

/// Deletes everything that is kept about an id, and the id.
pub fn forget(connection: &Connection, id: i64) -> Result<(), StoreError> {
    for sql in KEPT {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    connection.prepare_cached("DELETE FROM track_identifier WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// All ids that hang together with one, if none of them has an event.
fn without_events(connection: &Connection, id: i64) -> Result<Option<BTreeSet<i64>>, StoreError> {
    let mut found = BTreeSet::from([id]);
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        if connection.prepare_cached(include_str!("identifier_has_event.sql"))?.exists([id])? {
            return Ok(None);
        }
        for sql in NEIGHBOURS {
            let mut select = connection.prepare_cached(sql)?;
            let mut rows = select.query([id])?;
            while let Some(row) = rows.next()? {
                let neighbour: i64 = row.get(0)?;
                if found.insert(neighbour) {
                    open.push(neighbour);
                }
                if found.len() > MAX_IDS {
                    return Ok(None);
                }
            }
        }
    }
    Ok(Some(found))
}
