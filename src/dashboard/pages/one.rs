//! `/p/{project}/pages/page?path=`: one page.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::dashboard::bar::{Bar, address};
use crate::dashboard::chart::{Chart, Unit};
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::figures::Figure;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::listing::{BarList, BarRow};
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::table::with_own;
use crate::http::parameters::Parameters;
use crate::http::view::Field;
use crate::query::visits::filter::{Dimension, Operator};
use crate::query::visits::overview::{Wanted, overview};
use crate::query::visits::page::{Neighbour, PageLook, WantedPage, page as look_at};

/// Entries of each list.
const LIST_ROWS: usize = 10;

/// What brought the visits that viewed the page.
const LISTS: [(&str, Dimension); 3] =
    [("Referrers", Dimension::Referrer), ("Campaigns", Dimension::Campaign), ("Devices", Dimension::Device)];

#[derive(Template)]
#[template(path = "pages/one.html")]
struct OnePage {
    layout: Layout,
    bar: Bar,
    path: String,
    back: String,
    heatmap: String,
    sessions: String,
    empty: Option<Empty>,
    figures: Vec<Figure>,
    chart: Chart,
    lists: Vec<BarList>,
}

/// Answers one page.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let path = Parameters::of(&request).text("path")?.map(str::to_owned);
    let path = path.ok_or(PageError::Missing("No page was asked for"))?;
    let screen = Screen::open(request, dashboard).await?;
    let (scope, bounds, of) = (screen.scope(), screen.view.bounds(), path.clone());
    let filtered = screen.view.with_filter(Field::Visit(Dimension::Page), Operator::Is, &path);
    let viewers = crate::query::visits::scope::Scope { filters: filtered.visit_filters(), ..scope.clone() };
    let found = screen.ask(move |connection| {
        let wanted = WantedPage { path: &of, bounds: &bounds, neighbours: LIST_ROWS };
        let lists = LISTS.map(|(_, dimension)| (dimension, LIST_ROWS));
        let lists = overview(connection, &viewers, &Wanted { bounds: &[], lists: &lists })?.lists;
        Ok((look_at(connection, &scope, wanted)?, lists))
    });
    let (look, lists) = found.await?;
    let own = [("path", path.clone())];
    let visitors = look.totals.visitors;
    // An entry shows the pages of its visits: there are filters for that on the list of pages.
    let filter = |dimension: Dimension, text: &str| {
        let view = screen.view.with_filter(Field::Visit(dimension), Operator::Is, text);
        Some(with_own(&address(screen.request().path(), &view), own.clone()))
    };
    let list = |((title, dimension), list): ((&'static str, Dimension), &_)| {
        BarList::of_visits(&screen, title, dimension, list, visitors).leading(|text| filter(dimension, text), list)
    };
    let mut cards = vec![
        neighbours(&screen, "Before it", "Entry, or another site", &look.previous),
        neighbours(&screen, "After it", "The visit ended", &look.next),
    ];
    cards.extend(LISTS.into_iter().zip(&lists).map(list));
    html(&OnePage {
        layout: screen.layout(&path, "pages"),
        bar: screen.bar().keeping(&own),
        back: screen.link("pages"),
        heatmap: with_own(&screen.link("heatmaps/viewer"), own.clone()),
        sessions: screen.link_with("sessions", &filtered),
        empty: (look.totals.views == 0).then(|| Empty::of_part(&screen, Data::Visits, &own)),
        figures: figures(&look),
        chart: chart(&screen, &path, &look),
        lists: cards,
        path,
    })
}

fn figures(look: &PageLook) -> Vec<Figure> {
    let totals = &look.totals;
    let time = look.average_time_ms().map(|ms| format::span_ms(i64::try_from(ms).unwrap_or(i64::MAX)));
    vec![
        Figure::plain("Visitors", format::count(totals.visitors)),
        Figure::plain("Visits", format::count(totals.visits)),
        Figure::plain("Page views", format::count(totals.views)),
        Figure::plain("Average time on it", time.unwrap_or_else(|| format::NOTHING.to_owned())),
        Figure::plain("Began here", format::share(look.entries, totals.visits)),
        Figure::plain("Ended here", format::share(look.exits, totals.visits)),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "a chart")]
fn chart(screen: &Screen, path: &str, look: &PageLook) -> Chart {
    let view = &screen.view;
    let all = format::count(look.totals.views);
    let summary = format!("Views of {path} over time: {all} page views in all.");
    Chart::new(summary, Unit::Count, &view.bounds(), view.grain(), &view.zone, view.now_ms)
        .with("Page views", 1, look.series.iter().map(|totals| Some(totals.views as f64)).collect())
        .with("Visitors", 2, look.series.iter().map(|totals| Some(totals.visitors as f64)).collect())
}

fn neighbours(screen: &Screen, title: &'static str, nothing: &str, found: &[Neighbour]) -> BarList {
    let (top, all) = (found.first().map_or(1, |first| first.views.max(1)), found.iter().map(|one| one.views).sum());
    let row = |one: &Neighbour| BarRow {
        text: if one.path.is_empty() { nothing.to_owned() } else { one.path.clone() },
        href: (!one.path.is_empty()).then(|| with_own(&screen.link("pages/page"), [("path", one.path.clone())])),
        value: format::count(one.views),
        share: format::share(one.views, all),
        width: one.views * 100 / top,
    };
    let rows = found.iter().map(row).collect();
    BarList { title, entry: "Page", measure: "Views", rows, more: 0, details: None }
}
