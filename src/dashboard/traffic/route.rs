//! `/p/{project}/traffic/route?route=&method=`: one route, by one method or by all.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::{Asked, Own, link, route_link, unused_filters};
use super::figures::{Choice, Figure, Metric, chart, figures};
use super::overview::status_list;
use super::routes::{RouteRow, rate, row};
use super::rows::{RequestRow, UserLink, user_link};
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
use crate::domain::traffic::TrafficRecord;
use crate::http::problem::Problem;
use crate::query::traffic::buckets::Summary;
use crate::query::traffic::conditions::Subject;
use crate::query::traffic::histogram::{EDGES_MS, histogram};
use crate::query::traffic::requests::{self, RequestFilter};
use crate::query::traffic::routes::{RouteSort, by_method, sort_routes};
use crate::query::traffic::series;
use crate::query::visits::filter::Operator;

/// Path of the page below the project.
const PATH: &str = "traffic/route";

/// Requests among which the slowest and the users are looked for.
const LOOKED_AT: usize = 500;

/// Requests in each table.
const TABLE_ROWS: usize = 15;

/// Users that are shown.
const USER_ROWS: usize = 10;

#[derive(Template)]
#[template(path = "traffic/route.html")]
struct RoutePage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    empty: Option<Empty>,
    unused_filters: Option<&'static str>,
    is_truncated: bool,
    routes_href: String,
    route: String,
    method: Option<String>,
    /// The same route by all methods, from one of them.
    every_method_href: String,
    methods: Vec<RouteRow>,
    figures: Vec<Figure>,
    choices: Vec<Choice>,
    chart: Chart,
    durations: BarList,
    statuses: BarList,
    slowest: Vec<RequestRow>,
    latest: Vec<RequestRow>,
    latest_href: String,
    users: Vec<UserRow>,
    /// How many requests slowest and users were looked for among.
    looked_at: String,
}

/// Somebody who asked for the route.
struct UserRow {
    user: UserLink,
    requests: String,
    errors: String,
    slow: String,
}

/// Answers one route.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let own = Own::read(&screen, &["route", "method", "metric"])?;
    let route = own.get("route").ok_or(Problem::InvalidParameter("route"))?.to_owned();
    let method = own.get("method").map(str::to_owned);
    let (metric, bounds) = (Metric::asked(&own), screen.view.bounds());
    let asked = Asked::of(&screen.view).and(Subject::Route, Operator::Is, Some(&route)).and(
        Subject::Method,
        Operator::Is,
        method.as_deref(),
    );
    let (project, text_hash) = (screen.project.id, screen.dashboard.store.text_hash());
    let wanted = bounds.clone();
    let found = screen.ask(move |connection| {
        let conditions = &asked.conditions;
        let now = series::series(connection, text_hash, project, &wanted, conditions)?;
        let (parts, is_truncated) = series::by_route(connection, text_hash, project, asked.span, conditions)?;
        let filter = RequestFilter::of_conditions(project, asked.span, conditions);
        let latest = requests::page(connection, text_hash, &filter, None, LOOKED_AT)?.records;
        Ok((now, by_method(connection, &parts)?, latest, is_truncated))
    });
    let (now, mut methods, latest, is_truncated) = found.await?;
    let total = now.total();
    sort_routes(&mut methods, RouteSort::Requests, true);
    let per_minute = rate(&screen.view);
    let statuses = total.classes.iter().map(|(class, count)| (format!("{class}xx"), *count)).collect();
    let mut slowest: Vec<_> = latest.iter().collect();
    slowest.sort_by_key(|record| std::cmp::Reverse(record.duration_us));
    let mut status_card = status_list(&screen, statuses, total.summary.count);
    let of_route = |own: Option<&str>, status: &str| {
        let mut asked = vec![("route", route.clone()), ("status", status.to_owned())];
        asked.extend(own.map(|method| ("method", method.to_owned())));
        link(&screen, "traffic/requests", &asked)
    };
    for row in &mut status_card.rows {
        row.href = Some(of_route(method.as_deref(), &row.text));
    }
    html(&RoutePage {
        layout: screen.layout(&route, "traffic"),
        bar: own.bar(&screen),
        tabs: tabs(&screen, "traffic/routes"),
        empty: (total.summary.count == 0).then(|| Empty::of(&screen, Data::Traffic)),
        unused_filters: unused_filters(&screen.view),
        is_truncated: is_truncated || now.is_truncated,
        routes_href: screen.link("traffic/routes"),
        every_method_href: route_link(&screen, &route, None),
        methods: methods.iter().map(|found| row(&screen, found, &per_minute)).collect(),
        figures: figures(&screen, &own, (PATH, metric), (&total.summary, None), None),
        choices: metric.choices(&screen, &own, PATH),
        chart: chart(&screen, &bounds, metric, &now, None),
        durations: durations(&total.summary),
        statuses: status_card,
        slowest: slowest.iter().take(TABLE_ROWS).map(|record| RequestRow::new(&screen, record)).collect(),
        users: users(&screen, &latest),
        looked_at: format::count(latest.len() as u64),
        latest: RequestRow::all(&screen, latest.get(..TABLE_ROWS).unwrap_or(&latest)),
        latest_href: own.without("metric").link(&screen, "traffic/requests"),
        route,
        method,
    })
}

/// How long requests took, in steps; empty steps before the first and after the last are left out.
fn durations(summary: &Summary) -> BarList {
    let bars = histogram(summary);
    let top = bars.iter().map(|bar| bar.requests).max().unwrap_or(0).max(1);
    let first = bars.iter().position(|bar| bar.requests > 0).unwrap_or(0);
    let end = bars.iter().rposition(|bar| bar.requests > 0).map_or(0, |last| last + 1);
    let text = |up_to_ms: Option<u64>| match (up_to_ms, EDGES_MS.last()) {
        (Some(edge), _) => format!("≤ {}", step(edge)),
        (None, Some(last)) => format!("> {}", step(*last)),
        (None, None) => String::new(),
    };
    let rows = bars.get(first..end).unwrap_or_default().iter().map(|bar| BarRow {
        text: text(bar.up_to_ms),
        href: None,
        value: format::count(bar.requests),
        share: format::share(bar.requests, summary.count),
        width: bar.requests * 100 / top,
    });
    BarList {
        title: "How long it took",
        entry: "Duration",
        measure: "Requests",
        rows: rows.collect(),
        more: 0,
        details: None,
    }
}

/// `250 ms`, `2.5 s`
fn step(ms: u64) -> String {
    match ms {
        0..=999 => format!("{ms} ms"),
        _ if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        _ => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
    }
}

/// Who made the requests, those with the most first.
fn users(screen: &Screen, records: &[TrafficRecord]) -> Vec<UserRow> {
    let mut found: HashMap<&str, (&TrafficRecord, [u64; 3])> = HashMap::new();
    for record in records {
        let Some(user) = &record.user else { continue };
        let (_, counts) = found.entry(&user.id).or_insert((record, [0; 3]));
        counts[0] += 1;
        counts[1] += u64::from(record.is_error());
        counts[2] += u64::from(record.is_slow);
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, (_, a_counts)), (b, (_, b_counts))| b_counts.cmp(a_counts).then_with(|| a.cmp(b)));
    let row = |(id, (record, counts)): (&str, (&TrafficRecord, [u64; 3]))| {
        let name = record.user.as_ref().and_then(|user| user.name.as_deref()).unwrap_or(id);
        let [requests, errors, slow] = counts.map(format::count);
        UserRow { user: UserLink { name: name.to_owned(), href: user_link(screen, id) }, requests, errors, slow }
    };
    found.into_iter().take(USER_ROWS).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_short_names() {
        assert_eq!([step(5), step(250), step(1_000), step(2_500)], ["5 ms", "250 ms", "1 s", "2.5 s"]);
    }
}
