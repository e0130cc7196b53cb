//! The shop's project.

use crate::config::Storage;
use crate::domain::id::ProjectId;
use crate::domain::visit::GoalKind;
use crate::store::StoreError;
use crate::store::connection::open_writer;
use crate::store::goals;
use crate::store::registry::{self, Secret};

/// Name of the project.
pub const NAME: &str = "Ember & Oak";

/// What the shop wants its visitors to do.
const GOALS: [(&str, GoalKind, &str); 4] = [
    ("Order", GoalKind::Page, "/thank-you"),
    ("Put into the basket", GoalKind::Event, "add_to_cart"),
    ("Reach the checkout", GoalKind::Page, "/checkout"),
    ("See the account", GoalKind::Page, "/account"),
];

/// Finds the shop's project or makes it, with goals. The store must have been opened once, so that there are tables.
pub fn find_or_add(storage: &Storage, now_ms: i64) -> Result<ProjectId, StoreError> {
    let connection = open_writer(storage)?;
    if let Some(project) = registry::find_project_named(&connection, NAME)? {
        return Ok(project);
    }
    let project = registry::add_project(&connection, NAME, now_ms)?.project;
    for goal in GOALS {
        goals::add(&connection, project, goal, now_ms)?;
    }
    Ok(project)
}

/// The key if it opens the project, else a new one: somebody may have revoked it.
pub fn living_key(storage: &Storage, project: ProjectId, key: Option<&str>, now_ms: i64) -> Result<String, StoreError> {
    let connection = open_writer(storage)?;
    if let Some(key) = key
        && let Some(opened) = registry::find_key(&connection, &registry::hash_secret(key))?
        && opened.project == project
    {
        return Ok(key.to_owned());
    }
    registry::create_secret(&connection, Secret::ProjectKey, project, now_ms)
}
