//! Users that had a public id before they came here.

use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::domain::id::ProjectId;

/// A user as another collector knew it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedUser {
    pub project: ProjectId,
    pub uuid: Uuid,
    pub external_id: String,
    pub traits_json: Option<String>,
    pub created_at_ms: i64,
}

impl AdoptedUser {
    /// Adds the user; false if the project knows it already, or the id is taken. What is known stays as it is.
    pub fn add(&self, connection: &Connection) -> Result<bool, rusqlite::Error> {
        let added = connection.prepare_cached(include_str!("adopt_user.sql"))?.execute(params![
            self.project.0,
            self.uuid.as_bytes(),
            self.external_id,
            self.traits_json,
            self.created_at_ms,
        ])?;
        Ok(added > 0)
    }
}
