//! How to send: snippets with the real address and key, and whether something has arrived.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::listening::Heard;
use super::refused;
use super::snippets::{Snippet, snippets};
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::domain::role::Role;
use crate::http::accounts::service::Accounts;
use crate::store::registry::{self, hash_secret};

/// What stands in snippets for a key: keys are kept as hashes, so a page cannot know them.
const NO_KEY: &str = "YOUR_PROJECT_KEY";

/// Longest key.
const MAX_KEY_BYTES: usize = 256;

#[derive(Template)]
#[template(path = "settings/install.html")]
struct InstallPage {
    layout: Layout,
    tabs: Vec<Tab>,
    base: String,
    snippets: Vec<Snippet>,
    /// A key that the form named.
    key: String,
    key_error: Option<&'static str>,
    may_make_keys: bool,
    heard: Vec<HeardRow>,
    /// For the script.
    heard_json: String,
}

/// A source, and when it was heard last.
struct HeardRow {
    name: &'static str,
    word: &'static str,
    ago: Option<String>,
}

/// `GET`: the snippets, with a placeholder for the key.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    html(&shown(&screen, "").await?)
}

/// `POST`: the same with a key that somebody knows. Nothing is changed; a key does not belong into an address.
pub async fn with_key(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let key = Fields::of(&body).text("key").to_owned();
    let project = screen.project.id;
    let is_known = key.len() <= MAX_KEY_BYTES && {
        let hash = hash_secret(&key);
        let found = screen.ask(move |connection| Ok(registry::find_key(connection, &hash)?));
        found.await?.is_some_and(|found| found.project == project)
    };
    if is_known {
        return html(&shown(&screen, &key).await?);
    }
    let error = Some("This is no key of this project, or it is revoked.");
    refused(&InstallPage { key_error: error, ..shown(&screen, "").await? })
}

async fn shown(screen: &Screen, key: &str) -> Result<InstallPage, PageError> {
    let project = screen.project.id;
    let workspace = screen.ask(move |connection| Ok(registry::workspace_id(connection, project)?)).await?;
    let layout = screen.layout("Settings", "settings");
    let url = address(screen);
    let shown_key = if key.is_empty() { NO_KEY } else { key };
    let heard = Heard::of(&screen.data);
    let now_ms = screen.view.now_ms;
    let row = |name, word, last: Option<i64>| HeardRow { name, word, ago: last.map(|ms| format::ago(ms, now_ms)) };
    Ok(InstallPage {
        tabs: tabs::of_settings(&layout, "install"),
        may_make_keys: layout.may(Role::Admin),
        layout,
        base: screen.link_base(),
        snippets: snippets(&url, shown_key, &workspace.unwrap_or_default()),
        key: key.to_owned(),
        key_error: None,
        heard: vec![
            row("Browsers’ events", "browser", heard.browser),
            row("App events", "track", heard.track),
            row("Requests through the proxy", "traffic", heard.traffic),
        ],
        heard_json: serde_json::to_string(&heard).unwrap_or_default(),
    })
}

/// Where browsers reach this server: as the owner said, else as this browser did.
fn address(screen: &Screen) -> String {
    let derived = || {
        let accounts = screen.request().app_data::<web::Data<Accounts>>();
        let is_https = accounts.is_some_and(|accounts| accounts.sessions.cookies.is_https(screen.request()));
        let scheme = if is_https { "https" } else { "http" };
        format!("{scheme}://{}", screen.request().connection_info().host())
    };
    screen.dashboard.public_url.clone().unwrap_or_else(derived)
}
