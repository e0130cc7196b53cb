//! Goals: what a project's visitors should come to do.

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::domain::visit::GoalKind;
use crate::store::StoreError;

/// Most goals of a project.
pub const MAX_GOALS: usize = 100;

/// A goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    pub id: i64,
    pub name: String,
    pub kind: GoalKind,
    /// A path, or the name of an event; `*` at its end stands for any rest.
    pub pattern: String,
}

/// The goals of a project, in the order of their names.
pub fn list(connection: &Connection, project: ProjectId) -> Result<Vec<Goal>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id, name, kind, pattern FROM goal WHERE project_id = ?1 ORDER BY name LIMIT ?2")?;
    let goals = statement.query_map(params![project.0, MAX_GOALS], |row| {
        Ok(Goal {
            id: row.get(0)?,
            name: row.get(1)?,
            kind: GoalKind::from_number(row.get(2)?).unwrap_or(GoalKind::Page),
            pattern: row.get(3)?,
        })
    })?;
    Ok(goals.collect::<Result<_, _>>()?)
}

/// Adds a goal, or changes the one of that name; nothing if there are too many.
pub fn add(
    connection: &Connection,
    project: ProjectId,
    (name, kind, pattern): (&str, GoalKind, &str),
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let goals = list(connection, project)?;
    if goals.len() >= MAX_GOALS && goals.iter().all(|goal| goal.name != name) {
        return Ok(None);
    }
    let id = connection
        .prepare_cached(include_str!("put_goal.sql"))?
        .query_row(params![project.0, name, kind as u8, pattern, now_ms], |row| row.get(0))?;
    Ok(Some(id))
}

/// Removes a goal; false if the project has none of that id.
pub fn remove(connection: &Connection, project: ProjectId, id: i64) -> Result<bool, StoreError> {
    let gone =
        connection.prepare_cached("DELETE FROM goal WHERE project_id = ?1 AND id = ?2")?.execute([project.0, id])?;
    Ok(gone > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{migrate, registry};

    #[test]
    fn goals_come_change_and_go_with_their_project() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut connection, 0).unwrap();
        let [one, other] = ["One", "Other"].map(|name| registry::add_project(&connection, name, 0).unwrap().project);
        let id = add(&connection, one, ("Signed up", GoalKind::Event, "signup"), 0).unwrap().unwrap();
        assert_eq!(add(&connection, one, ("Signed up", GoalKind::Page, "/welcome*"), 1).unwrap(), Some(id));
        let goal = Goal { id, name: "Signed up".into(), kind: GoalKind::Page, pattern: "/welcome*".into() };
        assert_eq!(list(&connection, one).unwrap(), [goal]);
        assert_eq!(list(&connection, other).unwrap(), []);
        assert!(!remove(&connection, other, id).unwrap());
        assert!(remove(&connection, one, id).unwrap());
        assert_eq!(list(&connection, one).unwrap(), []);
    }

    #[test]
    fn there_are_only_so_many() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut connection, 0).unwrap();
        let project = registry::add_project(&connection, "One", 0).unwrap().project;
        for n in 0..MAX_GOALS {
            assert!(add(&connection, project, (&n.to_string(), GoalKind::Page, "/"), 0).unwrap().is_some());
        }
        assert_eq!(add(&connection, project, ("one more", GoalKind::Page, "/"), 0).unwrap(), None);
        assert!(add(&connection, project, ("0", GoalKind::Event, "known"), 0).unwrap().is_some());
    }
}
