//! `/p/{project}/events/event?name=`: one event: its course, its latest occurrences, its properties.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::properties::{Property, count, shown};
use crate::dashboard::bar::Bar;
use crate::dashboard::chart::{Chart, Unit};
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::figures::Figure;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::table::with_own;
use crate::http::parameters::Parameters;
use crate::http::view::Field;
use crate::query::visits::filter::{Dimension, Operator};
use crate::query::visits::occurrences::{Occurrence, occurrences};
use crate::query::visits::overview::{Overview, Wanted, overview};
use crate::query::visits::scope::Scope;

/// Occurrences whose properties are counted.
const SAMPLE: usize = 500;

/// Occurrences that are listed.
const LISTED: usize = 50;

#[derive(Template)]
#[template(path = "events/one.html")]
struct EventPage {
    layout: Layout,
    bar: Bar,
    name: String,
    back: String,
    sessions: String,
    empty: Option<Empty>,
    figures: Vec<Figure>,
    chart: Chart,
    properties: Vec<Property>,
    /// Of how many occurrences the properties are.
    sample: String,
    latest: Vec<Latest>,
}

/// An occurrence as it is listed.
struct Latest {
    time: String,
    machine_time: String,
    user: Option<String>,
    /// The visit it is of.
    session: Option<String>,
    page: String,
    properties: Vec<(String, String)>,
}

/// Answers one event.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let name = Parameters::of(&request).text("name")?.map(str::to_owned);
    let name = name.ok_or(PageError::Missing("No event was asked for"))?;
    let screen = Screen::open(request, dashboard).await?;
    let filtered = screen.view.with_filter(Field::Visit(Dimension::Event), Operator::Is, &name);
    let (scope, bounds, of) = (screen.scope(), screen.view.bounds(), name.clone());
    let visits = Scope { filters: filtered.visit_filters(), ..scope.clone() };
    let text_hash = screen.dashboard.store.text_hash();
    let found = screen.ask(move |connection| {
        let look = overview(connection, &visits, &Wanted { bounds: &bounds, lists: &[] })?;
        Ok((look, occurrences(connection, text_hash, &scope, &of, SAMPLE)?))
    });
    let (look, found) = found.await?;
    let own = [("name", name.clone())];
    let is_empty = look.totals.events == 0 && found.is_empty();
    html(&EventPage {
        layout: screen.layout(&name, "events"),
        bar: screen.bar().keeping(&own),
        back: screen.link("events"),
        sessions: screen.link_with("sessions", &filtered),
        empty: is_empty.then(|| Empty::of_part(&screen, Data::Visits, &own)),
        figures: vec![
            Figure::plain("Times in visits", format::count(look.totals.events)),
            Figure::plain("Visitors", format::count(look.totals.visitors)),
            Figure::plain("Visits", format::count(look.totals.visits)),
        ],
        chart: chart(&screen, &name, &look),
        properties: count(found.iter().map(|one| one.properties.as_deref())),
        sample: format::count(found.len() as u64),
        latest: found.iter().take(LISTED).map(|one| latest(&screen, one)).collect(),
        name,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a chart")]
fn chart(screen: &Screen, name: &str, look: &Overview) -> Chart {
    let view = &screen.view;
    let summary = format!("{name} over time: {} times in all.", format::count(look.totals.events));
    Chart::new(summary, Unit::Count, &view.bounds(), view.grain(), &view.zone, view.now_ms)
        .with("Times", 1, look.series.iter().map(|totals| Some(totals.events as f64)).collect())
        .with("Visitors", 2, look.series.iter().map(|totals| Some(totals.visitors as f64)).collect())
}

fn latest(screen: &Screen, one: &Occurrence) -> Latest {
    let zone = &screen.view.zone;
    let session =
        one.visit.as_ref().map(|(_, session)| with_own(&screen.link("sessions/session"), [("id", session.clone())]));
    Latest {
        time: format::minute(one.time_ms, zone),
        machine_time: format::machine_time(one.time_ms, zone),
        user: one.user.clone(),
        session,
        page: one.page.clone(),
        properties: shown(one.properties.as_deref()),
    }
}
