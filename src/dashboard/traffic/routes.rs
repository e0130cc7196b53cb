//! `/p/{project}/traffic/routes`: every route with its numbers.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::{Asked, Own, route_link, unused_filters};
use super::columns::{Column, Known, Pager, columns, is_descending, offset};
use super::figures::{apdex, percentile_ms};
use super::rows::duration_us;
use super::tabs::tabs;
use crate::dashboard::bar::Bar;
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::Tab;
use crate::http::problem::Problem;
use crate::http::view::View;
use crate::query::traffic::conditions::Subject;
use crate::query::traffic::routes::{RouteSort, RouteStats, by_method, sort_routes};
use crate::query::traffic::series;
use crate::query::traffic::sort_names::route_sort;
use crate::query::visits::filter::Operator;

/// Path of the page below the project.
const PATH: &str = "traffic/routes";

/// Routes of one page.
const ROWS: usize = 50;

/// How far pages go, in routes.
const MAX_DEPTH: usize = 1_000_000;

const COLUMNS: [Known; 9] = [
    ("Route", "route", false),
    ("Requests", "requests", true),
    ("Per minute", "", true),
    ("Errors", "error_rate", true),
    ("p50", "p50_ms", true),
    ("p95", "p95_ms", true),
    ("p99", "p99_ms", true),
    ("Longest", "max_duration_ms", true),
    ("Apdex", "apdex", true),
];

#[derive(Template)]
#[template(path = "traffic/routes.html")]
struct RoutesPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    empty: Option<Empty>,
    unused_filters: Option<&'static str>,
    is_truncated: bool,
    action: String,
    /// What the form for searching keeps.
    kept: Vec<(String, String)>,
    search: String,
    columns: Vec<Column>,
    rows: Vec<RouteRow>,
    pager: Option<Pager>,
}

/// A route in a table.
pub(super) struct RouteRow {
    pub route: String,
    pub method: String,
    pub href: String,
    /// Requests, rate, share of errors, percentiles, longest, Apdex.
    pub numbers: Vec<String>,
}

/// Answers the list of routes.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let own = Own::read(&screen, &["sort", "order", "page", "search"])?;
    let sort_word = own.get("sort").unwrap_or("requests").to_owned();
    let sort = route_sort(&sort_word).ok_or(Problem::InvalidParameter("sort"))?;
    let descending = is_descending(&own, !sort.is_text())?;
    let offset = offset(&own, ROWS, MAX_DEPTH)?;
    let asked = Asked::of(&screen.view).and(Subject::Route, Operator::Contains, own.get("search"));
    let (routes, is_truncated) = read(&screen, asked, sort, descending).await?;
    let per_minute = rate(&screen.view);
    let shown: Vec<_> = routes.iter().skip(offset).take(ROWS).map(|route| row(&screen, route, &per_minute)).collect();
    let is_empty = routes.is_empty() && own.get("search").is_none();
    let base = own.without("search").without("page");
    html(&RoutesPage {
        layout: screen.layout("Routes", "traffic"),
        bar: own.without("page").bar(&screen),
        tabs: tabs(&screen, PATH),
        empty: is_empty.then(|| Empty::of(&screen, Data::Traffic)),
        unused_filters: unused_filters(&screen.view),
        is_truncated,
        action: screen.request().path().to_owned(),
        kept: base.bar(&screen).kept_by_filters,
        search: own.text("search"),
        columns: columns(&screen, &own, PATH, &COLUMNS, &sort_word, descending),
        pager: Pager::new(&screen, &own, PATH, (offset, shown.len(), ROWS), routes.len() as u64),
        rows: shown,
    })
}

/// The routes that are asked for, sorted.
pub(super) async fn read(
    screen: &Screen,
    asked: Asked,
    sort: RouteSort,
    descending: bool,
) -> Result<(Vec<RouteStats>, bool), PageError> {
    let (project, text_hash) = (screen.project.id, screen.dashboard.store.text_hash());
    screen
        .ask(move |connection| {
            let (parts, is_truncated) =
                series::by_route(connection, text_hash, project, asked.span, &asked.conditions)?;
            let mut routes = by_method(connection, &parts)?;
            sort_routes(&mut routes, sort, descending);
            Ok((routes, is_truncated))
        })
        .await
}

/// A route's row; `rate` makes requests a minute of a count.
pub(super) fn row(screen: &Screen, route: &RouteStats, rate: &impl Fn(u64) -> String) -> RouteRow {
    let summary = &route.summary;
    let percentile = |q| format::duration_ms(percentile_ms(summary, q));
    RouteRow {
        href: route_link(screen, &route.route, Some(&route.method)),
        route: route.route.clone(),
        method: route.method.clone(),
        numbers: vec![
            format::count(summary.count),
            rate(summary.count),
            format::share(summary.errors, summary.count),
            percentile(0.5),
            percentile(0.95),
            percentile(0.99),
            duration_us(summary.max_us),
            apdex(summary),
        ],
    }
}

/// Makes requests a minute of counts of a view; what lies in the future is no part of the time.
#[expect(clippy::cast_precision_loss, reason = "a rate")]
pub(super) fn rate(view: &View) -> impl Fn(u64) -> String + use<> {
    let length_ms = view.interval.to_ms.min(view.now_ms).saturating_sub(view.interval.from_ms);
    let minutes = length_ms as f64 / 60_000.0;
    move |count| match count as f64 / minutes {
        _ if minutes <= 0.0 => format::NOTHING.to_owned(),
        rate if rate >= 100.0 => format!("{rate:.0}"),
        rate if rate >= 0.1 => format!("{rate:.1}"),
        rate if rate >= 0.01 => format!("{rate:.2}"),
        _ if count == 0 => "0".to_owned(),
        _ => "<0.01".to_owned(),
    }
}
