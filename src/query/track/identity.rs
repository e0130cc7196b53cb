//! Who is who: persons, as they follow from all that was ever said (datalyr.md 7.4).
//!
//! * A user belongs to itself, and with the users that `$alias` made one with it.
//! * An anonymous id belongs, at a time, to the proven user it was tied to last at or before then, else to the first it
//!   was tied to later, else to itself.
//! * Devices and external ids lead to persons, and own nothing. They lead where they were tied to last, at or before the
//!   time, else first later.
//!
//! Of two ties at the same time, the one to the greater id counts, so that the order of arrival does not matter.

mod survivor;

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::id::ProjectId;
use crate::domain::track::{Identifier, IdentifierKind};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::pack::Damaged;

/// A person and everything it owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Row id of the identifier that stands for it.
    pub root: i64,
    /// The surviving one first; none for somebody anonymous.
    pub users: Vec<Known>,
    /// Each with the times in which it is this person's.
    pub anonymous: Vec<Owned>,
    pub devices: Vec<Known>,
    pub external: Vec<Known>,
    /// Browsers whose touches lead here, too.
    pub matched: Vec<Known>,
}

/// An identifier and its row id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: i64,
    pub value: String,
}

/// An identifier that is a person's for some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    pub known: Known,
    /// In order, not touching each other; one that holds all times if the identifier is nobody else's.
    pub spans: Vec<Span>,
}

/// From `from_ms` on, up to before `until_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from_ms: i64,
    pub until_ms: i64,
}

impl Person {
    /// Whether an event of `subject` at this time is this person's.
    #[must_use]
    pub fn owns(&self, subject: i64, time_ms: i64) -> bool {
        self.users.iter().any(|user| user.id == subject)
            || self.anonymous.iter().any(|owned| {
                owned.known.id == subject && owned.spans.iter().any(|s| (s.from_ms..s.until_ms).contains(&time_ms))
            })
    }
}

/// Most users of one person, and most ids of each of them, that are looked at.
const MAX_MEMBERS: i64 = 10_000;

/// Most ties of an anonymous id of several users that are looked at.
const MAX_TIES: i64 = 100_000;

/// All times.
pub const ALWAYS: Span = Span { from_ms: i64::MIN, until_ms: i64::MAX };

/// A row of `track_identifier`.
struct Row {
    kind: IdentifierKind,
    value: String,
    person: Option<i64>,
    is_person: bool,
}

/// The row id of an identifier.
pub fn find(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    identifier: &Identifier,
) -> Result<Option<i64>, StoreError> {
    let parameters = params![project.0, identifier.kind.code(), hash.hash(&identifier.value), identifier.value];
    Ok(connection
        .prepare_cached(include_str!("identity/find.sql"))?
        .query_row(parameters, |row| row.get(0))
        .optional()?)
}

/// The person, by the row id that stands for it, to whom an identifier belongs at a time; nobody if the row is gone, or
/// if nothing of the identifier's own is known.
pub fn person_at(connection: &Connection, identifier: i64, time_ms: i64) -> Result<Option<i64>, StoreError> {
    let Some(row) = read(connection, identifier)? else { return Ok(None) };
    match row.kind {
        IdentifierKind::User => listed(connection, row.person),
        IdentifierKind::Anonymous => match user_at(connection, identifier, time_ms)? {
            Some(root) => Ok(Some(root)),
            None => Ok(row.is_person.then_some(identifier)),
        },
        IdentifierKind::Device | IdentifierKind::External => {
            let tied = tied_at(connection, identifier, time_ms)?;
            tied.map_or(Ok(None), |tied| match tied.kind {
                IdentifierKind::User => listed(connection, tied.person),
                _ => person_at(connection, tied.id, time_ms),
            })
        }
    }
}

/// The person for whom a row id stands.
pub fn person(connection: &Connection, root: i64) -> Result<Option<Person>, StoreError> {
    let Some(row) = read(connection, root)?.filter(|row| row.is_person) else { return Ok(None) };
    let users = if row.kind == IdentifierKind::User {
        survivor::first(connection, members(connection, root)?)?
    } else {
        Vec::new()
    };
    let mut person =
        Person { root, users, anonymous: Vec::new(), devices: Vec::new(), external: Vec::new(), matched: Vec::new() };
    let mut leading = Vec::new();
    if person.users.is_empty() {
        person.anonymous.push(Owned { known: Known { id: root, value: row.value }, spans: vec![ALWAYS] });
    }
    for user in &person.users {
        for (kind, known) in tied_to(connection, user.id)? {
            if kind != IdentifierKind::Anonymous {
                leading.push((kind, known));
            } else if person.anonymous.iter().all(|owned| owned.known.id != known.id) {
                let spans = spans(connection, known.id, root)?;
                if !spans.is_empty() {
                    person.anonymous.push(Owned { known, spans });
                }
            }
        }
    }
    for owned in &person.anonymous {
        let others = tied_to(connection, owned.known.id)?;
        leading.extend(others.into_iter().filter(|(kind, _)| *kind != IdentifierKind::Anonymous));
    }
    leading.sort_by(|(one_kind, one), (other_kind, other)| (one_kind, &one.value).cmp(&(other_kind, &other.value)));
    leading.dedup();
    for (kind, known) in leading {
        if person_at(connection, known.id, i64::MAX)? == Some(root) {
            if kind == IdentifierKind::Device { person.devices.push(known) } else { person.external.push(known) }
        }
    }
    person.anonymous.sort_by(|one, other| one.known.value.cmp(&other.known.value));
    person.matched = matched(connection, &person)?;
    Ok(Some(person))
}

/// What a person is called: its surviving user, or its anonymous id.
pub fn name(connection: &Connection, root: i64) -> Result<Option<String>, StoreError> {
    let Some(row) = read(connection, root)? else { return Ok(None) };
    if row.kind != IdentifierKind::User {
        return Ok(Some(format!("{}:{}", row.kind.name(), row.value)));
    }
    let users = survivor::first(connection, members(connection, root)?)?;
    Ok(users.first().map(|user| format!("user:{}", user.value)))
}

impl Person {
    /// The row ids by which events may be this person's: all of its users, and its anonymous ids at their times.
    pub fn subjects(&self) -> impl Iterator<Item = i64> {
        let anonymous = self.anonymous.iter().map(|owned| &owned.known);
        self.users.iter().chain(anonymous).map(|known| known.id)
    }

    /// The same, each with a time in which it is this person's: together they hold every event of the person, once.
    pub fn ranges(&self) -> impl Iterator<Item = (i64, Span)> {
        let users = self.users.iter().map(|user| (user.id, ALWAYS));
        let anonymous = self.anonymous.iter();
        users.chain(anonymous.flat_map(|owned| owned.spans.iter().map(|span| (owned.known.id, *span))))
    }

    /// What the person is called.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.users.first(), self.anonymous.first()) {
            (Some(user), _) => format!("user:{}", user.value),
            (None, Some(owned)) => format!("anonymous:{}", owned.known.value),
            (None, None) => String::new(),
        }
    }
}

fn read(connection: &Connection, id: i64) -> Result<Option<Row>, StoreError> {
    let row = connection
        .prepare_cached(include_str!("identity/read.sql"))?
        .query_row([id], |row| Ok((row.get::<_, u8>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    let row = row.optional()?;
    row.map(|(kind, value, person, is_person)| {
        let kind = IdentifierKind::from_code(kind).ok_or(Damaged)?;
        Ok(Row { kind, value, person, is_person })
    })
    .transpose()
}

/// The root of a component, if it stands for a person.
fn listed(connection: &Connection, root: Option<i64>) -> Result<Option<i64>, StoreError> {
    let Some(root) = root else { return Ok(None) };
    Ok(read(connection, root)?.is_some_and(|row| row.is_person).then_some(root))
}

/// The person of the user to whom an anonymous id is tied at a time.
fn user_at(connection: &Connection, anonymous: i64, time_ms: i64) -> Result<Option<i64>, StoreError> {
    let mut find = connection.prepare_cached(include_str!("identity/two_users.sql"))?;
    let users = find.query_map([anonymous], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    match users[..] {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        _ => {
            let ask =
                |sql| connection.prepare_cached(sql)?.query_row([anonymous, time_ms], |row| row.get(0)).optional();
            let before = ask(include_str!("identity/user_before.sql"))?;
            Ok(before.map_or_else(|| ask(include_str!("identity/user_after.sql")), |root| Ok(Some(root)))?)
        }
    }
}

/// Where a device or an external id leads.
struct Tied {
    id: i64,
    kind: IdentifierKind,
    person: Option<i64>,
}

fn tied_at(connection: &Connection, from: i64, time_ms: i64) -> Result<Option<Tied>, StoreError> {
    let ask = |sql| {
        let mut find = connection.prepare_cached(sql)?;
        find.query_row([from, time_ms], |row| Ok((row.get(0)?, row.get::<_, u8>(1)?, row.get(2)?))).optional()
    };
    let before = ask(include_str!("identity/tied_before.sql"))?;
    let found = before.map_or_else(|| ask(include_str!("identity/tied_after.sql")), |tied| Ok(Some(tied)))?;
    found
        .map(|(id, kind, person)| Ok(Tied { id, kind: IdentifierKind::from_code(kind).ok_or(Damaged)?, person }))
        .transpose()
}

fn members(connection: &Connection, root: i64) -> Result<Vec<Known>, StoreError> {
    known(connection, "SELECT id, value FROM track_identifier WHERE person_id = ?1 LIMIT ?2", root)
}

fn known(connection: &Connection, sql: &str, id: i64) -> Result<Vec<Known>, StoreError> {
    let mut find = connection.prepare_cached(sql)?;
    let rows = find.query_map([id, MAX_MEMBERS], |row| Ok(Known { id: row.get(0)?, value: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What was ever tied to an identifier.
fn tied_to(connection: &Connection, to: i64) -> Result<Vec<(IdentifierKind, Known)>, StoreError> {
    let mut find = connection.prepare_cached(include_str!("identity/tied_to.sql"))?;
    let rows = find.query_map([to, MAX_MEMBERS], |row| {
        Ok((row.get::<_, u8>(0)?, Known { id: row.get(1)?, value: row.get(2)? }))
    })?;
    rows.map(|row| {
        let (kind, known) = row?;
        Ok((IdentifierKind::from_code(kind).ok_or(Damaged)?, known))
    })
    .collect()
}

/// The times in which an anonymous id is a person's.
fn spans(connection: &Connection, anonymous: i64, root: i64) -> Result<Vec<Span>, StoreError> {
    let mut find = connection.prepare_cached(include_str!("identity/two_users.sql"))?;
    let owners = find.query_map([anonymous], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    if owners.len() < 2 {
        return Ok(if owners == [root] { vec![ALWAYS] } else { Vec::new() });
    }
    let mut ties = connection.prepare_cached(include_str!("identity/ties.sql"))?;
    let mut ties = ties.query([anonymous, MAX_TIES])?;
    // The last of those at the same time counts; they come in the order of their ids.
    let mut turns: Vec<(i64, i64)> = Vec::new();
    let (mut left, mut last_ms) = (MAX_TIES, i64::MAX);
    while let Some(tie) = ties.next()? {
        let (time_ms, owner): (i64, i64) = (tie.get(0)?, tie.get(1)?);
        left -= 1;
        last_ms = time_ms;
        match turns.last_mut() {
            Some(last) if last.0 == time_ms => last.1 = owner,
            _ => turns.push((time_ms, owner)),
        }
    }
    turns.dedup_by_key(|(_, owner)| *owner);
    // Nobody owns what lies beyond the ties that were looked at.
    let end_ms = if left > 0 { i64::MAX } else { last_ms };
    let ends = turns.iter().skip(1).map(|(time_ms, _)| *time_ms).chain([end_ms]);
    let spans = turns.iter().zip(ends).enumerate().filter(|(_, ((_, owner), _))| *owner == root);
    Ok(spans
        .map(|(at, ((from_ms, _), until_ms))| Span { from_ms: if at == 0 { i64::MIN } else { *from_ms }, until_ms })
        .collect())
}

/// Browsers that were matched with the person's ids while they were the person's.
fn matched(connection: &Connection, person: &Person) -> Result<Vec<Known>, StoreError> {
    let mut find = connection.prepare_cached(include_str!("identity/matched.sql"))?;
    let mut matched = Vec::new();
    for subject in person.subjects() {
        let mut rows = find.query([subject, MAX_MEMBERS])?;
        while let Some(row) = rows.next()? {
            if person.owns(subject, row.get(2)?) {
                matched.push(Known { id: row.get(0)?, value: row.get(1)? });
            }
        }
    }
    matched.sort_by(|one: &Known, other| one.value.cmp(&other.value));
    matched.dedup();
    Ok(matched)
}
