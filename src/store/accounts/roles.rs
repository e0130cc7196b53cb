//! Who has which role in which project.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use crate::domain::id::ProjectId;
use crate::domain::role::Role;

/// Somebody with a role in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub account: i64,
    pub name: String,
    pub role: Role,
    pub is_disabled: bool,
}

/// The projects in which an account has a role.
pub fn of_account(connection: &Connection, account: i64) -> Result<BTreeMap<ProjectId, Role>, rusqlite::Error> {
    let mut roles = BTreeMap::new();
    let mut select = connection.prepare_cached("SELECT project_id, role FROM account_role WHERE account_id = ?1")?;
    let mut rows = select.query([account])?;
    while let Some(row) = rows.next()? {
        // A number that no role has opens nothing.
        if let Some(role) = Role::from_number(row.get(1)?) {
            roles.insert(ProjectId(row.get(0)?), role);
        }
    }
    Ok(roles)
}

/// Who has a role in a project, in the order of their names.
pub fn of_project(connection: &Connection, project: ProjectId) -> Result<Vec<Member>, rusqlite::Error> {
    let mut members = Vec::new();
    let mut select = connection.prepare_cached(include_str!("list_members.sql"))?;
    let mut rows = select.query([project.0])?;
    while let Some(row) = rows.next()? {
        if let Some(role) = Role::from_number(row.get(2)?) {
            members.push(Member { account: row.get(0)?, name: row.get(1)?, role, is_disabled: row.get(3)? });
        }
    }
    Ok(members)
}

/// Gives an account a role in a project, or takes away the one it has.
pub fn set(
    connection: &Connection,
    account: i64,
    project: ProjectId,
    role: Option<Role>,
) -> Result<(), rusqlite::Error> {
    match role {
        Some(role) => connection
            .prepare_cached("INSERT OR REPLACE INTO account_role (account_id, project_id, role) VALUES (?1, ?2, ?3)")?
            .execute(params![account, project.0, role as u8])?,
        None => connection
            .prepare_cached("DELETE FROM account_role WHERE account_id = ?1 AND project_id = ?2")?
            .execute([account, project.0])?,
    };
    Ok(())
}
