//! `/p/{project}/traffic/slow`: requests that took as long as their route's threshold, or longer.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::{Asked, Own, link, unused_filters};
use super::list::RequestList;
use super::routes;
use super::tabs::tabs;
use crate::dashboard::bar::Bar;
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::listing::{BarList, BarRow};
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::Tab;
use crate::query::traffic::requests::RequestFilter;
use crate::query::traffic::routes::{RouteSort, RouteStats};

/// Path of the page below the project.
const PATH: &str = "traffic/slow";

/// Routes that are shown.
const ROUTE_ROWS: usize = 8;

#[derive(Template)]
#[template(path = "traffic/slow.html")]
struct SlowPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    empty: Option<Empty>,
    unused_filters: Option<&'static str>,
    is_truncated: bool,
    routes: BarList,
    list: RequestList,
}

/// Answers the list of slow requests.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let own = Own::read(&screen, &["cursor"])?;
    let asked = Asked::of(&screen.view);
    let filter = RequestFilter::of_conditions(screen.project.id, asked.span, &asked.conditions);
    let list = RequestList::read(&screen, &own, PATH, RequestFilter { is_slow: Some(true), ..filter }).await?;
    let (routes, is_truncated) = routes::read(&screen, asked, RouteSort::Slow, true).await?;
    html(&SlowPage {
        layout: screen.layout("Slow requests", "traffic"),
        bar: screen.bar(),
        tabs: tabs(&screen, PATH),
        empty: routes.is_empty().then(|| Empty::of(&screen, Data::Traffic)),
        unused_filters: unused_filters(&screen.view),
        is_truncated,
        routes: slow_routes(&screen, &routes),
        list,
    })
}

fn slow_routes(screen: &Screen, routes: &[RouteStats]) -> BarList {
    let slow: Vec<_> = routes.iter().filter(|route| route.summary.slow > 0).collect();
    let top = slow.first().map_or(1, |route| route.summary.slow);
    let rows = slow.iter().take(ROUTE_ROWS).map(|route| BarRow {
        text: format!("{} {}", route.method, route.route),
        href: Some(link(
            screen,
            "traffic/requests",
            &[("route", route.route.clone()), ("method", route.method.clone()), ("slow", "true".to_owned())],
        )),
        value: format::count(route.summary.slow),
        share: format::share(route.summary.slow, route.summary.count),
        width: route.summary.slow * 100 / top,
    });
    BarList {
        title: "Where they are",
        entry: "Route",
        measure: "Slow, and their share of the route's requests",
        rows: rows.collect(),
        more: slow.len().saturating_sub(ROUTE_ROWS),
        details: Some(link(screen, "traffic/routes", &[("sort", "p95_ms".to_owned())])),
    }
}
