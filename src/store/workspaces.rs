//! By what web pages name a project, which carry no key, and the origins whose pages may do so (datalyr.md 2).

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::domain::id::ProjectId;

/// What a made up workspace id begins with.
const MARK: &str = "ws_";

/// A project as a web page finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    pub project: ProjectId,
    /// As [`crate::domain::web_origin::OriginRule`] writes them; none: any origin.
    pub origins: Vec<String>,
}

/// A new workspace id. It is no secret; it is random only so that no two are the same.
#[must_use]
pub fn new_workspace_id() -> String {
    format!("{MARK}{}", Uuid::new_v4().simple())
}

/// The project with a workspace id; its public id is one, too.
pub fn find(connection: &Connection, workspace_id: &str) -> Result<Option<Workspace>, rusqlite::Error> {
    let Some(project) = find_project(connection, workspace_id)? else { return Ok(None) };
    Ok(Some(Workspace { project, origins: origins(connection, project)? }))
}

/// The project that a workspace id names.
pub fn find_project(connection: &Connection, workspace_id: &str) -> Result<Option<ProjectId>, rusqlite::Error> {
    let uuid = Uuid::try_parse(workspace_id).ok().map(Uuid::into_bytes);
    connection
        .prepare_cached(include_str!("find_workspace.sql"))?
        .query_row(params![workspace_id, uuid], |row| row.get(0).map(ProjectId))
        .optional()
}

/// The origins whose pages may send to a project, in the order of their letters; none: any.
pub fn origins(connection: &Connection, project: ProjectId) -> Result<Vec<String>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT origin FROM project_origin WHERE project_id = ?1 ORDER BY origin")?
        .query_map([project.0], |row| row.get(0))?
        .collect()
}

/// Gives a project another workspace id; an error if a project has it already.
pub fn set_workspace_id(
    connection: &Connection,
    project: ProjectId,
    workspace_id: &str,
) -> Result<(), rusqlite::Error> {
    connection.execute("UPDATE project SET workspace_id = ?2 WHERE id = ?1", params![project.0, workspace_id])?;
    Ok(())
}

/// Replaces the origins of a project.
pub fn set_origins(connection: &Connection, project: ProjectId, origins: &[String]) -> Result<(), rusqlite::Error> {
    connection.execute("DELETE FROM project_origin WHERE project_id = ?1", [project.0])?;
    let mut insert = connection.prepare("INSERT OR IGNORE INTO project_origin (project_id, origin) VALUES (?1, ?2)")?;
    for origin in origins {
        insert.execute(params![project.0, origin])?;
    }
    Ok(())
}

/// Gives a workspace id to each project of an older Hearth; returns how many there were.
pub fn name_all(connection: &Connection) -> Result<usize, rusqlite::Error> {
    let nameless: Vec<i64> = connection
        .prepare("SELECT id FROM project WHERE workspace_id IS NULL")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for project in &nameless {
        set_workspace_id(connection, ProjectId(*project), &new_workspace_id())?;
    }
    Ok(nameless.len())
}
