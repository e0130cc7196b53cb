//! Tabs above pages that belong together.

use super::layout::Layout;
use crate::domain::role::Role;

/// A tab.
#[derive(Debug, Clone)]
pub struct Tab {
    pub name: &'static str,
    pub href: String,
    pub current: bool,
}

/// The tabs of an account's own pages.
#[must_use]
pub fn of_account(current: &str) -> Vec<Tab> {
    of("/account", &[("Profile", "profile"), ("Security", "security"), ("Tokens", "tokens")], current)
}

/// The tabs of a project's settings that the viewer may open.
#[must_use]
pub fn of_settings(layout: &Layout, current: &str) -> Vec<Tab> {
    const TABS: [(&str, &str, Role); 8] = [
        ("General", "general", Role::Viewer),
        ("Install", "install", Role::Viewer),
        ("Keys", "keys", Role::Admin),
        ("Goals", "goals", Role::Viewer),
        ("Filters", "filters", Role::Viewer),
        ("Retention", "retention", Role::Viewer),
        ("Sharing", "sharing", Role::Admin),
        ("Danger", "danger", Role::Owner),
    ];
    let open: Vec<_> = TABS.into_iter().filter(|(_, _, role)| layout.may(*role)).collect();
    let open: Vec<_> = open.into_iter().map(|(name, last, _)| (name, last)).collect();
    of(&format!("{}/settings", layout.base()), &open, current)
}

/// The tabs of the installation's pages.
#[must_use]
pub fn of_installation(current: &str) -> Vec<Tab> {
    const TABS: [(&str, &str); 8] = [
        ("Status", "status"),
        ("Users", "users"),
        ("Projects", "projects"),
        ("Proxy", "proxy"),
        ("Storage", "storage"),
        ("Backups", "backups"),
        ("Address", "address"),
        ("Configuration", "config"),
    ];
    of("/admin", &TABS, current)
}

fn of(base: &str, tabs: &[(&'static str, &str)], current: &str) -> Vec<Tab> {
    let tab =
        |(name, last): &(&'static str, &str)| Tab { name, href: format!("{base}/{last}"), current: *last == current };
    tabs.iter().map(tab).collect()
}
