//! Which of the users that `$alias` made one gives the person its name.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension};

use super::Known;
use crate::store::StoreError;

/// A user's latest alias: who survived, and when that was said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Alias {
    time_ms: i64,
    survivor_value: String,
    survivor: i64,
}

/// Puts the surviving user first, the others after it in the order of their ids.
///
/// It is whom the latest alias of all named, or who survived that one, and so on. Where the aliases go round, it is the
/// survivor of the latest in the circle.
pub fn first(connection: &Connection, mut users: Vec<Known>) -> Result<Vec<Known>, StoreError> {
    users.sort_by(|one, other| one.value.cmp(&other.value));
    if users.len() < 2 {
        return Ok(users);
    }
    let mut aliases = HashMap::with_capacity(users.len());
    for user in &users {
        if let Some(alias) = latest(connection, user.id)? {
            aliases.insert(user.id, alias);
        }
    }
    if let Some(survivor) = survivor(&aliases)
        && let Some(at) = users.iter().position(|user| user.id == survivor)
    {
        users[..=at].rotate_right(1);
    }
    Ok(users)
}

fn latest(connection: &Connection, absorbed: i64) -> Result<Option<Alias>, StoreError> {
    let mut find = connection.prepare_cached(include_str!("latest_alias.sql"))?;
    let alias = find.query_row([absorbed], |row| {
        Ok(Alias { survivor: row.get(0)?, time_ms: row.get(1)?, survivor_value: row.get(2)? })
    });
    Ok(alias.optional()?)
}

fn survivor(aliases: &HashMap<i64, Alias>) -> Option<i64> {
    let mut at = aliases.values().max()?.survivor;
    let mut seen = HashSet::new();
    while let Some(alias) = aliases.get(&at) {
        if !seen.insert(at) {
            return circle(aliases, at).into_iter().max().map(|latest| latest.survivor);
        }
        at = alias.survivor;
    }
    Some(at)
}

/// The aliases of a circle that goes through `begin`.
fn circle(aliases: &HashMap<i64, Alias>, begin: i64) -> Vec<&Alias> {
    let mut found = Vec::new();
    let mut at = begin;
    while let Some(alias) = aliases.get(&at) {
        found.push(alias);
        at = alias.survivor;
        if at == begin {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survivor_of(said: &[(i64, i64, i64)]) -> Option<i64> {
        let alias = |&(absorbed, survivor, time_ms): &(i64, i64, i64)| {
            (absorbed, Alias { time_ms, survivor_value: survivor.to_string(), survivor })
        };
        survivor(&said.iter().map(alias).collect())
    }

    #[test]
    fn a_chain_ends_at_who_was_never_absorbed() {
        assert_eq!(survivor_of(&[(1, 2, 10), (2, 3, 5)]), Some(3));
        assert_eq!(survivor_of(&[]), None);
    }

    #[test]
    fn a_circle_ends_with_its_latest() {
        assert_eq!(survivor_of(&[(1, 2, 10), (2, 1, 20)]), Some(1));
        assert_eq!(survivor_of(&[(1, 2, 20), (2, 1, 10)]), Some(2));
        assert_eq!(survivor_of(&[(9, 1, 30), (1, 2, 20), (2, 1, 10)]), Some(2));
    }
}
