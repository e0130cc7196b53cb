//! The users that are one person, and by which of them it is known.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, params};

use super::{Known, MAX_MEMBERS};
use crate::store::StoreError;

/// The users of a person: the surviving one first, the others by their ids.
pub fn users(connection: &Connection, person: i64) -> Result<Vec<Known>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, value FROM track_identifier WHERE person_id = ?1 LIMIT ?2")?;
    let rows = statement.query_map(params![person, MAX_MEMBERS], |row| Known::read(row, 0, 1))?;
    let mut users = rows.collect::<Result<Vec<_>, _>>()?;
    users.sort_unstable_by(|one, other| one.value.cmp(&other.value));
    if users.len() > 1
        && let Some(survivor) = survivor(connection, person, &users)?
        && let Some(place) = users.iter().position(|user| user.id == survivor)
    {
        users[..=place].rotate_right(1);
    }
    Ok(users)
}

/// One user was absorbed by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Alias {
    absorbed: i64,
    survivor: i64,
    time_ms: i64,
}

/// By which user a person is known: whoever survived last, or who has absorbed that one since.
fn survivor(connection: &Connection, person: i64, users: &[Known]) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("aliases.sql"))?;
    let rows = statement.query_map(params![person, MAX_MEMBERS], |row| {
        Ok(Alias { absorbed: row.get(0)?, survivor: row.get(1)?, time_ms: row.get(2)? })
    })?;
    let aliases = rows.collect::<Result<Vec<_>, _>>()?;
    let values: HashMap<i64, &str> = users.iter().map(|user| (user.id, user.value.as_str())).collect();
    Ok(last_survivor(&aliases, &values))
}

fn last_survivor(aliases: &[Alias], values: &HashMap<i64, &str>) -> Option<i64> {
    // By what was said last; of what was said at the same time by the texts, since row ids depend on what arrived first.
    let said =
        |alias: &Alias| (alias.time_ms, values.get(&alias.survivor).copied(), values.get(&alias.absorbed).copied());
    let mut latest: HashMap<i64, Alias> = HashMap::new();
    for alias in aliases {
        let known = latest.entry(alias.absorbed).or_insert(*alias);
        if said(alias) > said(known) {
            *known = *alias;
        }
    }
    let mut way = vec![*aliases.iter().max_by_key(|alias| said(alias))?];
    let mut seen = HashSet::new();
    while let Some(last) = way.last()
        && seen.insert(last.survivor)
        && let Some(next) = latest.get(&last.survivor)
    {
        way.push(*next);
    }
    let last = *way.last()?;
    // A circle ends where it was entered; of its edges the latest counts.
    let circle = way.iter().position(|alias| alias.absorbed == last.survivor);
    let latest_of_circle = circle.and_then(|start| way[start..].iter().max_by_key(|alias| said(alias)));
    Some(latest_of_circle.unwrap_or(&last).survivor)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(absorbed, survivor, time)`, users named 1 to 9 in the order of their texts.
    fn survivor_of(said: &[(i64, i64, i64)]) -> Option<i64> {
        const NAMES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let values = (0..10).zip(NAMES).collect();
        let aliases: Vec<_> =
            said.iter().map(|&(absorbed, survivor, time_ms)| Alias { absorbed, survivor, time_ms }).collect();
        let mut backwards = aliases.clone();
        backwards.reverse();
        assert_eq!(last_survivor(&aliases, &values), last_survivor(&backwards, &values));
        last_survivor(&aliases, &values)
    }

    #[test]
    fn the_survivor_is_who_was_absorbed_by_nobody() {
        assert_eq!(survivor_of(&[]), None);
        assert_eq!(survivor_of(&[(1, 2, 10)]), Some(2));
        assert_eq!(survivor_of(&[(1, 2, 10), (2, 3, 20)]), Some(3));
        assert_eq!(survivor_of(&[(2, 3, 10), (1, 2, 20)]), Some(3));
        assert_eq!(survivor_of(&[(1, 2, 10), (1, 3, 20)]), Some(3));
        assert_eq!(survivor_of(&[(1, 3, 20), (1, 2, 20)]), Some(3));
    }

    #[test]
    fn of_a_circle_the_latest_word_counts() {
        assert_eq!(survivor_of(&[(1, 2, 10), (2, 1, 20)]), Some(1));
        assert_eq!(survivor_of(&[(1, 2, 20), (2, 1, 10)]), Some(2));
        assert_eq!(survivor_of(&[(1, 2, 10), (2, 1, 10)]), Some(2));
        assert_eq!(survivor_of(&[(1, 2, 30), (2, 3, 10), (3, 1, 20)]), Some(2));
        assert_eq!(survivor_of(&[(4, 1, 40), (1, 2, 30), (2, 3, 10), (3, 1, 20)]), Some(2));
    }
}
