//! Persons by what people call them (docs/datalyr.md).

use rusqlite::{Connection, params};

use super::{MAX_MEMBERS, find, person_at};
use crate::domain::id::ProjectId;
use crate::domain::track::{Identifier, IdentifierKind};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;
use crate::store::track::traits::normal_email;

/// Kinds that an id without one may be, in the order in which they are tried.
const BARE: [IdentifierKind; 3] = [IdentifierKind::User, IdentifierKind::Anonymous, IdentifierKind::Device];

/// By what a person is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonName {
    Identifier(Identifier),
    /// An e-mail address, as written.
    Email(Box<str>),
    /// An id whose kind was not said.
    Bare(Box<str>),
}

impl PersonName {
    /// Reads `user:U`, `anonymous:A`, `device:D`, `external:NAMESPACE:ID`, `email:ADDRESS`, or an id alone.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some(("email", address)) => Self::Email(address.into()),
            Some((kind, value)) => match IdentifierKind::from_name(kind) {
                Some(kind) => Self::Identifier(Identifier { kind, value: value.into() }),
                None => Self::Bare(text.into()),
            },
            None => Self::Bare(text.into()),
        }
    }

    /// The person so named, by the row id that stands for it.
    pub fn resolve(
        &self,
        connection: &Connection,
        hash: TextHash,
        project: ProjectId,
    ) -> Result<Option<i64>, StoreError> {
        let by_id = |identifier: &Identifier| match find(connection, hash, project, identifier)? {
            Some(id) => person_at(connection, id, i64::MAX),
            None => Ok(None),
        };
        match self {
            Self::Identifier(identifier) => by_id(identifier),
            Self::Email(address) => by_email(connection, project, address),
            Self::Bare(value) => {
                for kind in BARE {
                    let found = by_id(&Identifier { kind, value: value.clone() })?;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                Ok(None)
            }
        }
    }
}

/// The person of whom an e-mail address was said last; those who have another one by now come after those who still have
/// it.
fn by_email(connection: &Connection, project: ProjectId, address: &str) -> Result<Option<i64>, StoreError> {
    let Some(email) = normal_email(address) else { return Ok(None) };
    let mut statement = connection.prepare_cached(include_str!("users_with_email.sql"))?;
    let rows = statement.query_map(params![project.0, email, MAX_MEMBERS], |row| {
        let said = row.get::<_, Option<String>>(2)?.and_then(|json| serde_json::from_str::<String>(&json).ok());
        let has_it = said.and_then(|said| normal_email(&said)).is_some_and(|said| said == email);
        Ok(((has_it, row.get::<_, Option<i64>>(3)?, row.get::<_, String>(1)?), row.get::<_, i64>(0)?))
    })?;
    let mut users = rows.collect::<Result<Vec<_>, _>>()?;
    users.sort_unstable_by(|one, other| other.cmp(one));
    for (_, user) in users {
        if let Some(person) = person_at(connection, user, i64::MAX)? {
            return Ok(Some(person));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_in_front_says_what_an_id_is() {
        let id = |kind, value: &str| PersonName::Identifier(Identifier { kind, value: value.into() });
        for (text, name) in [
            ("user:a:b", id(IdentifierKind::User, "a:b")),
            ("anonymous:anon_1", id(IdentifierKind::Anonymous, "anon_1")),
            ("device:D", id(IdentifierKind::Device, "D")),
            ("external:revenuecat:rc:9", id(IdentifierKind::External, "revenuecat:rc:9")),
            ("email:A@b.co", PersonName::Email("A@b.co".into())),
            ("users:a", PersonName::Bare("users:a".into())),
            ("a", PersonName::Bare("a".into())),
            ("", PersonName::Bare("".into())),
        ] {
            assert_eq!(PersonName::parse(text), name, "{text}");
        }
    }
}
