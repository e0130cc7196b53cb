//! What cannot be undone: erasing a person, and deleting the project.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::refused;
use crate::dashboard::access::Fields;
use crate::dashboard::error::PageError;
use crate::dashboard::form::see_other;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::http::problem::Problem;
use crate::store::retention::project::{self, Deleting};

#[derive(Template)]
#[template(path = "settings/danger.html")]
struct DangerPage {
    layout: Layout,
    tabs: Vec<Tab>,
    erase: String,
    action: String,
    name: String,
    error: Option<&'static str>,
}

/// `GET`: the page; erasing itself is a page of people's.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    html(&danger(&screen, None))
}

/// `POST danger/delete`: deletes the project, if its name was typed.
pub async fn delete(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let form = Fields::of(&body);
    if form.text("confirmation") != screen.project.name.trim() {
        return refused(&danger(&screen, Some("This is not the project’s name.")));
    }
    let id = screen.project.id;
    if screen.dashboard.recorded_project == Some(id) {
        let error =
            "The proxy records into this project. Set traffic.project to another one first, and start Hearth again.";
        return refused(&danger(&screen, Some(error)));
    }
    let deleting = screen.dashboard.administer(move |transaction, now_ms| project::begin(transaction, id, now_ms));
    match deleting.await? {
        Deleting::Begun => {
            tracing::info!(project = %screen.project.uuid, "a project was deleted");
            Ok(see_other("/"))
        }
        Deleting::IsTheOnlyOne => refused(&danger(&screen, Some("This is the only project. Add another one first."))),
        Deleting::NotFound => Err(Problem::ProjectNotFound.into()),
    }
}

fn danger(screen: &Screen, error: Option<&'static str>) -> DangerPage {
    let layout = screen.layout("Settings", "settings");
    DangerPage {
        tabs: tabs::of_settings(&layout, "danger"),
        layout,
        erase: format!("{}/people/erase", screen.link_base()),
        action: format!("{}/settings/danger/delete", screen.link_base()),
        name: screen.project.name.clone(),
        error,
    }
}
