//! Whose conversions they are, and what brought these persons; for many conversions at a time.
//!
//! Most persons are simple: nobody else ever used one of their browsers, and no app was matched with another browser. What is
//! known of all of these is read together, by a few statements for all. Of the others, `identity` tells one by one.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, Row};

use super::attribution_together::{pair, together};
use super::attribution_visits::read_visits;
use super::conversions::Conversion;
use super::identity;
use super::journey_person::Traveller;
use super::touches::{self, Touch};
use super::touches_distinct::distinct;
use crate::domain::track::IdentifierKind;
use crate::store::StoreError;

/// Conversions of one person.
#[derive(Debug)]
pub struct Credited {
    /// Absent if nobody knows who it is.
    pub traveller: Option<Traveller>,
    pub conversions: Vec<Conversion>,
}

/// Puts conversions together by person, and finds out what brought each; if `visits_matter`, also in which sessions the persons
/// of conversions without one were.
pub fn persons_of(
    connection: &Connection,
    conversions: Vec<Conversion>,
    visits_matter: bool,
) -> Result<Vec<Credited>, StoreError> {
    let subjects: HashSet<i64> = conversions.iter().filter_map(|conversion| conversion.subject).collect();
    let roots = Roots::read(connection, &subjects.into_iter().collect::<Vec<_>>())?;
    let mut of_root: BTreeMap<Option<i64>, Vec<Conversion>> = BTreeMap::new();
    for conversion in conversions {
        let root = match conversion.subject {
            Some(subject) => roots.at(connection, subject, conversion.time_ms)?,
            None => None,
        };
        of_root.entry(root).or_default().push(conversion);
    }
    let mut travellers =
        simple(connection, &of_root.keys().flatten().copied().collect::<Vec<_>>())?.unwrap_or_default();
    if visits_matter {
        let is_asked = |root: &i64| of_root[&Some(*root)].iter().any(|conversion| conversion.session.is_none());
        read_visits(connection, travellers.iter().filter(|(root, _)| is_asked(root)).map(|(_, traveller)| traveller))?;
    }
    let mut found = Vec::with_capacity(of_root.len());
    for (root, conversions) in of_root {
        let known = root.and_then(|root| travellers.remove(&root));
        let traveller = match (known, root) {
            (Some(simple), _) => Some(simple),
            (None, Some(root)) => {
                let person = identity::person(connection, root)?;
                person.map(|person| Traveller::of(connection, &person)).transpose()?
            }
            (None, None) => None,
        };
        found.push(Credited { traveller, conversions });
    }
    Ok(found)
}

/// Whose subjects are.
struct Roots {
    /// By subject, where it does not depend on the time: the row id that stands for the person.
    known: HashMap<i64, Option<i64>>,
}

impl Roots {
    fn read(connection: &Connection, subjects: &[i64]) -> Result<Self, StoreError> {
        let mut known = HashMap::with_capacity(subjects.len());
        let mut anonymous = HashMap::new();
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, u8>(1)?, row.get::<_, bool>(2)?, row.get(3)?));
        let found = together(connection, include_str!("attribution_subjects.sql"), subjects, read)?;
        for (subject, kind, is_person, root) in found.unwrap_or_default() {
            if kind == IdentifierKind::User.code() {
                known.insert(subject, root);
            } else if kind == IdentifierKind::Anonymous.code() {
                anonymous.insert(subject, is_person);
            }
        }
        let Some(owners) = owners(connection, anonymous.keys())? else { return Ok(Self { known }) };
        for (subject, is_person) in anonymous {
            match owners.get(&subject).map(Vec::as_slice) {
                None => known.insert(subject, is_person.then_some(subject)),
                Some([only]) => known.insert(subject, Some(*only)),
                Some(_) => None,
            };
        }
        Ok(Self { known })
    }

    fn at(&self, connection: &Connection, subject: i64, time_ms: i64) -> Result<Option<i64>, StoreError> {
        match self.known.get(&subject) {
            Some(root) => Ok(*root),
            None => identity::person_at(connection, subject, time_ms),
        }
    }
}

/// Those of the persons who are simple, by the row ids that stand for them; nothing if there is too much to look at together.
fn simple(connection: &Connection, roots: &[i64]) -> Result<Option<HashMap<i64, Traveller>>, StoreError> {
    let Some(members) = together(connection, include_str!("attribution_members.sql"), roots, pair)? else {
        return Ok(None);
    };
    // The person of each user, or of each anonymous id that is a person itself; then of all other anonymous ids.
    let mut of_subject: HashMap<i64, i64> = roots.iter().map(|&root| (root, root)).chain(members).collect();
    let subjects: Vec<i64> = of_subject.keys().copied().collect();
    let Some(tied) = together(connection, include_str!("attribution_tied.sql"), &subjects, pair)? else {
        return Ok(None);
    };
    let Some(owners) = owners(connection, tied.iter().map(|(_, anonymous)| anonymous))? else { return Ok(None) };
    let mut complex = HashSet::new();
    for (user, anonymous) in tied {
        let Some(&root) = of_subject.get(&user) else { continue };
        match owners.get(&anonymous).map(Vec::as_slice) {
            Some([only]) if *only == root => {
                of_subject.insert(anonymous, root);
            }
            Some([_, _, ..]) => {
                complex.insert(root);
            }
            // Somebody else's, or nobody's: who was tied to it here is not proven to be a user.
            _ => {}
        }
    }
    let subjects: Vec<i64> = of_subject.keys().copied().collect();
    let matched = together(connection, include_str!("attribution_matched.sql"), &subjects, |row| row.get::<_, i64>(0))?;
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(19)?, touches::read(row)?));
    let told = together(connection, include_str!("attribution_touches.sql"), &subjects, read)?;
    let (Some(matched), Some(told)) = (matched, told) else { return Ok(None) };
    complex.extend(matched.iter().filter_map(|subject| of_subject.get(subject)));
    let mut parts: HashMap<i64, (Vec<i64>, Vec<Touch>)> = HashMap::with_capacity(roots.len());
    for (subject, root) in &of_subject {
        if !complex.contains(root) {
            parts.entry(*root).or_default().0.push(*subject);
        }
    }
    for (subject, touch) in told {
        if let Some((_, touches)) = of_subject.get(&subject).and_then(|root| parts.get_mut(root)) {
            touches.push(touch);
        }
    }
    let traveller = |(subjects, told): (Vec<i64>, _)| Traveller::sole_owner(&subjects, distinct(told));
    Ok(Some(parts.into_iter().map(|(root, part)| (root, traveller(part))).collect()))
}

/// The persons to whom anonymous ids were ever tied, by anonymous id; nothing if they are too many.
fn owners<'a>(
    connection: &Connection,
    anonymous: impl Iterator<Item = &'a i64>,
) -> Result<Option<HashMap<i64, Vec<i64>>>, StoreError> {
    let anonymous: Vec<i64> = anonymous.copied().collect();
    let found = together(connection, include_str!("attribution_owners.sql"), &anonymous, pair)?;
    Ok(found.map(|found| {
        let mut owners: HashMap<i64, Vec<i64>> = HashMap::with_capacity(anonymous.len());
        for (anonymous, owner) in found {
            let known = owners.entry(anonymous).or_default();
            if !known.contains(&owner) && known.len() < 2 {
                known.push(owner);
            }
        }
        owners
    }))
}
