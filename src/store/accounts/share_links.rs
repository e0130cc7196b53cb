//! Share links: who has one sees one project, read-only.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::domain::id::{ProjectId, SecretHash};

/// A share link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareLink {
    pub id: i64,
    pub project: ProjectId,
    /// Its first characters, for people.
    pub prefix: String,
    pub name: String,
    /// `$argon2id$...`; absent: the link is enough.
    pub password_hash: Option<String>,
    pub created_at_ms: i64,
    pub expires_at_ms: Option<i64>,
    pub revoked_at_ms: Option<i64>,
}

impl ShareLink {
    /// Whether it opens anything.
    #[must_use]
    pub fn is_valid(&self, now_ms: i64) -> bool {
        self.revoked_at_ms.is_none() && self.expires_at_ms.is_none_or(|end_ms| now_ms < end_ms)
    }
}

/// A share link that is to be made.
#[derive(Debug, Clone)]
pub struct NewShareLink<'a> {
    pub project: ProjectId,
    pub hash: SecretHash,
    pub prefix: &'a str,
    pub name: &'a str,
    pub password_hash: Option<&'a str>,
    pub created_by: i64,
    pub expires_at_ms: Option<i64>,
}

const COLUMNS: &str =
    "SELECT id, project_id, prefix, name, password_hash, created_at_ms, expires_at_ms, revoked_at_ms FROM share_link";

fn row(row: &Row<'_>) -> Result<ShareLink, rusqlite::Error> {
    Ok(ShareLink {
        id: row.get(0)?,
        project: ProjectId(row.get(1)?),
        prefix: row.get(2)?,
        name: row.get(3)?,
        password_hash: row.get(4)?,
        created_at_ms: row.get(5)?,
        expires_at_ms: row.get(6)?,
        revoked_at_ms: row.get(7)?,
    })
}

/// Adds a link; gives its row id.
pub fn add(connection: &Connection, link: &NewShareLink<'_>, now_ms: i64) -> Result<i64, rusqlite::Error> {
    connection.prepare_cached(include_str!("insert_share_link.sql"))?.insert(params![
        link.project.0,
        link.hash,
        link.prefix,
        link.name,
        link.password_hash,
        link.created_by,
        now_ms,
        link.expires_at_ms
    ])
}

/// The link with this secret, whether it is valid or not.
pub fn find(connection: &Connection, hash: &SecretHash) -> Result<Option<ShareLink>, rusqlite::Error> {
    connection.prepare_cached(&format!("{COLUMNS} WHERE hash = ?1"))?.query_row([hash], row).optional()
}

/// The link with a row id, whether it is valid or not.
pub fn by_id(connection: &Connection, id: i64) -> Result<Option<ShareLink>, rusqlite::Error> {
    connection.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?.query_row([id], row).optional()
}

/// The links of a project that are not revoked, the newest first.
pub fn list(connection: &Connection, project: ProjectId) -> Result<Vec<ShareLink>, rusqlite::Error> {
    connection
        .prepare_cached(&format!("{COLUMNS} WHERE project_id = ?1 AND revoked_at_ms IS NULL ORDER BY id DESC"))?
        .query_map([project.0], row)?
        .collect()
}

/// Revokes a link of a project; false if it has no valid one of this id.
pub fn revoke(connection: &Connection, project: ProjectId, id: i64, now_ms: i64) -> Result<bool, rusqlite::Error> {
    let revoked = connection.prepare_cached(include_str!("revoke_share_link.sql"))?.execute([project.0, id, now_ms])?;
    Ok(revoked == 1)
}
