//! The person that a request asks about.

use actix_web::HttpRequest;
use rusqlite::Connection;

use crate::domain::id::ProjectId;
use crate::domain::track::{Identifier, IdentifierKind};
use crate::http::path::segment;
use crate::http::problem::Problem;
use crate::query::track::identity::{self, Person};
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// Position of the person in the paths.
const PERSON_SEGMENT: usize = 5;

/// What the path calls the person.
pub fn name(request: &HttpRequest) -> Result<String, Problem> {
    segment(request.uri().path(), PERSON_SEGMENT).ok_or(Problem::PersonNotFound)
}

/// The person of that name.
pub fn find(
    connection: &Connection,
    hash: TextHash,
    project: ProjectId,
    name: &str,
) -> Result<Option<Person>, StoreError> {
    let named = name.split_once(':').and_then(|(kind, value)| Some((IdentifierKind::from_name(kind)?, value)));
    let candidates = match named {
        Some(named) => vec![named],
        None => {
            [IdentifierKind::User, IdentifierKind::Anonymous, IdentifierKind::Device].map(|kind| (kind, name)).into()
        }
    };
    for (kind, value) in candidates {
        let identifier = Identifier { kind, value: value.into() };
        if let Some(id) = identity::find(connection, hash, project, &identifier)?
            && let Some(root) = identity::person_at(connection, id, i64::MAX)?
        {
            return identity::person(connection, root);
        }
    }
    Ok(None)
}
