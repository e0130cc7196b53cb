//! `/p/{project}/audience`: where visitors are, and with what they come.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::bar::Bar;
use super::dimension_list::DimensionList;
use super::empty::Empty;
use super::error::PageError;
use super::layout::Layout;
use super::screen::{Screen, html};
use super::service::Dashboard;
use super::table::Table;
use super::tabs::Tab;

const BY: [(&str, &str); 4] =
    [("country", "Country"), ("device", "Device"), ("browser", "Browser"), ("os", "Operating system")];

#[derive(Template)]
#[template(path = "audience.html")]
struct AudiencePage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    /// What the filters do not reach.
    note: Option<&'static str>,
    empty: Option<Empty>,
    table: Table,
    /// Of countries only.
    places: Option<Places>,
}

/// What is to be said below lists of countries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Whether there is anything by which countries could be found.
    pub is_known: bool,
    /// What the licence of the database wants to have said.
    pub attribution: String,
}

impl Places {
    /// As the installation is configured now.
    #[must_use]
    pub fn of(screen: &Screen) -> Self {
        let countries = &screen.dashboard.clients.countries;
        Self { is_known: countries.is_on(), attribution: countries.attribution() }
    }
}

/// Answers the list.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let DimensionList { screen, bar, tabs, note, empty, table } =
        DimensionList::open(request, dashboard, &BY, |_| None).await?;
    let is_about_places = tabs.first().is_some_and(|tab| tab.current);
    html(&AudiencePage {
        layout: screen.layout("Visitors", "overview"),
        bar,
        tabs,
        note,
        empty,
        table,
        places: is_about_places.then(|| Places::of(&screen)),
    })
}
