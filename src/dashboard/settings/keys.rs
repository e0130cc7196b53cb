//! Project keys, with which pages and apps send; the workspace id and origins by which pages without a key may.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::refused;
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::form::see_other;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::domain::id::is_workspace_id;
use crate::domain::web_origin::OriginRule;
use crate::store::project_keys::ProjectKey;
use crate::store::registry::{self, DATALYR_MARK, Secret};
use crate::store::{project_keys, workspaces};

/// Most origins of a project.
const MAX_ORIGINS: usize = 1_000;

#[derive(Template)]
#[template(path = "settings/keys.html")]
struct KeysPage {
    layout: Layout,
    tabs: Vec<Tab>,
    base: String,
    keys: Vec<KeyRow>,
    /// One that was just made.
    new_key: Option<String>,
    workspace: String,
    workspace_error: Option<&'static str>,
    origins: String,
    origins_error: Option<String>,
    saved: bool,
}

/// A key in the list.
struct KeyRow {
    id: i64,
    prefix: String,
    created: String,
    revoked: Option<String>,
}

/// `GET`: the lists and forms.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    html(&shown(&screen).await?)
}

/// `POST keys`: makes a key and shows it; it cannot be shown again, so there is no page to send the browser on to.
pub async fn create(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let is_datalyr = Fields::of(&body).text("sdk") == "datalyr";
    let mark = if is_datalyr { DATALYR_MARK } else { Secret::ProjectKey.mark() };
    let project = screen.project.id;
    let key = screen.dashboard.administer(move |transaction, now_ms| {
        registry::create_marked_secret(transaction, Secret::ProjectKey, mark, project, now_ms)
    });
    let key = key.await?;
    html(&KeysPage { new_key: Some(key), ..shown(&screen).await? })
}

/// `POST keys/revoke`: refuses a key from now on.
pub async fn revoke(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let id = Fields::of(&body).number("id").unwrap_or_default();
    let project = screen.project.id;
    let revoked =
        screen.dashboard.administer(move |transaction, now_ms| project_keys::revoke(transaction, project, id, now_ms));
    if revoked.await? {
        Ok(see_other(&format!("{}/settings/keys?saved=1", screen.link_base())))
    } else {
        Err(PageError::Missing("There is no such key"))
    }
}

/// `POST keys/pages`: changes workspace id and origins.
pub async fn save_pages(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let form = Fields::of(&body);
    let mut page = shown(&screen).await?;
    form.text("workspace").clone_into(&mut page.workspace);
    form.text("origins").clone_into(&mut page.origins);
    if !is_workspace_id(&page.workspace) {
        page.workspace_error = Some("Use 1 to 128 letters, digits, _ . : or -.");
    }
    let origins = match origins(&page.origins) {
        Ok(origins) if page.workspace_error.is_none() => origins,
        origins => {
            page.origins_error = origins.err();
            return refused(&page);
        }
    };
    let (project, workspace) = (screen.project.id, page.workspace.clone());
    let done = screen.dashboard.administer(move |transaction, _| {
        if workspaces::find_project(transaction, &workspace)?.is_some_and(|holder| holder != project) {
            return Ok(false);
        }
        workspaces::set_workspace_id(transaction, project, &workspace)?;
        workspaces::set_origins(transaction, project, &origins)?;
        Ok(true)
    });
    if !done.await? {
        page.workspace_error = Some("Another project has this workspace id.");
        return refused(&page);
    }
    Ok(see_other(&format!("{}/settings/keys?saved=1", screen.link_base())))
}

/// The origins of a text, one a line.
fn origins(text: &str) -> Result<Vec<String>, String> {
    let lines: Vec<&str> = text.split_whitespace().collect();
    if lines.len() > MAX_ORIGINS {
        return Err(format!("A project has at most {MAX_ORIGINS} origins."));
    }
    let rule = |line: &str| match OriginRule::parse(line) {
        Some(rule) => Ok(rule.to_string()),
        None => Err(format!(
            "“{}” is no origin. Write https://shop.example.org, https://*.example.org, or null.",
            line.chars().take(100).collect::<String>()
        )),
    };
    lines.into_iter().map(rule).collect()
}

async fn shown(screen: &Screen) -> Result<KeysPage, PageError> {
    let project = screen.project.id;
    let found = screen.ask(move |connection| {
        let workspace = registry::workspace_id(connection, project)?.unwrap_or_default();
        Ok((project_keys::list(connection, project)?, workspace, workspaces::origins(connection, project)?))
    });
    let (keys, workspace, origins) = found.await?;
    let layout = screen.layout("Settings", "settings");
    let zone = &screen.view.zone;
    let row = |key: ProjectKey| KeyRow {
        id: key.id,
        prefix: key.prefix,
        created: format::day(key.created_at_ms, zone),
        revoked: key.revoked_at_ms.map(|ms| format::day(ms, zone)),
    };
    Ok(KeysPage {
        tabs: tabs::of_settings(&layout, "keys"),
        layout,
        base: screen.link_base(),
        keys: keys.into_iter().map(row).collect(),
        new_key: None,
        workspace,
        workspace_error: None,
        origins: origins.join("\n"),
        origins_error: None,
        saved: screen.request().query_string() == "saved=1",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_come_one_a_line_and_are_judged() {
        assert_eq!(origins("").unwrap(), [""; 0]);
        assert_eq!(
            origins(" https://a.example \r\nhttps://*.b.example\n").unwrap(),
            ["https://a.example", "https://*.b.example"]
        );
        assert!(origins("https://a.example\nnot an origin").unwrap_err().contains("“not”"));
    }
}
