//! Who looks at the dashboard, and what they may do.

use std::collections::BTreeMap;

use crate::domain::id::ProjectId;
use crate::domain::role::Role;

/// Somebody whom the guard of the dashboard has let in; it puts this into the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// Signed in.
    Account(Account),
    /// Came by a share link: sees one project, changes nothing.
    Share { project: ProjectId, link: i64 },
}

/// An account with what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Row id.
    pub id: i64,
    pub name: String,
    /// Whether this is an administrator of the installation, who may do everything everywhere.
    pub is_admin: bool,
    /// Projects in which the account has a role.
    pub roles: BTreeMap<ProjectId, Role>,
    /// Row id of the session by which the request came.
    pub session: i64,
    /// What forms of this session must send back.
    pub form_token: String,
}

impl Viewer {
    /// The role in a project; none: the project does not exist for this viewer.
    #[must_use]
    pub fn role_in(&self, project: ProjectId) -> Option<Role> {
        match self {
            Self::Account(account) if account.is_admin => Some(Role::Owner),
            Self::Account(account) => account.roles.get(&project).copied(),
            Self::Share { project: shared, .. } => (*shared == project).then_some(Role::Viewer),
        }
    }

    /// The account, if somebody is signed in.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Account(account) => Some(account),
            Self::Share { .. } => None,
        }
    }
}
