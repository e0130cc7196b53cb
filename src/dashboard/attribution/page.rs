//! The page.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::choice::{Choice, dimension_name, model_sentence};
use super::latest::Latest;
use super::table::{Table, attributed_share};
use crate::dashboard::bar::{Bar, BarLink};
use crate::dashboard::empty::LastDay;
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::{format, money};
use crate::domain::period::{Interval, Period, civil};
use crate::query::track::attribution::{Attribution, Question, attribution};
use crate::query::track::conversions::{ConversionFilter, newest};
use crate::query::track::conversions_described::describe;
use crate::query::track::revenue::Sum;

/// Keys of the table; what is beyond is one row.
const KEYS: usize = 50;

/// Conversions of the list.
const LATEST: usize = 20;

const DAY_MS: f64 = 86_400_000.0;

#[derive(Template)]
#[template(path = "attribution/page.html")]
struct AttributionPage {
    layout: Layout,
    bar: Bar,
    figures: Vec<Figure>,
    models: Vec<BarLink>,
    comparisons: Vec<BarLink>,
    dimensions: Vec<BarLink>,
    windows: Vec<BarLink>,
    kinds: Vec<BarLink>,
    sentence: &'static str,
    window: String,
    table: Table,
    latest: Vec<Latest>,
    has_filters: bool,
    /// Whether app events ever came.
    has_data: bool,
    install: String,
    /// The last day with conversions, where the period has none.
    last_day: Option<LastDay>,
    csv: String,
    latest_csv: String,
}

/// A number at the top.
#[derive(Debug, Clone)]
struct Figure {
    name: String,
    value: String,
    change: Option<String>,
}

/// Answers the page.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let choice = Choice::read(&request)?;
    let screen = Screen::open(request, dashboard).await?;
    let configured_ms = screen.dashboard.attribution_window_ms;
    let window_ms = choice.window_ms(configured_ms);
    let filter = filter(&screen, &choice, screen.view.interval);
    let before = screen.view.compared().map(|interval| self::filter(&screen, &choice, interval));
    let hash = screen.dashboard.store.text_hash();
    let (by, models) = (choice.by, choice.models());
    let asked = screen.ask(move |connection| {
        let ask =
            |filter, limit| attribution(connection, &Question { filter, by, models: models.clone(), window_ms }, limit);
        let found = ask(filter, KEYS)?;
        let compared = before.map(|before| ask(before, 0)).transpose()?;
        let latest = newest(connection, &filter, None, None, LATEST)?;
        let ever = ConversionFilter { from_ms: i64::MIN, to_ms: i64::MAX, ..filter };
        let last = if found.conversions == 0 { newest(connection, &ever, None, None, 1)? } else { Vec::new() };
        let last_ms = last.first().map(|conversion| conversion.time_ms);
        Ok((found, compared, describe(connection, hash, &latest, window_ms)?, last_ms))
    });
    let (found, compared, latest, last_ms) = asked.await?;
    let (path, view) = (screen.request().path().to_owned(), screen.view.query());
    let href = |choice: &Choice| {
        let mut query = url::form_urlencoded::Serializer::new(view.clone());
        format!("{path}?{}", query.extend_pairs(choice.pairs()).finish())
    };
    let base = screen.link_base();
    let last_day = last_ms.map(|ms| {
        let day = civil(ms, &screen.view.zone);
        let there = screen.view.with_period(Period::Days { first: day, last: day });
        let mut query = url::form_urlencoded::Serializer::new(there.query());
        let query = query.extend_pairs(choice.pairs()).finish();
        LastDay { text: format::day(ms, &screen.view.zone), href: format!("{path}?{query}") }
    });
    html(&AttributionPage {
        layout: screen.layout("Attribution", "attribution"),
        bar: screen.comparing_bar().keeping(&choice.pairs()),
        figures: figures(&found, compared.as_ref()),
        models: choice.model_links(href),
        comparisons: choice.comparison_links(href),
        dimensions: choice.dimension_links(href),
        windows: choice.window_links(configured_ms, href),
        kinds: choice.kind_links(href),
        sentence: model_sentence(choice.model),
        window: days(window_ms),
        table: Table::new(&choice, dimension_name(by), &found),
        latest: latest.iter().map(|conversion| Latest::new(&base, &screen.view.zone, conversion)).collect(),
        has_filters: !screen.view.filters.is_empty(),
        has_data: screen.data.track.is_some(),
        install: format!("{base}/settings/install"),
        last_day,
        csv: csv(&screen, &choice, "attribution"),
        latest_csv: csv(&screen, &choice, "conversions"),
    })
}

fn filter(screen: &Screen, choice: &Choice, interval: Interval) -> ConversionFilter {
    let (from_ms, to_ms) = (interval.from_ms, interval.to_ms - 1);
    let only_revenue = choice.only_revenue;
    ConversionFilter { from_ms, to_ms, only_revenue, ..ConversionFilter::all(screen.project.id) }
}

fn figures(found: &Attribution, compared: Option<&Attribution>) -> Vec<Figure> {
    let mut figures = vec![
        Figure {
            name: "Conversions".to_owned(),
            value: format::count(found.conversions),
            change: compared.and_then(|before| format::change(found.conversions, before.conversions)),
        },
        Figure { name: "Brought by touches".to_owned(), value: attributed_share(found), change: None },
    ];
    for (currency, sum) in &found.revenue {
        let before = compared.map(|before| of_currency(before, currency));
        figures.push(Figure {
            name: format!("Revenue in {}", if currency.is_empty() { "no currency" } else { currency }),
            value: money::amount(sum.micros, ""),
            change: before.and_then(|before| format::change(units(*sum), units(before))),
        });
    }
    figures
}

fn of_currency(found: &Attribution, currency: &str) -> Sum {
    found.revenue.iter().find(|(name, _)| **name == *currency).map(|(_, sum)| *sum).unwrap_or_default()
}

/// Whole units, for comparing; refunds beyond what was paid count as nothing.
fn units(sum: Sum) -> u64 {
    u64::try_from(sum.micros / 1_000_000).unwrap_or_default()
}

/// The same question to the API, as CSV.
fn csv(screen: &Screen, choice: &Choice, question: &str) -> String {
    let interval = screen.view.interval;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("from", &interval.from_ms.to_string());
    query.append_pair("to", &(interval.to_ms - 1).to_string());
    for (name, value) in choice.pairs() {
        // Two models: all of them, each in lines of its own.
        let is_meant = match name {
            "with" => false,
            "model" => choice.with.is_none() && question == "attribution",
            "by" => question == "attribution",
            _ => true,
        };
        if is_meant {
            query.append_pair(name, &value);
        }
    }
    query.append_pair("format", "csv");
    format!("/api/v1/projects/{}/{question}?{}", screen.project.uuid, query.finish())
}

#[expect(clippy::cast_precision_loss, reason = "at most ten years")]
fn days(window_ms: i64) -> String {
    let days = window_ms as f64 / DAY_MS;
    let days = (days * 100.0).round() / 100.0;
    format!("{days} {}", if (days - 1.0).abs() < f64::EPSILON { "day" } else { "days" })
}
