//! What each page of the dashboard needs, on one page. A page without a row is refused.

use actix_web::http::Method;

use crate::domain::role::Role;

/// What somebody must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Anyone,
    /// The holder of the set-up link; the handler looks at it.
    SetUp,
    /// Signed in.
    SignedIn,
    /// Somebody with at least this role in the project of the path; a share link makes a viewer.
    Project(Role),
    /// An administrator of the installation.
    Installation,
}

/// A page.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// `GET` stands for `HEAD`, too.
    pub method: &'static str,
    /// As in `routes.rs`, with what its scope adds.
    pub pattern: &'static str,
    pub need: Need,
}

const VIEWER: Need = Need::Project(Role::Viewer);
const EDITOR: Need = Need::Project(Role::Editor);
const ADMIN: Need = Need::Project(Role::Admin);
const OWNER: Need = Need::Project(Role::Owner);

/// Every page of the dashboard.
pub const RULES: &[Rule] = &[
    get("/", Need::SignedIn),
    get("/theme/{choice}", Need::Anyone),
    get("/help", Need::Anyone),
    get("/help/{topic}", Need::Anyone),
    get("/setup", Need::SetUp),
    post("/setup", Need::SetUp),
    get("/setup/project", Need::Installation),
    post("/setup/project", Need::Installation),
    get("/login", Need::Anyone),
    post("/login", Need::Anyone),
    get("/login/link", Need::Anyone),
    get("/login/code", Need::Anyone),
    post("/login/code", Need::Anyone),
    post("/logout", Need::SignedIn),
    get("/share/{token}", Need::Anyone),
    post("/share/{token}", Need::Anyone),
    get("/account", Need::SignedIn),
    get("/account/profile", Need::SignedIn),
    post("/account/profile", Need::SignedIn),
    get("/account/security", Need::SignedIn),
    post("/account/security/password", Need::SignedIn),
    post("/account/security/factor", Need::SignedIn),
    post("/account/security/factor/off", Need::SignedIn),
    post("/account/security/recovery", Need::SignedIn),
    post("/account/security/sessions", Need::SignedIn),
    get("/account/tokens", Need::SignedIn),
    post("/account/tokens", Need::SignedIn),
    post("/account/tokens/revoke", Need::SignedIn),
    get("/admin/status", Need::Installation),
    get("/admin/projects", Need::Installation),
    post("/admin/projects", Need::Installation),
    post("/admin/projects/rename", Need::Installation),
    get("/admin/proxy", Need::Installation),
    get("/admin/storage", Need::Installation),
    get("/admin/backups", Need::Installation),
    post("/admin/backups", Need::Installation),
    get("/admin/address", Need::Installation),
    get("/admin/config", Need::Installation),
    get("/admin/users", Need::Installation),
    post("/admin/users", Need::Installation),
    get("/admin/users/{account}", Need::Installation),
    post("/admin/users/{account}", Need::Installation),
    get("/p/{project}", VIEWER),
    get("/p/{project}/pages", VIEWER),
    get("/p/{project}/pages/page", VIEWER),
    get("/p/{project}/events", VIEWER),
    get("/p/{project}/events/event", VIEWER),
    get("/p/{project}/sources", VIEWER),
    get("/p/{project}/audience", VIEWER),
    get("/p/{project}/heatmaps", VIEWER),
    get("/p/{project}/heatmaps/viewer", VIEWER),
    get("/p/{project}/sessions", VIEWER),
    get("/p/{project}/sessions/session", VIEWER),
    get("/p/{project}/live", VIEWER),
    get("/p/{project}/traffic", VIEWER),
    get("/p/{project}/traffic/routes", VIEWER),
    get("/p/{project}/traffic/route", VIEWER),
    get("/p/{project}/traffic/slow", VIEWER),
    get("/p/{project}/traffic/errors", VIEWER),
    get("/p/{project}/traffic/users", VIEWER),
    get("/p/{project}/traffic/user", VIEWER),
    get("/p/{project}/traffic/requests", VIEWER),
    get("/p/{project}/traffic/requests/request", VIEWER),
    get("/p/{project}/attribution", VIEWER),
    get("/p/{project}/people", VIEWER),
    get("/p/{project}/people/person", VIEWER),
    get("/p/{project}/people/erase", OWNER),
    post("/p/{project}/people/erase", OWNER),
    get("/p/{project}/settings/general", VIEWER),
    post("/p/{project}/settings/general", ADMIN),
    get("/p/{project}/settings/keys", ADMIN),
    post("/p/{project}/settings/keys", ADMIN),
    post("/p/{project}/settings/keys/revoke", ADMIN),
    post("/p/{project}/settings/keys/pages", ADMIN),
    get("/p/{project}/settings/install", VIEWER),
    post("/p/{project}/settings/install", VIEWER),
    get("/p/{project}/settings/install/listening", VIEWER),
    get("/p/{project}/settings/filters", VIEWER),
    post("/p/{project}/settings/filters", EDITOR),
    post("/p/{project}/settings/filters/rename", EDITOR),
    post("/p/{project}/settings/filters/delete", EDITOR),
    get("/p/{project}/settings/goals", VIEWER),
    post("/p/{project}/settings/goals", EDITOR),
    post("/p/{project}/settings/goals/delete", EDITOR),
    get("/p/{project}/settings/danger", OWNER),
    post("/p/{project}/settings/danger/delete", OWNER),
    get("/p/{project}/settings/retention", VIEWER),
    get("/p/{project}/settings/sharing", ADMIN),
    post("/p/{project}/settings/sharing/links", ADMIN),
    post("/p/{project}/settings/sharing/links/revoke", ADMIN),
    post("/p/{project}/settings/sharing/members", ADMIN),
];

/// What a page needs; none: it has no row, and nobody may have it.
#[must_use]
pub fn need(method: &Method, pattern: &str) -> Option<Need> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    RULES.iter().find(|rule| rule.method == method && rule.pattern == pattern).map(|rule| rule.need)
}

const fn get(pattern: &'static str, need: Need) -> Rule {
    Rule { method: "GET", pattern, need }
}

const fn post(pattern: &'static str, need: Need) -> Rule {
    Rule { method: "POST", pattern, need }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_page_has_two_rows() {
        let pages: BTreeSet<_> = RULES.iter().map(|rule| (rule.method, rule.pattern)).collect();
        assert_eq!(pages.len(), RULES.len());
    }

    #[test]
    fn a_role_is_needed_in_a_project_and_nowhere_else() {
        for rule in RULES {
            let is_project = rule.pattern.starts_with("/p/{project}");
            assert_eq!(matches!(rule.need, Need::Project(_)), is_project, "{}", rule.pattern);
        }
    }

    #[test]
    fn what_has_no_row_is_refused() {
        assert_eq!(need(&Method::HEAD, "/login"), Some(Need::Anyone));
        assert_eq!(need(&Method::DELETE, "/login"), None);
        assert_eq!(need(&Method::GET, "/nowhere"), None);
    }
}
