//! Projects and the secrets that open them: keys to write with, tokens to read with.
//!
//! Secrets are kept as SHA-256; they are random and long, so no slow hash is needed. The functions run
//! on any connection: the writer's, a reader's, or that of a command beside a running server.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::fill;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::StoreError;
use super::workspaces::new_workspace_id;
use crate::domain::id::{ProjectId, SecretHash};

/// Characters of a secret that are kept in clear, by which its owner recognises it.
const PREFIX_CHARS: usize = 8;

/// The two kinds of secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// Lets a page send events. Every visitor can read it, so it grants nothing else.
    ProjectKey,
    /// Lets its holder read one project.
    ReadToken,
}

/// What a new project key begins with that is meant for a Datalyr SDK: they warn of any other (datalyr.md 2).
pub const DATALYR_MARK: &str = "dk_";

impl Secret {
    /// What a new one begins with.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::ProjectKey => "hk_",
            Self::ReadToken => "hr_",
        }
    }
}

/// A project, as found by a secret or by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisteredKey {
    pub project: ProjectId,
    pub project_uuid: Uuid,
    /// Whether the secret also lets its holder erase persons; only a read token may.
    pub may_erase: bool,
}

/// A project with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub id: ProjectId,
    pub uuid: Uuid,
    pub name: String,
    /// By what web pages name it, which carry no key; absent in a file that no newer Hearth has served from yet.
    pub workspace_id: Option<String>,
    pub created_at_ms: i64,
}

/// A secret as its owner may see it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretInfo {
    pub project_name: String,
    pub prefix: String,
    pub created_at_ms: i64,
    pub revoked_at_ms: Option<i64>,
    pub may_erase: bool,
    /// Only of read tokens; may be empty.
    pub name: String,
    /// Only of read tokens; absent: never.
    pub expires_at_ms: Option<i64>,
}

/// The hash under which a secret is kept.
#[must_use]
pub fn hash_secret(secret: &str) -> SecretHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    hash
}

/// The first characters of a secret.
#[must_use]
pub fn secret_prefix(secret: &str) -> Box<str> {
    secret.chars().take(PREFIX_CHARS).collect::<String>().into()
}

/// A new random secret of 160 bits that begins with `mark`.
pub fn new_secret(mark: &str) -> Result<String, StoreError> {
    let mut bytes = [0_u8; 20];
    fill(&mut bytes).map_err(|_| StoreError::Unavailable)?;
    let mut secret = String::from(mark);
    for byte in bytes {
        secret.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        secret.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    Ok(secret)
}

/// The project a living project key opens.
pub fn find_key(connection: &Connection, hash: &SecretHash) -> Result<Option<RegisteredKey>, rusqlite::Error> {
    connection
        .prepare_cached(include_str!("find_project_key.sql"))?
        .query_row([hash], |row| {
            Ok(RegisteredKey {
                project: ProjectId(row.get(0)?),
                project_uuid: Uuid::from_bytes(row.get(1)?),
                may_erase: row.get(2)?,
            })
        })
        .optional()
}

/// Whether a project key was registered once and has been revoked.
pub fn is_revoked_key(connection: &Connection, hash: &SecretHash) -> Result<bool, rusqlite::Error> {
    connection.prepare_cached("SELECT 1 FROM project_key WHERE hash = ?1 AND revoked_at_ms IS NOT NULL")?.exists([hash])
}

/// The public id of a project.
pub fn project_uuid(connection: &Connection, project: ProjectId) -> Result<Uuid, rusqlite::Error> {
    connection
        .prepare_cached("SELECT uuid FROM project WHERE id = ?1")?
        .query_row([project.0], |row| row.get(0).map(Uuid::from_bytes))
}

/// The name of a project.
pub fn project_name(connection: &Connection, project: ProjectId) -> Result<String, rusqlite::Error> {
    connection.prepare_cached("SELECT name FROM project WHERE id = ?1")?.query_row([project.0], |row| row.get(0))
}

/// The workspace id of a project.
pub fn workspace_id(connection: &Connection, project: ProjectId) -> Result<Option<String>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT workspace_id FROM project WHERE id = ?1")?
        .query_row([project.0], |row| row.get(0))
}

/// The project with a public id.
pub fn find_project(connection: &Connection, uuid: Uuid) -> Result<Option<ProjectId>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT id FROM project WHERE uuid = ?1 AND deleted_at_ms IS NULL")?
        .query_row([uuid.as_bytes()], |row| row.get(0).map(ProjectId))
        .optional()
}

/// The project that an owner calls by its public id or its name; the oldest of that name, or of all if it is empty.
pub fn find_project_named(connection: &Connection, text: &str) -> Result<Option<ProjectId>, rusqlite::Error> {
    if let Ok(uuid) = Uuid::try_parse(text)
        && let Some(project) = find_project(connection, uuid)?
    {
        return Ok(Some(project));
    }
    connection
        .prepare_cached(include_str!("find_project_named.sql"))?
        .query_row([text], |row| row.get(0).map(ProjectId))
        .optional()
}

/// All projects, oldest first.
pub fn projects(connection: &Connection) -> Result<Vec<Project>, rusqlite::Error> {
    connection
        .prepare_cached(include_str!("list_projects.sql"))?
        .query_map([], |row| {
            Ok(Project {
                id: ProjectId(row.get(0)?),
                uuid: Uuid::from_bytes(row.get(1)?),
                name: row.get(2)?,
                workspace_id: row.get(3)?,
                created_at_ms: row.get(4)?,
            })
        })?
        .collect()
}

/// How many projects there are.
pub fn count_projects(connection: &Connection) -> Result<u64, rusqlite::Error> {
    connection
        .prepare_cached("SELECT COUNT(*) FROM project WHERE deleted_at_ms IS NULL")?
        .query_row([], |row| row.get(0))
}

/// Whether a project was deleted, or is being deleted: nothing may be added to it any more.
pub fn is_deleted(connection: &Connection, project: ProjectId) -> Result<bool, rusqlite::Error> {
    connection.prepare_cached(include_str!("is_deleted_project.sql"))?.exists([project.0])
}

/// Adds a project, with a workspace id that is made up.
pub fn add_project(connection: &Connection, name: &str, now_ms: i64) -> Result<RegisteredKey, rusqlite::Error> {
    let project_uuid = Uuid::new_v4();
    let id = connection.prepare_cached(include_str!("insert_project.sql"))?.insert(params![
        project_uuid.as_bytes(),
        name,
        now_ms,
        new_workspace_id()
    ])?;
    Ok(RegisteredKey { project: ProjectId(id), project_uuid, may_erase: false })
}

/// Adds a project that has a public id already, with a workspace id that is made up.
pub fn adopt_project(
    connection: &Connection,
    uuid: Uuid,
    name: &str,
    created_at_ms: i64,
) -> Result<ProjectId, rusqlite::Error> {
    let id = connection
        .prepare_cached("INSERT INTO project (uuid, name, created_at_ms, workspace_id) VALUES (?1, ?2, ?3, ?4)")?
        .insert(params![uuid.as_bytes(), name, created_at_ms, new_workspace_id()])?;
    Ok(ProjectId(id))
}

/// Gives a project another name.
pub fn rename_project(connection: &Connection, project: ProjectId, name: &str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("UPDATE project SET name = ?2 WHERE id = ?1")?.execute(params![project.0, name])?;
    Ok(())
}

/// Adds a secret to a project.
pub fn add_secret(
    connection: &Connection,
    kind: Secret,
    project: ProjectId,
    hash: &SecretHash,
    prefix: &str,
    now_ms: i64,
) -> Result<(), rusqlite::Error> {
    let sql = match kind {
        Secret::ProjectKey => {
            "INSERT INTO project_key (project_id, hash, prefix, created_at_ms) VALUES (?1, ?2, ?3, ?4)"
        }
        Secret::ReadToken => "INSERT INTO read_token (project_id, hash, prefix, created_at_ms) VALUES (?1, ?2, ?3, ?4)",
    };
    connection.prepare_cached(sql)?.execute(params![project.0, hash, prefix, now_ms])?;
    Ok(())
}

/// Makes a new secret for a project and returns it; it cannot be read again later.
pub fn create_secret(
    connection: &Connection,
    kind: Secret,
    project: ProjectId,
    now_ms: i64,
) -> Result<String, StoreError> {
    create_marked_secret(connection, kind, kind.mark(), project, now_ms)
}

/// The same, beginning with a mark that is not the kind's own.
pub fn create_marked_secret(
    connection: &Connection,
    kind: Secret,
    mark: &str,
    project: ProjectId,
    now_ms: i64,
) -> Result<String, StoreError> {
    let secret = new_secret(mark)?;
    add_secret(connection, kind, project, &hash_secret(&secret), &secret_prefix(&secret), now_ms)?;
    Ok(secret)
}

/// All secrets of a kind, oldest first.
pub fn secrets(connection: &Connection, kind: Secret) -> Result<Vec<SecretInfo>, rusqlite::Error> {
    let sql = match kind {
        Secret::ProjectKey => include_str!("list_project_keys.sql"),
        Secret::ReadToken => include_str!("list_read_tokens.sql"),
    };
    connection
        .prepare(sql)?
        .query_map([], |row| {
            Ok(SecretInfo {
                project_name: row.get(0)?,
                prefix: row.get(1)?,
                created_at_ms: row.get(2)?,
                revoked_at_ms: row.get(3)?,
                may_erase: row.get(4)?,
                name: row.get(5)?,
                expires_at_ms: row.get(6)?,
            })
        })?
        .collect()
}

/// Revokes the living secrets that begin with `prefix`; returns how many.
pub fn revoke_secrets(
    connection: &Connection,
    kind: Secret,
    prefix: &str,
    now_ms: i64,
) -> Result<usize, rusqlite::Error> {
    let sql = match kind {
        Secret::ProjectKey => "UPDATE project_key SET revoked_at_ms = ?2 WHERE prefix = ?1 AND revoked_at_ms IS NULL",
        Secret::ReadToken => "UPDATE read_token SET revoked_at_ms = ?2 WHERE prefix = ?1 AND revoked_at_ms IS NULL",
    };
    connection.execute(sql, params![prefix, now_ms])
}
