//! `/p/{project}/events`: events with a name, by how often they were.

pub mod one;
mod properties;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::bar::Bar;
use super::empty::{Data, Empty};
use super::error::PageError;
use super::format;
use super::layout::Layout;
use super::listing::{BarList, BarRow};
use super::screen::{Screen, html};
use super::service::Dashboard;
use super::table::{Number, Order, Table, csv, note, with_own};
use crate::http::parameters::Parameters;
use crate::query::track::totals::{Totals, totals};
use crate::query::visits::breakdown::{Sort, breakdown};
use crate::query::visits::filter::Dimension;

const NUMBERS: [Number; 3] = [Number::Events, Number::Visitors, Number::Visits];

/// Names of app events that are listed.
const APP_NAMES: usize = 50;

#[derive(Template)]
#[template(path = "events/list.html")]
struct EventsPage {
    layout: Layout,
    bar: Bar,
    /// What the filters do not reach.
    note: Option<&'static str>,
    empty: Option<Empty>,
    table: Table,
    /// Everything that apps and servers said, also outside of visits.
    apps: Option<BarList>,
}

/// Answers the list of events.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let order = Order::read(&Parameters::of(&request), Sort::Events)?;
    let screen = Screen::open(request, dashboard).await?;
    let (scope, interval) = (screen.scope(), screen.view.interval);
    let with_apps = screen.data.track.is_some() && screen.view.filters.is_empty();
    let found = screen.ask(move |connection| {
        let range = Some((interval.from_ms, interval.to_ms - 1));
        let apps = with_apps.then(|| totals(connection, scope.project, range)).transpose()?;
        Ok((breakdown(connection, &scope, Dimension::Event, order.part)?, apps))
    });
    let (list, apps) = found.await?;
    let leads_to = Some(("events/event", "name"));
    let mut table = Table::of_visits(&screen, (Dimension::Event, &NUMBERS), (&list, &order), &[], leads_to);
    table.csv = Some(csv(&screen, Dimension::Event));
    let apps = apps.filter(|totals| totals.events > 0).map(|totals| of_apps(&screen, &totals));
    html(&EventsPage {
        layout: screen.layout("Events", "events"),
        bar: screen.bar().keeping(&order.kept()),
        note: note(&screen),
        empty: (list.rows.is_empty() && apps.is_none()).then(|| Empty::of(&screen, Data::Visits)),
        table,
        apps,
    })
}

fn of_apps(screen: &Screen, totals: &Totals) -> BarList {
    let top = totals.names.first().map_or(1, |(_, count)| (*count).max(1));
    let row = |(name, count): &(std::sync::Arc<str>, u64)| BarRow {
        text: name.to_string(),
        href: Some(with_own(&screen.link("events/event"), [("name", name.to_string())])),
        value: format::count(*count),
        share: format::share(*count, totals.events),
        width: count * 100 / top,
    };
    BarList {
        title: "Everything apps and servers sent",
        entry: "Event",
        measure: "Events",
        rows: totals.names.iter().take(APP_NAMES).map(row).collect(),
        more: totals.names.len().saturating_sub(APP_NAMES),
        details: None,
    }
}
