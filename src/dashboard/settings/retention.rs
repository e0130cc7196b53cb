//! How long the project's data are kept; to be read: the rules are the installation's.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::retention::RetentionView;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};

#[derive(Template)]
#[template(path = "settings/retention.html")]
struct RetentionPage {
    layout: Layout,
    tabs: Vec<Tab>,
    retention: RetentionView,
}

/// Answers the page.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let progress = screen.dashboard.retention().await?;
    let layout = screen.layout("Settings", "settings");
    html(&RetentionPage {
        tabs: tabs::of_settings(&layout, "retention"),
        layout,
        retention: RetentionView::new(&progress, None),
    })
}
