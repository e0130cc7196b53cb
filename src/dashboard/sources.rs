//! `/p/{project}/sources`: what brought the visits.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::bar::Bar;
use super::dimension_list::DimensionList;
use super::empty::Empty;
use super::error::PageError;
use super::layout::Layout;
use super::screen::html;
use super::service::Dashboard;
use super::table::Table;
use super::tabs::Tab;

const BY: [(&str, &str); 8] = [
    ("channel", "Channel"),
    ("referrer", "Referrer"),
    ("source", "Source"),
    ("medium", "Medium"),
    ("campaign", "Campaign"),
    ("term", "Term"),
    ("content", "Content"),
    ("click_id", "Click id"),
];

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    /// What the filters do not reach.
    note: Option<&'static str>,
    empty: Option<Empty>,
    table: Table,
    /// Where it is told which of them paid, if anything is known of that.
    attribution: Option<String>,
}

/// Answers the list of sources.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let DimensionList { screen, bar, tabs, note, empty, table } =
        DimensionList::open(request, dashboard, &BY, |_| None).await?;
    html(&SourcesPage {
        layout: screen.layout("Sources", "sources"),
        bar,
        tabs,
        note,
        empty,
        table,
        attribution: screen.data.track.is_some().then(|| screen.link("attribution")),
    })
}
