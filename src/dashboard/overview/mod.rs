//! `/p/{project}`: what happened, at a glance.

mod look;
mod metric;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use self::look::{Look, Question, conditions};
use self::metric::Metric;
use super::audience::Places;
use super::bar::{Bar, address};
use super::chart::Chart;
use super::empty::{Data, Empty};
use super::error::PageError;
use super::figures::Figure;
use super::format;
use super::layout::Layout;
use super::listing::{BarList, BarRow};
use super::screen::{Screen, html};
use super::service::Dashboard;
use crate::domain::visit::GoalKind;
use crate::http::installation::{is_silent, millis};
use crate::http::parameters::Parameters;
use crate::http::view::{Field, TrafficField};
use crate::query::traffic::routes::RouteStats;
use crate::query::visits::filter::{Dimension, Operator};
use crate::query::visits::goals::GoalCount;
use crate::query::visits::now::now;

/// Entries of each list.
const LIST_ROWS: usize = 8;

/// The lists, each with its title and the screen that has all of it.
const LISTS: [(&str, Dimension, &str); 8] = [
    ("Top pages", Dimension::Page, "pages"),
    ("Where they came from", Dimension::Channel, "sources?by=channel"),
    ("Referrers", Dimension::Referrer, "sources?by=referrer"),
    ("Campaigns", Dimension::Campaign, "sources?by=campaign"),
    ("Events", Dimension::Event, "events"),
    ("Countries", Dimension::Country, "audience"),
    ("Devices", Dimension::Device, "audience?by=device"),
    ("Browsers", Dimension::Browser, "audience?by=browser"),
];

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    layout: Layout,
    bar: Bar,
    empty: Option<Empty>,
    figures: Vec<Figure>,
    chart: Chart,
    lists: Vec<BarList>,
    /// Visitors who are there now, in words, and the screen that shows them.
    present: String,
    is_somebody_there: bool,
    live: String,
    /// What the filters leave out.
    note: Option<&'static str>,
    places: Places,
    /// Who did send, but not lately; told to members only.
    silent: Vec<String>,
    install: String,
}

/// Answers the overview.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let asked = Parameters::of(&request).text("metric")?.map(str::to_owned);
    let screen = Screen::open(request, dashboard).await?;
    let (look, compared, present) = ask(&screen).await?;
    let has_visits = screen.data.browser.is_some() || screen.data.track.is_some() || look.requests.is_none();
    let metrics = Metric::of(&look, has_visits);
    let current = metrics.iter().find(|metric| Some(metric.word()) == asked).or(metrics.first());
    let current = current.cloned().unwrap_or(Metric::Visitors);
    let kept = asked.map(|word| ("metric", word));
    let bar = screen.comparing_bar().keeping(kept.as_slice());
    let is_empty = metrics.iter().all(|metric| metric.series(&look).iter().flatten().all(|value| *value == 0.0));
    let figures = metrics.iter().map(|metric| Figure {
        name: metric.name(),
        value: metric.value(&look),
        change: compared.as_ref().and_then(|before| metric.change(&look, before)),
        href: Some(with_metric(&screen, metric)),
        current: *metric == current,
    });
    html(&OverviewPage {
        layout: screen.layout("Overview", "overview"),
        bar,
        empty: is_empty.then(|| Empty::of(&screen, Data::Any)),
        figures: figures.collect(),
        chart: chart(&screen, &current, &look, compared.as_ref()),
        lists: lists(&screen, &look, has_visits),
        is_somebody_there: present > 0,
        present: if present == 1 {
            "1 visitor now".to_owned()
        } else {
            format!("{} visitors now", format::count(present))
        },
        live: screen.link_with("live", &screen.view.without_filters()),
        note: note(&screen),
        places: Places::of(&screen),
        silent: silent(&screen),
        install: format!("{}/settings/install", screen.link_base()),
    })
}

/// What is in view, what it is compared with, and how many visitors are there now.
async fn ask(screen: &Screen) -> Result<(Look, Option<Look>, u64), PageError> {
    let view = &screen.view;
    let is_about_all_visits = screen.scope().filters.is_empty();
    let question = Question {
        scope: screen.scope(),
        bounds: view.bounds(),
        lists: LISTS.map(|(_, dimension, _)| (dimension, LIST_ROWS)).to_vec(),
        with_conversions: screen.data.track.is_some() && view.filters.is_empty(),
        conditions: (screen.data.traffic.is_some() && is_about_all_visits).then(|| conditions(view)),
        routes: LIST_ROWS,
        with_goals: true,
    };
    let compared = view.compared().map(|interval| {
        let bounds = view.grain().bounds(interval, &view.zone);
        question.compared(interval, bounds.unwrap_or_else(|| vec![interval.from_ms, interval.to_ms]))
    });
    let text_hash = screen.dashboard.store.text_hash();
    let now_ms = view.now_ms;
    let look = screen.ask(move |connection| {
        let before = compared.map(|question| question.answer(connection, text_hash)).transpose()?;
        let present = now(connection, question.scope.project, now_ms)?.visitors;
        Ok((question.answer(connection, text_hash)?, before, present))
    });
    look.await
}

fn chart(screen: &Screen, metric: &Metric, look: &Look, compared: Option<&Look>) -> Chart {
    let view = &screen.view;
    let name = metric.name();
    let range = super::bar::range_text(view.interval, &view.zone);
    let summary = format!("{name} over time, {range}: {} in all.", metric.value(look));
    let chart = Chart::new(summary, metric.unit(), &view.bounds(), view.grain(), &view.zone, view.now_ms);
    let chart = chart.with(&name, 1, metric.series(look));
    match (compared, view.compared()) {
        (Some(before), Some(interval)) => {
            chart.with_faint(&super::bar::range_text(interval, &view.zone), metric.series(before))
        }
        _ => chart,
    }
}

fn lists(screen: &Screen, look: &Look, has_visits: bool) -> Vec<BarList> {
    let visitors = look.visits.totals.visitors;
    let list = |((title, dimension, target), list): (
        (&'static str, Dimension, &str),
        &crate::query::visits::overview::List,
    )| {
        let card = BarList::of_visits(screen, title, dimension, list, visitors);
        if target.is_empty() { card } else { card.with_details(screen.link(target)) }
    };
    let mut cards = Vec::new();
    if has_visits {
        cards.extend(LISTS.into_iter().zip(&look.visits.lists).map(list));
        if !look.goals.is_empty() {
            cards.push(goals(screen, look));
        }
    }
    if look.requests.is_some() {
        cards.push(routes(screen, look));
    }
    cards
}

fn routes(screen: &Screen, look: &Look) -> BarList {
    let all = look.all_requests().map_or(0, |slice| slice.summary.count);
    let top = look.routes.iter().map(|route| route.summary.count).max().unwrap_or(0).max(1);
    let row = |route: &RouteStats| {
        let filtered = screen.view.with_filter(Field::Traffic(TrafficField::Route), Operator::Is, &route.route);
        BarRow {
            text: format!("{} {}", route.method, route.route),
            href: Some(address(screen.request().path(), &filtered)),
            value: format::count(route.summary.count),
            share: format::share(route.summary.count, all),
            width: route.summary.count * 100 / top,
        }
    };
    BarList {
        title: "Routes",
        entry: "Route",
        measure: "Requests",
        rows: look.routes.iter().map(row).collect(),
        more: 0,
        details: Some(screen.link("traffic/routes")),
    }
}

/// Goals, each with the share of visits that reached it.
fn goals(screen: &Screen, look: &Look) -> BarList {
    let all = look.visits.totals.visits;
    let row = |count: &GoalCount| {
        let href = (!count.goal.pattern.contains('*')).then(|| {
            let dimension = match count.goal.kind {
                GoalKind::Page => Dimension::Page,
                GoalKind::Event => Dimension::Event,
            };
            let view = screen.view.with_filter(Field::Visit(dimension), Operator::Is, &count.goal.pattern);
            address(screen.request().path(), &view)
        });
        BarRow {
            text: count.goal.name.clone(),
            href,
            value: format::count(count.visits),
            share: format::share(count.visits, all),
            width: (count.visits * 100).checked_div(all).unwrap_or(0).min(100),
        }
    };
    let mut rows: Vec<_> = look.goals.iter().collect();
    rows.sort_by_key(|count| std::cmp::Reverse(count.visits));
    BarList {
        title: "Goals",
        entry: "Goal",
        measure: "Visits",
        rows: rows.iter().take(LIST_ROWS).map(|count| row(count)).collect(),
        more: rows.len().saturating_sub(LIST_ROWS),
        details: screen
            .layout("Goals", "settings")
            .account
            .is_some()
            .then(|| format!("/p/{}/settings/goals", screen.project.uuid)),
    }
}

/// The address of this screen with another metric on the chart.
fn with_metric(screen: &Screen, metric: &Metric) -> String {
    let here = address(screen.request().path(), &screen.view);
    let word: String = url::form_urlencoded::byte_serialize(metric.word().as_bytes()).collect();
    format!("{here}{}metric={word}", if here.contains('?') { '&' } else { '?' })
}

/// Sources that did send, but not for `metrics.no_data_after`. Whoever follows a share link cannot do anything about it.
fn silent(screen: &Screen) -> Vec<String> {
    if screen.layout("Overview", "overview").account.is_none() {
        return Vec::new();
    }
    let after_ms = millis(screen.dashboard.installation.no_data_after);
    let now_ms = screen.view.now_ms;
    let sources = [
        (screen.data.browser, "events from browsers"),
        (screen.data.track, "events from apps"),
        (screen.data.traffic, "requests through the proxy"),
    ];
    let silent = sources.into_iter().filter_map(|(span, what)| Some((span?.last_ms, what)));
    let silent = silent.filter(|(last_ms, _)| is_silent(*last_ms, now_ms, after_ms));
    silent.map(|(last_ms, what)| format!("No {what} for {}.", format::span_ms(now_ms - last_ms))).collect()
}

fn note(screen: &Screen) -> Option<&'static str> {
    let has_visit_filters = !screen.scope().filters.is_empty();
    let has_others = screen.data.traffic.is_some() || screen.data.track.is_some();
    if has_visit_filters && has_others {
        Some("Filters on visits do not apply to conversions, revenue and requests, which are left out here.")
    } else if screen.view.traffic_filters().next().is_some() {
        Some("Filters on requests do not apply to visits; conversions are left out here.")
    } else {
        None
    }
}
