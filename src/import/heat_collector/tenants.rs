//! Whose the data are: projects with their keys, and users. SDKs and dashboards need no change afterwards.

use std::collections::HashMap;

use anyhow::{Context as _, bail, ensure};
use rusqlite::Connection;
use serde::Serialize;
use uuid::Uuid;

use super::rows::whole_ms;
use crate::domain::id::ProjectId;
use crate::query::foreign_file::Unreadable;
use crate::query::foreign_file::heat_collector::{self, ForeignProject, ForeignUser};
use crate::store::heat::adopted_user::AdoptedUser;
use crate::store::registry::{self, Secret, hash_secret, secret_prefix};
use crate::store::{Store, StoreError};

/// Projects that a file may have.
const MAX_PROJECTS: usize = 10_000;

/// Users that are added in one transaction.
const USERS: usize = 1_000;

/// Longest name of a project, in characters.
const MAX_NAME_CHARS: usize = 100;

/// The projects of a file, and where they are here.
#[derive(Debug, Clone, Default)]
pub struct Tenants {
    projects: Vec<ForeignProject>,
    here: HashMap<String, ProjectId>,
}

/// What was made for the import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Adopted {
    /// Names of projects that were not here.
    pub projects: Vec<String>,
    /// Keys that were not here.
    pub keys: u64,
    /// Users that were not here.
    pub users: u64,
}

impl Tenants {
    /// Reads the projects of a file.
    pub(super) fn read(file: &Connection) -> anyhow::Result<Self> {
        let mut projects = Vec::new();
        let found = heat_collector::projects(file, 0, MAX_PROJECTS + 1).map_err(Unreadable::from)?;
        ensure!(found.len() <= MAX_PROJECTS, "it has more than {MAX_PROJECTS} projects");
        for (row, project) in found {
            match project {
                Ok(project) => projects.push(project),
                Err(reason) => bail!("projects row {row}: {reason}"),
            }
        }
        Ok(Self { projects, here: HashMap::new() })
    }

    /// Public ids of the projects.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.projects.iter().map(|project| &*project.id)
    }

    /// Where a project is here. Before it is adopted: nowhere that could be written to.
    pub(super) fn find(&self, id: &str) -> Option<ProjectId> {
        match self.here.get(id) {
            Some(project) => Some(*project),
            None if self.here.is_empty() => {
                self.projects.iter().any(|project| project.id == id).then_some(ProjectId(0))
            }
            None => None,
        }
    }

    /// Makes projects, keys and users that are not here. A project is found by its key, then by its id; `into` is where the
    /// only project of a file goes instead. Doing it again changes nothing.
    pub(super) fn adopt(
        &mut self,
        file: &Connection,
        store: &Store,
        into: Option<ProjectId>,
    ) -> anyhow::Result<Adopted> {
        ensure!(
            into.is_none() || self.projects.len() <= 1,
            "the file has {} projects, which cannot all go into one; leave --project out to keep them apart",
            self.projects.len()
        );
        let mut adopted = Adopted::default();
        for project in &self.projects {
            let here = store.administer(|file, _| adopt_project(file, project, into, &mut adopted))?;
            self.here.insert(project.id.clone(), here);
        }
        let mut after = 0;
        loop {
            let page = heat_collector::users(file, after, USERS).map_err(Unreadable::from)?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            // A user that makes no sense is met again with its sessions, which are refused then.
            let users: Vec<_> = page.iter().filter_map(|(_, user)| self.user(user.as_ref().ok()?)).collect();
            adopted.users += store
                .administer(|file, _| {
                    let mut added = 0;
                    for user in &users {
                        added += u64::from(user.add(file)?);
                    }
                    Ok(added)
                })
                .context("users cannot be added")?;
        }
        Ok(adopted)
    }

    fn user(&self, user: &ForeignUser) -> Option<AdoptedUser> {
        Some(AdoptedUser {
            project: *self.here.get(&user.project)?,
            uuid: Uuid::try_parse(&user.id).unwrap_or_else(|_| Uuid::new_v4()),
            external_id: user.external_id.clone(),
            traits_json: user.traits_json.clone(),
            created_at_ms: whole_ms(user.created_at),
        })
    }
}

fn adopt_project(
    file: &Connection,
    project: &ForeignProject,
    into: Option<ProjectId>,
    adopted: &mut Adopted,
) -> Result<ProjectId, StoreError> {
    let hash = hash_secret(&project.key);
    let uuid = Uuid::try_parse(&project.id).unwrap_or_else(|_| Uuid::new_v4());
    let by_key = registry::find_key(file, &hash)?.map(|key| key.project);
    let here = match (into, by_key) {
        (Some(into), _) => into,
        (None, Some(by_key)) => by_key,
        (None, None) => {
            if let Some(by_id) = registry::find_project(file, uuid)? {
                by_id
            } else {
                let name = free_name(file, &project.name)?;
                let here = registry::adopt_project(file, uuid, &name, whole_ms(project.created_at))?;
                adopted.projects.push(name);
                here
            }
        }
    };
    // A key that was revoked here stays so.
    if by_key.is_none() && !project.key.is_empty() && !registry::is_revoked_key(file, &hash)? {
        let created_at_ms = whole_ms(project.created_at);
        registry::add_secret(file, Secret::ProjectKey, here, &hash, &secret_prefix(&project.key), created_at_ms)?;
        adopted.keys += 1;
    }
    Ok(here)
}

/// The original calls every project "Default": what is called so already gets a number.
fn free_name(file: &Connection, name: &str) -> Result<String, StoreError> {
    let name: String = name.trim().chars().filter(|character| !character.is_control()).take(MAX_NAME_CHARS).collect();
    let name = if name.is_empty() { "Imported".to_owned() } else { name };
    let mut free = name.clone();
    for number in 2..=MAX_PROJECTS {
        if registry::find_project_named(file, &free)?.is_none() {
            break;
        }
        free = format!("{name} {number}");
    }
    Ok(free)
}
