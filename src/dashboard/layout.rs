//! The frame around every page: title, menus, theme.

use actix_web::{HttpMessage, HttpRequest};
use uuid::Uuid;

use super::{assets, theme};
use crate::domain::id::ProjectId;
use crate::domain::role::Role;
use crate::http::view::pairs;
use crate::http::viewer::{Account, Viewer};

/// What the frame shows.
#[derive(Debug, Clone)]
pub struct Layout {
    pub title: String,
    /// `light`, `dark`, or as the system has it.
    pub theme: Option<&'static str>,
    pub account: Option<Account>,
    pub project: Option<ProjectTitle>,
    /// Path and query of the page itself.
    here: String,
    section: &'static str,
}

/// The project a page is about.
#[derive(Debug, Clone)]
pub struct ProjectTitle {
    pub id: ProjectId,
    pub uuid: Uuid,
    pub name: String,
    /// What the viewer may do in it.
    pub role: Role,
}

/// A group of the menu.
#[derive(Debug, Clone)]
pub struct MenuGroup {
    pub name: &'static str,
    pub items: Vec<MenuItem>,
}

/// A link of the menu.
#[derive(Debug, Clone)]
pub struct MenuItem {
    pub name: String,
    pub icon: &'static str,
    pub href: String,
    pub current: bool,
}

/// The screens of a project: group, name, last part of the path (also the icon's name).
const SCREENS: [(&str, &[(&str, &str)]); 4] = [
    ("Watch", &[("Overview", "overview"), ("Live", "live")]),
    ("Behaviour", &[("Pages", "pages"), ("Heatmaps", "heatmaps"), ("Sessions", "sessions"), ("Events", "events")]),
    ("Growth", &[("Sources", "sources"), ("Attribution", "attribution"), ("People", "people")]),
    ("Server", &[("Traffic", "traffic")]),
];

/// What stands at the foot of a phone's page, before "More".
const SHORT: [&str; 4] = ["overview", "live", "sessions", "traffic"];

impl Layout {
    /// The frame of a page for whoever asks. `section` is the last part of the path of the menu's link.
    #[must_use]
    pub fn new(request: &HttpRequest, title: &str, section: &'static str, project: Option<ProjectTitle>) -> Self {
        let viewer = request.extensions().get::<Viewer>().cloned();
        let here = request.uri().path_and_query().map_or("/", actix_web::http::uri::PathAndQuery::as_str);
        Self {
            title: title.to_owned(),
            theme: theme::chosen(request),
            account: viewer.and_then(|viewer| viewer.account().cloned()),
            project,
            here: here.to_owned(),
            section,
        }
    }

    /// The frame of a page that belongs to nothing, such as an error.
    #[must_use]
    pub fn alone(title: &str) -> Self {
        let here = "/".to_owned();
        Self { title: title.to_owned(), theme: None, account: None, project: None, here, section: "" }
    }

    /// The address of a static file.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// What forms must send back as `form_token`.
    #[must_use]
    pub fn form_token(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.form_token)
    }

    /// Whether the viewer may at least do what `role` may.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.project.as_ref().is_some_and(|project| project.role >= role)
    }

    /// Path below which the project's screens are.
    #[must_use]
    pub fn base(&self) -> String {
        self.project.as_ref().map_or(String::new(), |project| format!("/p/{}", project.uuid))
    }

    /// The screens of the project.
    #[must_use]
    pub fn menu(&self) -> Vec<MenuGroup> {
        let mut groups: Vec<_> = SCREENS
            .iter()
            .map(|(name, items)| MenuGroup {
                name,
                items: items.iter().map(|(name, section)| self.item(name, section)).collect(),
            })
            .collect();
        if self.account.is_some()
            && let Some(server) = groups.last_mut()
        {
            let mut settings = self.item("Settings", "settings");
            settings.href.push_str("/general");
            server.items.push(settings);
        }
        groups
    }

    /// The foot of a phone's page.
    #[must_use]
    pub fn short_menu(&self) -> Vec<MenuItem> {
        if self.project.is_none() {
            return Vec::new();
        }
        let all = self.menu().into_iter().flat_map(|group| group.items);
        all.filter(|item| SHORT.contains(&item.icon)).collect()
    }

    /// What is not about a project: installation, account, help, theme.
    #[must_use]
    pub fn own_menu(&self) -> Vec<MenuItem> {
        let item = |name: &str, icon: &'static str, href: String| MenuItem {
            name: name.to_owned(),
            icon,
            current: self.section == icon,
            href,
        };
        let mut items = Vec::new();
        if let Some(account) = &self.account {
            if account.is_admin {
                items.push(item("Installation", "admin", "/admin/status".to_owned()));
            }
            items.push(item(&account.name, "account", "/account/profile".to_owned()));
        }
        items.push(item("Help", "help", "/help".to_owned()));
        let (word, name) = match self.theme {
            None => ("light", "Theme: automatic"),
            Some("light") => ("dark", "Theme: light"),
            Some(_) => ("auto", "Theme: dark"),
        };
        let next: String = url::form_urlencoded::byte_serialize(self.here.as_bytes()).collect();
        items.push(item(name, "theme", format!("/theme/{word}?next={next}")));
        items
    }

    fn item(&self, name: &str, section: &'static str) -> MenuItem {
        let end = if section == "overview" { String::new() } else { format!("/{section}") };
        MenuItem { name: name.to_owned(), icon: section, href: self.base() + &end, current: self.section == section }
    }
}

/// The parameter `next` of a query, if it is a path of this server; else `/`.
#[must_use]
pub fn local_path(query: &str) -> String {
    let next = pairs(query).find(|(name, _)| name == "next").map(|(_, next)| next);
    // Browsers take a backslash for a slash, and two slashes for another server; they skip tabs and line ends.
    let is_local = |path: &String| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.len() <= 2_048
            && !path.contains('\\')
            && !path.chars().any(char::is_control)
    };
    next.filter(is_local).unwrap_or_else(|| "/".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_server() {
        for (query, expected) in [
            ("next=%2Fp%2Fx%3Fperiod%3D7d", "/p/x?period=7d"),
            ("next=https%3A%2F%2Fevil.example", "/"),
            ("next=%2F%2Fevil.example", "/"),
            ("next=%2F%5Cevil.example", "/"),
            ("next=%2F%09%2Fevil.example", "/"),
            ("", "/"),
        ] {
            assert_eq!(local_path(query), expected, "{query}");
        }
    }
}
