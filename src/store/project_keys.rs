//! The keys of one project, as the people of that project see them. Making one is the registry's.

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// Keys of a project that are listed, the newest.
const MAX_LISTED: usize = 200;

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectKey {
    pub id: i64,
    /// Its first characters, by which its owner recognises it.
    pub prefix: String,
    pub created_at_ms: i64,
    pub revoked_at_ms: Option<i64>,
}

/// The keys of a project: those that work first, then the newest.
pub fn list(connection: &Connection, project: ProjectId) -> Result<Vec<ProjectKey>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("keys_of_project.sql"))?;
    let keys = statement.query_map(params![project.0, MAX_LISTED], |row| {
        Ok(ProjectKey { id: row.get(0)?, prefix: row.get(1)?, created_at_ms: row.get(2)?, revoked_at_ms: row.get(3)? })
    })?;
    Ok(keys.collect::<Result<_, _>>()?)
}

/// The project of each key that works and begins with these characters.
pub fn projects_of_prefix(connection: &Connection, prefix: &str) -> Result<Vec<ProjectId>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT project_id FROM project_key WHERE prefix = ?1 AND revoked_at_ms IS NULL ORDER BY id")?;
    let found = statement.query_map([prefix], |row| row.get(0).map(ProjectId))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Revokes a key; false if the project has no such key that works.
pub fn revoke(connection: &Connection, project: ProjectId, id: i64, now_ms: i64) -> Result<bool, StoreError> {
    let revoked = connection
        .prepare_cached(include_str!("revoke_key_of_project.sql"))?
        .execute(params![project.0, id, now_ms])?;
    Ok(revoked > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrate;
    use crate::store::registry::{self, Secret};

    #[test]
    fn keys_are_listed_and_revoked_in_their_project_only() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut connection, 0).unwrap();
        let [one, other] = ["One", "Other"].map(|name| registry::add_project(&connection, name, 0).unwrap().project);
        let key = registry::create_secret(&connection, Secret::ProjectKey, one, 7).unwrap();
        let [listed] = list(&connection, one).unwrap().try_into().unwrap();
        assert_eq!((&*listed.prefix, listed.created_at_ms, listed.revoked_at_ms), (&key[..8], 7, None));
        assert_eq!(list(&connection, other).unwrap(), []);
        assert_eq!(projects_of_prefix(&connection, &key[..8]).unwrap(), [one]);
        assert!(!revoke(&connection, other, listed.id, 8).unwrap());
        assert!(revoke(&connection, one, listed.id, 8).unwrap());
        assert!(!revoke(&connection, one, listed.id, 9).unwrap(), "it is revoked already");
        assert_eq!(list(&connection, one).unwrap()[0].revoked_at_ms, Some(8));
        assert_eq!(projects_of_prefix(&connection, &key[..8]).unwrap(), []);
        assert!(registry::is_revoked_key(&connection, &registry::hash_secret(&key)).unwrap());
    }
}
