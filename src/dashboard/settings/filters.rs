//! Saved filters: views that people want to find again. The bar of every screen saves them.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;

use super::refused;
use crate::dashboard::access::Fields;
use crate::dashboard::bar::Bar;
use crate::dashboard::error::PageError;
use crate::dashboard::form::{self, see_other};
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::{self, Tab};
use crate::domain::role::Role;
use crate::http::view::{View, pairs};
use crate::store::saved_filters::{self, MAX_SAVED_FILTERS, SavedFilter};

/// Longest name of a saved filter, in characters.
const MAX_NAME_CHARS: usize = 100;

#[derive(Template)]
#[template(path = "settings/filters.html")]
struct FiltersPage {
    layout: Layout,
    tabs: Vec<Tab>,
    action: String,
    may_change: bool,
    filters: Vec<FilterRow>,
    error: Option<String>,
}

/// A saved filter in the list.
struct FilterRow {
    id: i64,
    name: String,
    href: String,
    /// Its conditions in words.
    conditions: Vec<String>,
}

/// `GET`: the saved filters.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    html(&shown(&screen, None).await?)
}

/// `POST filters`: saves the filters of a view under a name, also in place of those of that name.
pub async fn save(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let form = Fields::of(&body);
    let name = match form::name(&form, "name", MAX_NAME_CHARS) {
        Ok(name) => name,
        Err(error) => return refused(&shown(&screen, Some(format!("The name: {error}"))).await?),
    };
    let Some(query) = canonical(form.text("query"), screen.view.now_ms) else {
        return refused(&shown(&screen, Some("There are no filters to save.".to_owned())).await?);
    };
    let project = screen.project.id;
    let saved = screen
        .dashboard
        .administer(move |transaction, now_ms| saved_filters::add(transaction, project, (&name, &query), now_ms));
    if saved.await?.is_none() {
        let error = format!("A project has at most {MAX_SAVED_FILTERS} saved filters.");
        return refused(&shown(&screen, Some(error)).await?);
    }
    Ok(see_other(&format!("{}/settings/filters", screen.link_base())))
}

/// `POST filters/rename`: gives a saved filter another name.
pub async fn rename(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let form = Fields::of(&body);
    let id = form.number("id").unwrap_or_default();
    let name = match form::name(&form, "name", MAX_NAME_CHARS) {
        Ok(name) => name,
        Err(error) => return refused(&shown(&screen, Some(format!("The name: {error}"))).await?),
    };
    let project = screen.project.id;
    let renamed =
        screen.dashboard.administer(move |transaction, _| saved_filters::rename(transaction, project, id, &name));
    if !renamed.await? {
        let error = "Another saved filter has this name, or it is gone.".to_owned();
        return refused(&shown(&screen, Some(error)).await?);
    }
    Ok(see_other(&format!("{}/settings/filters", screen.link_base())))
}

/// `POST filters/delete`: removes a saved filter.
pub async fn remove(
    request: HttpRequest,
    dashboard: web::Data<Dashboard>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let id = Fields::of(&body).number("id").unwrap_or_default();
    let project = screen.project.id;
    let removed = screen.dashboard.administer(move |transaction, _| saved_filters::remove(transaction, project, id));
    if removed.await? {
        Ok(see_other(&format!("{}/settings/filters", screen.link_base())))
    } else {
        Err(PageError::Missing("There is no such filter"))
    }
}

/// The filters of a query and nothing else of it; nothing if it has none, or one that cannot be.
fn canonical(query: &str, now_ms: i64) -> Option<String> {
    let filters: Vec<_> = pairs(query).filter(|(name, _)| name == "f").collect();
    let view = View::from_pairs(&filters, TimeZone::UTC, now_ms, now_ms).ok()?;
    (!view.filters.is_empty()).then(|| view.query())
}

async fn shown(screen: &Screen, error: Option<String>) -> Result<FiltersPage, PageError> {
    let project = screen.project.id;
    let filters = screen.ask(move |connection| saved_filters::list(connection, project)).await?;
    let layout = screen.layout("Settings", "settings");
    let (base, now_ms) = (screen.link_base(), screen.view.now_ms);
    let row = |filter: SavedFilter| {
        let given: Vec<_> = pairs(&filter.query).collect();
        let view = View::from_pairs(&given, TimeZone::UTC, now_ms, now_ms);
        let chips = view.map(|view| Bar::new(&base, &view).filters).unwrap_or_default();
        FilterRow {
            id: filter.id,
            name: filter.name,
            href: format!("{base}?{}", filter.query),
            conditions: chips.into_iter().map(|chip| chip.text).collect(),
        }
    };
    Ok(FiltersPage {
        tabs: tabs::of_settings(&layout, "filters"),
        action: format!("{base}/settings/filters"),
        may_change: layout.may(Role::Editor),
        layout,
        filters: filters.into_iter().map(row).collect(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_filters_are_saved_and_only_good_ones() {
        let query = "period=7d&f=device%3Ais%3Aphone&f=page:contains:/a&x=1";
        assert_eq!(canonical(query, 0).unwrap(), "f=device%3Ais%3Aphone&f=page%3Acontains%3A%2Fa");
        assert_eq!(canonical("period=7d", 0), None);
        assert_eq!(canonical("f=nothing:is:x", 0), None);
    }
}
