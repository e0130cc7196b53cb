//! All projects of the installation: list, add, rename.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use super::layout;
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::form::see_other;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::service::Dashboard;
use crate::dashboard::settings::{project_name, zones};
use crate::dashboard::tabs::{self, Tab};
use crate::domain::id::ProjectId;
use crate::http::view::zone_named;
use crate::query::visits::first_data::data_spans;
use crate::store::project_settings::{self, ProjectSettings};
use crate::store::registry;

/// Projects that the list shows.
const MAX_SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "admin/projects.html")]
struct ProjectsPage {
    layout: Layout,
    tabs: Vec<Tab>,
    projects: Vec<Row>,
    more: usize,
    zones: Vec<String>,
    name: String,
    zone: String,
    error: Option<String>,
    rename_error: Option<String>,
}

/// A project.
struct Row {
    id: i64,
    uuid: String,
    name: String,
    zone: String,
    created: String,
    last_data: String,
}

/// `GET`: the list and the form for another.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    html(&shown(&request, &dashboard).await?)
}

/// `POST projects`: adds a project and leads to its installation.
pub async fn add(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let form = Fields::of(&body);
    let zone = if form.text("zone").is_empty() { "UTC" } else { form.text("zone") }.to_owned();
    let name = match project_name(&form) {
        Ok(_) if zone_named(&zone).is_none() => Err("There is no such time zone.".to_owned()),
        name => name,
    };
    let added = match name {
        Ok(name) => {
            let added = dashboard.administer(move |transaction, now_ms| {
                if registry::projects(transaction)?.iter().any(|project| project.name == name) {
                    return Ok(None);
                }
                let added = registry::add_project(transaction, &name, now_ms)?;
                let settings = project_settings::read(transaction, added.project)?;
                project_settings::set(transaction, added.project, &ProjectSettings { time_zone: zone, ..settings })?;
                Ok(Some(added.project_uuid))
            });
            added.await?.ok_or_else(|| "There is a project of this name already.".to_owned())
        }
        Err(error) => Err(error),
    };
    match added {
        Ok(uuid) => Ok(see_other(&format!("/p/{uuid}/settings/install"))),
        Err(error) => {
            let mut page = shown(&request, &dashboard).await?;
            (page.name, page.zone) = (form.text("name").to_owned(), form.text("zone").to_owned());
            page.error = Some(error);
            refused(&page)
        }
    }
}

/// `POST projects/rename`: gives a project another name.
pub async fn rename(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let form = Fields::of(&body);
    let project = ProjectId(form.number("id").unwrap_or_default());
    let renamed = match project_name(&form) {
        Ok(name) => {
            let renamed =
                dashboard.administer(move |transaction, _| project_settings::rename(transaction, project, &name));
            if renamed.await? { Ok(()) } else { Err("There is a project of this name already.".to_owned()) }
        }
        Err(error) => Err(error),
    };
    if let Err(error) = renamed {
        let mut page = shown(&request, &dashboard).await?;
        page.rename_error = Some(error);
        return refused(&page);
    }
    Ok(see_other("/admin/projects"))
}

fn refused(page: &ProjectsPage) -> Result<HttpResponse, PageError> {
    let mut answer = html(page)?;
    *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(answer)
}

async fn shown(request: &HttpRequest, dashboard: &Dashboard) -> Result<ProjectsPage, PageError> {
    let now_ms = dashboard.clock.now_ms();
    let found = dashboard.ask(move |connection| {
        let all = registry::projects(connection)?;
        let more = all.len().saturating_sub(MAX_SHOWN);
        let mut rows = Vec::new();
        for project in all.into_iter().take(MAX_SHOWN) {
            let last = data_spans(connection, project.id, now_ms)?.all().map(|span| span.last_ms);
            rows.push(Row {
                id: project.id.0,
                uuid: project.uuid.to_string(),
                zone: project_settings::read(connection, project.id)?.time_zone,
                name: project.name,
                created: format::day(project.created_at_ms, &TimeZone::UTC),
                last_data: last.map_or_else(|| "never".to_owned(), |ms| format::ago(ms, now_ms)),
            });
        }
        Ok((rows, more))
    });
    let (projects, more) = found.await?;
    Ok(ProjectsPage {
        layout: layout(request),
        tabs: tabs::of_installation("projects"),
        projects,
        more,
        zones: zones(),
        name: String::new(),
        zone: "UTC".to_owned(),
        error: None,
        rename_error: None,
    })
}
