//! Read tokens with a name and an end, as people make them in the dashboard.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::domain::id::{ProjectId, SecretHash};
use crate::store::StoreError;
use crate::store::registry::{RegisteredKey, Secret, hash_secret, new_secret, secret_prefix};

/// What a new token is to be.
#[derive(Debug, Clone)]
pub struct NewReadToken<'a> {
    pub project: ProjectId,
    /// For people; may be empty.
    pub name: &'a str,
    pub may_erase: bool,
    /// Absent: never.
    pub expires_at_ms: Option<i64>,
    /// The account that makes it, if one does.
    pub created_by: Option<i64>,
}

/// A token as its owner may see it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadTokenInfo {
    pub id: i64,
    pub project: ProjectId,
    pub project_uuid: Uuid,
    pub project_name: String,
    pub prefix: String,
    pub name: String,
    pub may_erase: bool,
    pub created_at_ms: i64,
    pub expires_at_ms: Option<i64>,
    /// Name of the account that made it.
    pub created_by: Option<String>,
}

/// A token that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundToken {
    pub opens: RegisteredKey,
    pub is_expired: bool,
}

/// Makes a token and returns it; it cannot be read again later.
pub fn create(connection: &Connection, token: &NewReadToken<'_>, now_ms: i64) -> Result<String, StoreError> {
    let secret = new_secret(Secret::ReadToken.mark())?;
    connection.prepare_cached(include_str!("insert_read_token.sql"))?.execute(params![
        token.project.0,
        hash_secret(&secret),
        secret_prefix(&secret),
        now_ms,
        token.may_erase,
        token.name,
        token.expires_at_ms,
        token.created_by
    ])?;
    Ok(secret)
}

/// What a token opens that is not revoked.
pub fn find(connection: &Connection, hash: &SecretHash, now_ms: i64) -> Result<Option<FoundToken>, rusqlite::Error> {
    connection
        .prepare_cached(include_str!("find_read_token.sql"))?
        .query_row(params![hash, now_ms], |row| {
            let opens = RegisteredKey {
                project: ProjectId(row.get(0)?),
                project_uuid: Uuid::from_bytes(row.get(1)?),
                may_erase: row.get(2)?,
            };
            Ok(FoundToken { opens, is_expired: row.get(3)? })
        })
        .optional()
}

/// The tokens of a project that are not revoked, the newest first.
pub fn of_project(connection: &Connection, project: ProjectId) -> Result<Vec<ReadTokenInfo>, rusqlite::Error> {
    connection
        .prepare_cached(include_str!("list_tokens_of_project.sql"))?
        .query_map([project.0], |row| {
            Ok(ReadTokenInfo {
                id: row.get(0)?,
                project: ProjectId(row.get(1)?),
                project_uuid: Uuid::from_bytes(row.get(2)?),
                project_name: row.get(3)?,
                prefix: row.get(4)?,
                name: row.get(5)?,
                may_erase: row.get(6)?,
                created_at_ms: row.get(7)?,
                expires_at_ms: row.get(8)?,
                created_by: row.get(9)?,
            })
        })?
        .collect()
}

/// Revokes a token of a project; false if it has no valid one of this id.
pub fn revoke(connection: &Connection, project: ProjectId, id: i64, now_ms: i64) -> Result<bool, rusqlite::Error> {
    let revoked = connection.prepare_cached(include_str!("revoke_read_token.sql"))?.execute([project.0, id, now_ms])?;
    Ok(revoked == 1)
}

/// The project of a token that is not revoked.
pub fn project_of(connection: &Connection, id: i64) -> Result<Option<ProjectId>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT project_id FROM read_token WHERE id = ?1 AND revoked_at_ms IS NULL")?
        .query_row([id], |row| row.get(0).map(ProjectId))
        .optional()
}
