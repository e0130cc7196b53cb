//! `/p/{project}/heatmaps`: pages by how much heat data they have.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::dashboard::bar::Bar;
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::domain::heat::Kind;
use crate::http::parameters::Parameters;
use crate::http::view::pairs;
use crate::query::heat_pages::{self, Asked, HeatPage, HeatPages};

const PAGE_ROWS: usize = 50;

/// Entries that can be reached by pages; the search reaches further.
const MAX_DEPTH: usize = 10_000;

/// Columns: name, and the kind that sorts by it.
const COLUMNS: [(&str, Kind); 4] =
    [("Clicks", Kind::Click), ("Pointer points", Kind::Move), ("Scrolls", Kind::Scroll), ("Views", Kind::Pageview)];

#[derive(Template)]
#[template(path = "heatmaps/list.html")]
struct ListPage {
    layout: Layout,
    bar: Bar,
    empty: Option<Empty>,
    /// Where the search goes, and what it keeps.
    action: String,
    kept: Vec<(String, String)>,
    search: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// `1–50 of 230`
    part: String,
    previous: Option<String>,
    next: Option<String>,
    csv: String,
}

struct Column {
    name: &'static str,
    href: String,
    is_sorted: bool,
}

struct Row {
    path: String,
    href: String,
    counts: [String; 4],
}

/// Answers the list.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let parameters = Parameters::of(screen.request());
    let search = parameters.text("search")?.unwrap_or_default().to_owned();
    let by = parameters.parsed("sort", |word| Kind::from_name(word).filter(|kind| heat_pages::KINDS.contains(kind)))?;
    let offset = parameters.offset(PAGE_ROWS, MAX_DEPTH)?;
    let filter = super::filter(&screen);
    let asked = Asked {
        filter,
        search: Some(search.clone()).filter(|search| !search.is_empty()),
        by,
        offset,
        limit: PAGE_ROWS,
    };
    let found = screen.ask(move |connection| heat_pages::list(connection, &asked)).await?;
    let own = own(&search, by);
    let is_empty = found.total == 0 && search.is_empty();
    let (previous, next, part) = pager(&screen, &own, offset, &found);
    let range = super::range(&filter);
    let mut asked_again: Vec<(&str, &str)> = range.iter().map(|(name, value)| (*name, value.as_str())).collect();
    asked_again.extend(own.iter().map(|(name, value)| (*name, value.as_str())));
    asked_again.extend([("limit", "500"), ("format", "csv")]);
    html(&ListPage {
        layout: screen.layout("Heatmaps", "heatmaps"),
        bar: screen.bar().keeping(&own),
        empty: is_empty.then(|| Empty::of(&screen, Data::Browser)),
        action: screen.request().path().to_owned(),
        kept: pairs(&screen.view.query()).chain(by.map(|by| ("sort".to_owned(), by.name().to_owned()))).collect(),
        columns: COLUMNS.iter().map(|(name, kind)| column(&screen, &search, name, *kind, by)).collect(),
        csv: screen.api("heatmaps", &asked_again),
        rows: found.pages.into_iter().map(|page| row(&screen, page)).collect(),
        search,
        part,
        previous,
        next,
    })
}

/// The parameters that only this screen has.
fn own(search: &str, by: Option<Kind>) -> Vec<(&'static str, String)> {
    let search = (!search.is_empty()).then(|| ("search", search.to_owned()));
    search.into_iter().chain(by.map(|by| ("sort", by.name().to_owned()))).collect()
}

/// A second click on the column goes back to all kinds together.
fn column(screen: &Screen, search: &str, name: &'static str, kind: Kind, by: Option<Kind>) -> Column {
    let is_sorted = by == Some(kind);
    let own = own(search, Some(kind).filter(|_| !is_sorted));
    let own: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Column { name, href: screen.link_to("heatmaps", &own), is_sorted }
}

fn row(screen: &Screen, page: HeatPage) -> Row {
    let layer = if page.clicks > 0 || page.moves == 0 { "click" } else { "move" };
    Row {
        href: screen.link_to("heatmaps/viewer", &[("path", &page.path), ("layer", layer)]),
        counts: [page.clicks, page.moves, page.scrolls, page.views].map(format::count),
        path: page.path,
    }
}

fn pager(
    screen: &Screen,
    own: &[(&'static str, String)],
    offset: usize,
    found: &HeatPages,
) -> (Option<String>, Option<String>, String) {
    let link = |page: usize| {
        let number = page.to_string();
        let mut parameters: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        parameters.push(("page", &number));
        screen.link_to("heatmaps", &parameters)
    };
    let page = offset / PAGE_ROWS + 1;
    let end = offset + PAGE_ROWS;
    let previous = (page > 1).then(|| link(page - 1));
    let next = (end < found.total && end < MAX_DEPTH).then(|| link(page + 1));
    let part = format!("{}–{} of {}", offset + 1, end.min(found.total), format::count(found.total as u64));
    (previous, next, part)
}
