//! Filters that a project's people want to find again.

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::store::StoreError;

/// Most saved filters of a project.
pub const MAX_SAVED_FILTERS: usize = 100;

/// A saved filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFilter {
    pub id: i64,
    pub name: String,
    /// As in the URL: `f=field:operator:value`, percent-encoded, joined by `&`.
    pub query: String,
}

/// The saved filters of a project, in the order of their names.
pub fn list(connection: &Connection, project: ProjectId) -> Result<Vec<SavedFilter>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id, name, query FROM saved_filter WHERE project_id = ?1 ORDER BY name LIMIT ?2")?;
    let filters = statement.query_map(params![project.0, MAX_SAVED_FILTERS], |row| {
        Ok(SavedFilter { id: row.get(0)?, name: row.get(1)?, query: row.get(2)? })
    })?;
    Ok(filters.collect::<Result<_, _>>()?)
}

/// Saves a filter, also in place of the one of that name; nothing if there are too many.
pub fn add(
    connection: &Connection,
    project: ProjectId,
    (name, query): (&str, &str),
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let filters = list(connection, project)?;
    if filters.len() >= MAX_SAVED_FILTERS && filters.iter().all(|filter| filter.name != name) {
        return Ok(None);
    }
    let id = connection
        .prepare_cached(include_str!("put_saved_filter.sql"))?
        .query_row(params![project.0, name, query, now_ms], |row| row.get(0))?;
    Ok(Some(id))
}

/// Gives a saved filter another name; false if there is none of that id, or another one has the name.
pub fn rename(connection: &Connection, project: ProjectId, id: i64, name: &str) -> Result<bool, StoreError> {
    let filters = list(connection, project)?;
    if filters.iter().any(|filter| filter.name == name && filter.id != id) {
        return Ok(false);
    }
    let renamed = connection
        .prepare_cached("UPDATE saved_filter SET name = ?3 WHERE project_id = ?1 AND id = ?2")?
        .execute(params![project.0, id, name])?;
    Ok(renamed > 0)
}

/// Removes a saved filter; false if the project has none of that id.
pub fn remove(connection: &Connection, project: ProjectId, id: i64) -> Result<bool, StoreError> {
    let gone = connection
        .prepare_cached("DELETE FROM saved_filter WHERE project_id = ?1 AND id = ?2")?
        .execute([project.0, id])?;
    Ok(gone > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{migrate, registry};

    #[test]
    fn filters_are_found_again_in_their_project_only() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut connection, 0).unwrap();
        let [one, other] = ["One", "Other"].map(|name| registry::add_project(&connection, name, 0).unwrap().project);
        let id = add(&connection, one, ("Phones", "f=device:is:tablet"), 0).unwrap().unwrap();
        assert_eq!(add(&connection, one, ("Phones", "f=device:is:phone"), 1).unwrap(), Some(id));
        let filter = SavedFilter { id, name: "Phones".into(), query: "f=device:is:phone".into() };
        assert_eq!(list(&connection, one).unwrap(), [filter]);
        assert_eq!(list(&connection, other).unwrap(), []);
        add(&connection, one, ("Tablets", "f=device:is:tablet"), 2).unwrap();
        assert!(!rename(&connection, one, id, "Tablets").unwrap(), "taken");
        assert!(!rename(&connection, other, id, "Handsets").unwrap());
        assert!(rename(&connection, one, id, "Handsets").unwrap());
        assert_eq!(list(&connection, one).unwrap()[0].name, "Handsets");
        assert!(!remove(&connection, other, id).unwrap());
        assert!(remove(&connection, one, id).unwrap());
    }
}
