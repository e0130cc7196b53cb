//! `/p/{project}`: what happened, at a glance.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::bar::Bar;
use super::chart::{Chart, Unit};
use super::empty::{Data, Empty};
use super::error::PageError;
use super::layout::Layout;
use super::listing::BarList;
use super::screen::{Screen, html};
use super::service::Dashboard;
use crate::query::visits::filter::Dimension;
use crate::query::visits::overview::{Wanted, overview};

/// Entries of each list.
const LIST_ROWS: usize = 8;

/// The lists, each with its title and the screen that has all of it.
const LISTS: [(&str, Dimension, &str); 6] = [
    ("Top pages", Dimension::Page, "pages"),
    ("Where they came from", Dimension::Channel, "sources"),
    ("Referrers", Dimension::Referrer, "sources"),
    ("Campaigns", Dimension::Campaign, "sources"),
    ("Devices", Dimension::Device, ""),
    ("Browsers", Dimension::Browser, ""),
];

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    layout: Layout,
    bar: Bar,
    empty: Option<Empty>,
    chart: Chart,
    lists: Vec<BarList>,
}

/// Answers the overview.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let (scope, bounds) = (screen.scope(), screen.view.bounds());
    let wanted_bounds = bounds.clone();
    let found = screen.ask(move |connection| {
        let lists = LISTS.map(|(_, dimension, _)| (dimension, LIST_ROWS));
        overview(connection, &scope, &Wanted { bounds: &wanted_bounds, lists: &lists })
    });
    let found = found.await?;
    let (view, visitors) = (&screen.view, found.totals.visitors);
    #[expect(clippy::cast_precision_loss, reason = "a chart")]
    let values = found.series.iter().map(|totals| Some(totals.visitors as f64)).collect();
    let chart = Chart::new("Visitors over time".into(), Unit::Count, &bounds, view.grain(), &view.zone, view.now_ms)
        .with("Visitors", 1, values);
    let list = |((title, dimension, target), list)| {
        let card = BarList::of_visits(&screen, title, dimension, list, visitors);
        if target == "" { card } else { card.with_details(screen.link(target)) }
    };
    html(&OverviewPage {
        layout: screen.layout("Overview", "overview"),
        bar: screen.bar(),
        empty: (visitors == 0).then(|| Empty::of(&screen, Data::Any)),
        chart,
        lists: LISTS.into_iter().zip(&found.lists).map(list).collect(),
    })
}
