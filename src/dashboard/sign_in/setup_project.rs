//! `/setup/project`: what the first project is called, and whose days are its days. What comes next is the project's own
//! page on how to send it data.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::refusal::Shown;
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::signed_in::go_to;
use crate::http::accounts::service::Accounts;
use crate::http::problem::Problem;
use crate::http::view::zone_named;
use crate::store::project_settings::{self, ProjectSettings};
use crate::store::registry::{self, Project};

/// Longest name of a project, in characters.
const MAX_NAME_CHARS: usize = 100;

#[derive(Template)]
#[template(path = "sign_in/setup_project.html")]
struct ProjectPage {
    layout: Layout,
    name: String,
    zone: String,
    zones: Vec<String>,
    error: Option<String>,
}

/// `GET /setup/project`
pub async fn page(request: HttpRequest, accounts: web::Data<Accounts>) -> Result<HttpResponse, PageError> {
    let (project, settings) = first_project(&accounts).await?;
    html(&ProjectPage {
        layout: layout(&request),
        name: project.name,
        zone: settings.time_zone,
        zones: zones(),
        error: None,
    })
}

/// `POST /setup/project`
pub async fn submit(
    request: HttpRequest,
    body: web::Bytes,
    accounts: web::Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(&body);
    let (name, zone) = (fields.text("name").to_owned(), fields.text("time_zone").to_owned());
    let (project, settings) = first_project(&accounts).await?;
    let wrong = if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        Some("A project's name has 1 to 100 characters.")
    } else if zone_named(&zone).is_none() {
        Some("There is no such time zone. Choose one of the list, such as Europe/Berlin.")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        let shown = Shown::wrong(wrong);
        let error = Some(shown.text.clone());
        return shown.page(&ProjectPage { layout: layout(&request), name, zone, zones: zones(), error });
    }
    let id = project.id;
    let settings = ProjectSettings { time_zone: zone, ..settings };
    let changed = accounts.change(move |file, _| {
        registry::rename_project(file, id, &name)?;
        project_settings::set(file, id, &settings)
    });
    changed.await.map_err(Problem::from)?;
    Ok(go_to(&format!("/p/{}/settings/install", project.uuid)))
}

fn layout(request: &HttpRequest) -> Layout {
    Layout::new(request, "Set up", "", None)
}

async fn first_project(accounts: &Accounts) -> Result<(Project, ProjectSettings), PageError> {
    let found = accounts
        .ask(|file| {
            let Some(project) = registry::projects(file)?.into_iter().next() else { return Ok(None) };
            let settings = project_settings::read(file, project.id)?;
            Ok(Some((project, settings)))
        })
        .await
        .map_err(Problem::from)?;
    found.ok_or(Problem::ProjectNotFound.into())
}

/// Every zone that has a place in its name, and UTC.
fn zones() -> Vec<String> {
    let names = jiff::tz::db().available().map(|name| name.as_str().to_owned());
    let mut zones: Vec<_> = names.filter(|name| name == "UTC" || name.contains('/')).collect();
    zones.retain(|name| !name.starts_with("Etc/") && !name.starts_with("posix/") && !name.starts_with("right/"));
    zones.sort_unstable();
    zones
}
