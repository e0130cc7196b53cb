//! A person as somebody names it, whichever of the three protocols knows it.

use rusqlite::{Connection, params};

use super::asked_person;
use super::identity::{Known, Person};
use crate::domain::erasure::{ErasedIdentifier, Erasure};
use crate::domain::id::ProjectId;
use crate::domain::track::{Identifier, IdentifierKind};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// A person with everything by which it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholePerson {
    pub project: ProjectId,
    /// What it is called: `user:` or `anonymous:` and the id.
    pub name: String,
    /// Absent if no app event names it, only browsers' events or proxied requests.
    pub person: Option<Person>,
    /// User ids, the surviving one first: those under which browsers' events and requests know it, too.
    pub users: Vec<String>,
}

/// Finds the person who is called `user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID`, `email:ADDRESS`, or by an id
/// without its kind; a user may be one whom only browsers' events or proxied requests know.
pub fn find(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    text: &str,
) -> Result<Option<WholePerson>, StoreError> {
    if let Some(person) = asked_person::find(connection, hash, project, text)? {
        return Ok(Some(whole(project, person)));
    }
    for user in [text.strip_prefix("user:"), Some(text)].into_iter().flatten() {
        let mut known = connection.prepare_cached(include_str!("user_of_others.sql"))?;
        if known.exists(params![project.0, user])? {
            let users = vec![user.to_owned()];
            return Ok(Some(WholePerson { project, name: format!("user:{user}"), person: None, users }));
        }
    }
    Ok(None)
}

/// A person of apps' events, as a whole.
fn whole(project: ProjectId, person: Person) -> WholePerson {
    let users = person.users.iter().map(|user| user.value.clone()).collect();
    WholePerson { project, name: person.name(), person: Some(person), users }
}

/// One of a person's ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalId {
    pub kind: IdentifierKind,
    pub value: String,
    /// Row id, if apps' events know it.
    pub id: Option<i64>,
    /// Of an id that is somebody else's at other times: from when until before when it is this person's.
    pub spans: Option<Vec<(i64, i64)>>,
}

impl WholePerson {
    /// Everything by which it is known.
    #[must_use]
    pub fn ids(&self) -> Vec<PersonalId> {
        let Some(person) = &self.person else {
            let of_user =
                |user: &String| PersonalId { kind: IdentifierKind::User, value: user.clone(), id: None, spans: None };
            return self.users.iter().map(of_user).collect();
        };
        let plain = |kind| {
            move |known: &Known| PersonalId { kind, value: known.value.clone(), id: Some(known.id), spans: None }
        };
        let mut ids: Vec<_> = person.users.iter().map(plain(IdentifierKind::User)).collect();
        ids.extend(person.anonymous.iter().map(|owned| {
            let spans: Vec<_> = owned.spans.iter().map(|span| (span.from_ms, span.until_ms)).collect();
            let spans = (spans != [(i64::MIN, i64::MAX)]).then_some(spans);
            PersonalId { spans, ..plain(IdentifierKind::Anonymous)(&owned.known) }
        }));
        ids.extend(person.devices.iter().map(plain(IdentifierKind::Device)));
        ids.extend(person.external.iter().map(plain(IdentifierKind::External)));
        ids
    }

    /// What it takes to erase the person: what happened up to `at_ms` stays away.
    #[must_use]
    pub fn erasure(&self, at_ms: i64) -> Erasure {
        let identifiers = self.ids().into_iter().map(|known| ErasedIdentifier {
            id: known.id,
            identifier: Identifier { kind: known.kind, value: known.value.into() },
            spans: known.spans,
        });
        Erasure { project: self.project, at_ms, identifiers: identifiers.collect() }
    }
}
