//! What cannot be undone.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};

#[derive(Template)]
#[template(path = "settings/danger.html")]
struct DangerPage {
    layout: Layout,
    tabs: Vec<Tab>,
    erase: String,
}

/// The page; erasing itself is a page of people's.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let layout = screen.layout("Settings", "settings");
    let erase = format!("{}/people/erase", screen.link_base());
    html(&DangerPage { tabs: tabs::of_settings(&layout, "danger"), layout, erase })
}
