//! Everything that a person owns, or that leads to it.

use rusqlite::{Connection, params};

use super::ties::{owners, targets};
use super::{Known, MAX_MEMBERS, Owned, Person, Span, person_at};
use crate::domain::track::IdentifierKind;
use crate::store::StoreError;

/// What is tied to something.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    kind: Option<IdentifierKind>,
    known: Known,
}

/// A person of these users.
pub fn of_users(connection: &Connection, root: i64, users: Vec<Known>) -> Result<Person, StoreError> {
    let sources = sources(connection, include_str!("sources_of_users.sql"), root)?;
    let (anonymous, others): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|source| source.kind == Some(IdentifierKind::Anonymous));
    let mut owned = Vec::with_capacity(anonymous.len());
    for source in anonymous {
        let spans = spans(connection, source.known.id, root)?;
        if !spans.is_empty() {
            owned.push(Owned { known: source.known, spans });
        }
    }
    whole(connection, root, users, owned, others)
}

/// Somebody of whom no user is known.
pub fn of_anonymous(connection: &Connection, known: Known) -> Result<Person, StoreError> {
    let root = known.id;
    whole(connection, root, Vec::new(), vec![Owned { known, spans: vec![Span::ALL] }], Vec::new())
}

/// When an anonymous id belongs to a person.
fn spans(connection: &Connection, anonymous: i64, person: i64) -> Result<Vec<Span>, StoreError> {
    let mut persons = targets(connection, anonymous)?.into_iter().filter_map(|target| target.person);
    if persons.all(|owner| owner == person) {
        return Ok(vec![Span::ALL]);
    }
    let spans = owners(connection, anonymous)?.into_iter().filter(|(_, owner)| *owner == person);
    Ok(spans.map(|(span, _)| span).collect())
}

fn whole(
    connection: &Connection,
    root: i64,
    users: Vec<Known>,
    mut anonymous: Vec<Owned>,
    mut sources_so_far: Vec<Source>,
) -> Result<Person, StoreError> {
    for owned in &anonymous {
        sources_so_far.extend(sources(connection, include_str!("sources_of.sql"), owned.known.id)?);
    }
    let (mut devices, mut external) = (Vec::new(), Vec::new());
    sources_so_far.sort_unstable_by_key(|source| source.known.id);
    sources_so_far.dedup();
    for source in sources_so_far {
        let list = match source.kind {
            Some(IdentifierKind::Device) => &mut devices,
            Some(IdentifierKind::External) => &mut external,
            _ => continue,
        };
        if person_at(connection, source.known.id, i64::MAX)? == Some(root) {
            list.push(source.known);
        }
    }
    let in_order = |known: &mut Vec<Known>| known.sort_unstable_by(|one, other| one.value.cmp(&other.value));
    in_order(&mut devices);
    in_order(&mut external);
    anonymous.sort_unstable_by(|one, other| one.known.value.cmp(&other.known.value));
    let mut person = Person { root, users, anonymous, devices, external, matched: Vec::new() };
    person.matched = matched(connection, &person)?;
    in_order(&mut person.matched);
    Ok(person)
}

/// Browsers that lend their touches, unless they are the person's own anyway.
fn matched(connection: &Connection, person: &Person) -> Result<Vec<Known>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("matches.sql"))?;
    let subjects = person.users.iter().chain(person.anonymous.iter().map(|owned| &owned.known));
    let mut matched: Vec<Known> = Vec::new();
    for subject in subjects {
        let mut rows = statement.query(params![subject.id, MAX_MEMBERS])?;
        while let Some(row) = rows.next()? {
            let (browser, time_ms) = (Known::read(row, 0, 1)?, row.get(2)?);
            let is_own =
                person.anonymous.iter().any(|owned| owned.known.id == browser.id && owned.spans == [Span::ALL]);
            if !is_own && person.owns(subject.id, time_ms) && !matched.contains(&browser) {
                matched.push(browser);
            }
        }
    }
    Ok(matched)
}

fn sources(connection: &Connection, sql: &str, of: i64) -> Result<Vec<Source>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![of, MAX_MEMBERS], |row| {
        Ok(Source { kind: IdentifierKind::from_code(row.get(1)?), known: Known::read(row, 0, 2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
