//! `/p/{project}/pages`: which pages were viewed, where visits began and where they ended.

pub mod one;

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
use crate::query::visits::filter::Dimension;

const BY: [(&str, &str); 4] =
    [("page", "Pages"), ("entry_page", "Entry pages"), ("exit_page", "Exit pages"), ("host", "Hosts")];

#[derive(Template)]
#[template(path = "pages/list.html")]
struct PagesPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    /// What the filters do not reach.
    note: Option<&'static str>,
    empty: Option<Empty>,
    table: Table,
}

/// Answers the list of pages.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let leads_to = |dimension| (dimension != Dimension::Host).then_some(("pages/page", "path"));
    let DimensionList { screen, bar, tabs, note, empty, table } =
        DimensionList::open(request, dashboard, &BY, leads_to).await?;
    html(&PagesPage { layout: screen.layout("Pages", "pages"), bar, tabs, note, empty, table })
}
