//! The configuration that counts, and where each value came from: as `hearth config show --origin` prints it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::layout;
use crate::config::Origin;
use crate::dashboard::error::PageError;
use crate::dashboard::format;
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
    needs_restart: Vec<String>,
    refused: Vec<String>,
    /// When the configuration was last read again.
    read_again: Option<String>,
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
    let config = dashboard.config.load();
    for setting in &config.settings {
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
    html(&ConfigPage {
        layout: layout(&request),
        tabs: tabs::of_installation("config"),
        sections,
        needs_restart: config.needs_restart.clone(),
        refused: config.refused.clone(),
        read_again: config.read_again_ms.map(|ms| format::ago(ms, dashboard.clock.now_ms())),
    })
}
