//! The configuration that counts, and where each value came from: as `hearth config show --origin` prints it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::layout;
use crate::config::Origin;
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};

#[derive(Template)]
#[template(path = "admin/config.html")]
struct ConfigPage {
    layout: Layout,
    tabs: Vec<Tab>,
    sections: Vec<Section>,
}

/// A section with its keys.
struct Section {
    name: String,
    rows: Vec<Row>,
}

/// A key.
struct Row {
    name: String,
    value: String,
    origin: String,
    is_changed: bool,
}

/// Answers the page.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let mut sections: Vec<Section> = Vec::new();
    for setting in &dashboard.settings {
        let row = Row {
            name: setting.name.clone(),
            value: setting.toml.trim().to_owned(),
            origin: setting.origin.to_string(),
            is_changed: setting.origin != Origin::Default,
        };
        match sections.last_mut() {
            Some(section) if section.name == setting.section => section.rows.push(row),
            _ => sections.push(Section { name: setting.section.clone(), rows: vec![row] }),
        }
    }
    html(&ConfigPage { layout: layout(&request), tabs: tabs::of_installation("config"), sections })
}
