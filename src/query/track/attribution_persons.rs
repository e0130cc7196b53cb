//! Whose conversions they are.

use rusqlite::Connection;

use super::conversions::Conversion;
use super::identity;
use crate::store::StoreError;

/// Conversions of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credited {
    /// Row id of the identifier that stands for the person; absent if nobody knows who it is.
    pub root: Option<i64>,
    pub conversions: Vec<Conversion>,
}

/// Puts conversions together by person.
pub fn persons_of(connection: &Connection, conversions: Vec<Conversion>) -> Result<Vec<Credited>, StoreError> {
    let mut known = Vec::with_capacity(conversions.len());
    for conversion in conversions {
        known.push((root(connection, &conversion)?, conversion));
    }
    known.sort_by_key(|(root, _)| *root);
    let groups = known.chunk_by(|a, b| a.0 == b.0);
    Ok(groups
        .map(|group| Credited { root: group[0].0, conversions: group.iter().map(|known| known.1).collect() })
        .collect())
}

fn root(connection: &Connection, conversion: &Conversion) -> Result<Option<i64>, StoreError> {
    let Some(subject) = conversion.subject else { return Ok(None) };
    identity::person_at(connection, subject, conversion.time_ms)
}
