//! `/p/{project}/traffic`: how the app answers, at a glance.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::{Asked, Own, route_link, unused_filters};
use super::figures::{Choice, Figure, Metric, chart, figures, percentile_ms};
use super::rows::RequestRow;
use super::tabs::tabs;
use crate::dashboard::bar::Bar;
use crate::dashboard::chart::Chart;
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::listing::{BarList, BarRow};
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::Tab;
use crate::query::traffic::buckets;
use crate::query::traffic::requests::{self, RequestFilter};
use crate::query::traffic::routes::{RouteSort, RouteStats, by_method, sort_routes};
use crate::query::traffic::series;

/// Path of the page below the project.
const PATH: &str = "traffic";

/// Entries of each list.
const LIST_ROWS: usize = 8;

/// Open connections that are shown.
const OPEN_ROWS: usize = 10;

#[derive(Template)]
#[template(path = "traffic/overview.html")]
struct TrafficPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    empty: Option<Empty>,
    /// Whether no request has ever been recorded, which the proxy would do.
    is_without_proxy: bool,
    unused_filters: Option<&'static str>,
    is_truncated: bool,
    figures: Vec<Figure>,
    choices: Vec<Choice>,
    chart: Chart,
    lists: Vec<BarList>,
    errors: Vec<RequestRow>,
    errors_href: String,
    open: Vec<OpenRow>,
    open_total: String,
}

/// A connection that goes on.
struct OpenRow {
    protocol: &'static str,
    method: String,
    url: String,
    user: Option<String>,
    since: String,
}

/// Answers the summary.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let own = Own::read(&screen, &["metric"])?;
    let (metric, asked, bounds) = (Metric::asked(&own), Asked::of(&screen.view), screen.view.bounds());
    let compared = screen.view.compared();
    let (project, text_hash) = (screen.project.id, screen.dashboard.store.text_hash());
    let (grain, zone) = (screen.view.grain(), screen.view.zone.clone());
    let wanted = (asked.clone(), bounds.clone());
    let found = screen.ask(move |connection| {
        let (asked, bounds) = wanted;
        let conditions = &asked.conditions;
        let now = series::series(connection, text_hash, project, &bounds, conditions)?;
        let before = compared.map(|interval| {
            let bounds = grain.bounds(interval, &zone).unwrap_or_else(|| vec![interval.from_ms, interval.to_ms]);
            series::series(connection, text_hash, project, &bounds, conditions)
        });
        let totals = if conditions.is_empty() { Some(buckets::totals(connection, project, asked.span)?) } else { None };
        let (parts, is_truncated) = series::by_route(connection, text_hash, project, asked.span, conditions)?;
        let errors =
            RequestFilter { is_error: Some(true), ..RequestFilter::of_conditions(project, asked.span, conditions) };
        let errors = requests::page(connection, text_hash, &errors, None, LIST_ROWS)?.records;
        Ok((now, before.transpose()?, totals, by_method(connection, &parts)?, errors, is_truncated))
    });
    let (now, before, totals, routes, errors, is_truncated) = found.await?;
    let total = now.total();
    let is_empty = total.summary.count == 0;
    let before_total = before.as_ref().map(series::Series::total);
    let numbers = (&total.summary, before_total.as_ref().map(|total| &total.summary));
    let mut lists = route_lists(&screen, routes);
    let statuses: Vec<_> = match &totals {
        Some(totals) => totals.statuses.iter().map(|(code, count)| (code.to_string(), *count)).collect(),
        None => total.classes.iter().map(|(class, count)| (format!("{class}xx"), *count)).collect(),
    };
    lists.push(status_list(&screen, statuses, total.summary.count));
    let (open, open_total) = screen.dashboard.proxy.open_requests(project, OPEN_ROWS);
    let open = open.into_iter().map(|open| OpenRow {
        protocol: open.protocol.name(),
        method: open.method,
        url: open.original_url,
        user: open.user_id,
        since: format::ago(open.started_at_ms, screen.view.now_ms),
    });
    html(&TrafficPage {
        layout: screen.layout("Traffic", "traffic"),
        bar: own.comparing_bar(&screen),
        tabs: tabs(&screen, PATH),
        empty: is_empty.then(|| Empty::of(&screen, Data::Traffic)),
        is_without_proxy: is_empty && screen.data.traffic.is_none(),
        unused_filters: unused_filters(&screen.view),
        is_truncated: is_truncated || now.is_truncated,
        figures: figures(&screen, &own, (PATH, metric), numbers, totals.as_ref().map(|totals| totals.users)),
        choices: metric.choices(&screen, &own, PATH),
        chart: chart(&screen, &bounds, metric, &now, before.as_ref()),
        lists,
        errors: RequestRow::all(&screen, &errors),
        errors_href: screen.link("traffic/errors"),
        open: open.collect(),
        open_total: format::count(open_total as u64),
    })
}

/// The busiest routes, and those that are slow for one request in twenty.
fn route_lists(screen: &Screen, mut routes: Vec<RouteStats>) -> Vec<BarList> {
    let all: u64 = routes.iter().map(|route| route.summary.count).sum();
    let details = screen.link("traffic/routes");
    let more = routes.len().saturating_sub(LIST_ROWS);
    let row = |route: &RouteStats, (value, share, part, top): (String, String, f64, f64)| BarRow {
        text: format!("{} {}", route.method, route.route),
        href: Some(route_link(screen, &route.route, Some(&route.method))),
        value,
        share,
        width: width(part, top),
    };
    sort_routes(&mut routes, RouteSort::Requests, true);
    #[expect(clippy::cast_precision_loss, reason = "a bar")]
    let top = routes.first().map_or(0.0, |route| route.summary.count as f64);
    #[expect(clippy::cast_precision_loss, reason = "a bar")]
    let busiest = routes.iter().take(LIST_ROWS).map(|route| {
        let count = route.summary.count;
        row(route, (format::count(count), format::share(count, all), count as f64, top))
    });
    let busiest = BarList {
        title: "Top routes",
        entry: "Route",
        measure: "Requests",
        rows: busiest.collect(),
        more,
        details: Some(details.clone()),
    };
    sort_routes(&mut routes, RouteSort::Percentile(95), true);
    let p95 = |route: &RouteStats| percentile_ms(&route.summary, 0.95);
    let top = routes.first().and_then(p95).unwrap_or_default();
    let slowest = routes.iter().take(LIST_ROWS).map(|route| {
        let value = p95(route);
        let words = (format::count(route.summary.count), format::duration_ms(value));
        row(route, (words.0, words.1, value.unwrap_or_default(), top))
    });
    let slowest = BarList {
        title: "Slowest routes",
        entry: "Route",
        measure: "Requests, p95",
        rows: slowest.collect(),
        more,
        details: Some(super::asked::link(screen, "traffic/routes", &[("sort", "p95_ms".to_owned())])),
    };
    vec![busiest, slowest]
}

/// How requests ended.
pub(super) fn status_list(screen: &Screen, statuses: Vec<(String, u64)>, all: u64) -> BarList {
    let top = statuses.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let mut statuses = statuses;
    statuses.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
    let more = statuses.len().saturating_sub(LIST_ROWS);
    let rows = statuses.into_iter().take(LIST_ROWS).map(|(status, count)| BarRow {
        href: Some(super::asked::link(screen, "traffic/requests", &[("status", status.clone())])),
        text: status,
        value: format::count(count),
        share: format::share(count, all),
        width: count * 100 / top,
    });
    BarList { title: "Status codes", entry: "Status", measure: "Requests", rows: rows.collect(), more, details: None }
}

/// The length of a bar, in per cent.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
fn width(part: f64, top: f64) -> u64 {
    if top > 0.0 { (part / top * 100.0).clamp(0.0, 100.0) as u64 } else { 0 }
}
