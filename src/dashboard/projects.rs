//! `/`: the projects of whoever looks, each with what matters of it; straight to the project where there is one.

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::tz::TimeZone;
use rusqlite::Connection;

use super::chart::sparkline;
use super::error::PageError;
use super::format;
use super::layout::Layout;
use super::screen::html;
use super::service::Dashboard;
use crate::domain::period::{Grain, Period};
use crate::http::installation::{is_silent, millis};
use crate::http::view::zone_named;
use crate::http::viewer::Viewer;
use crate::query::traffic::buckets::{self, TimeSpan};
use crate::query::visits::first_data::data_spans;
use crate::query::visits::now::now;
use crate::query::visits::overview::{Wanted, overview};
use crate::query::visits::scope::Scope;
use crate::store::registry::{self, Project};
use crate::store::{StoreError, project_settings};

/// Projects that are shown.
const MAX_CARDS: usize = 60;

/// How far back the error rate looks.
const DAY_MS: i64 = 86_400_000;

#[derive(Template)]
#[template(path = "projects.html")]
struct ProjectsPage {
    layout: Layout,
    cards: Vec<Card>,
    /// Projects that have no card.
    more: usize,
    is_admin: bool,
}

/// A project at a glance.
struct Card {
    name: String,
    href: String,
    /// Path data of the visitors of seven days.
    line: String,
    visitors: String,
    now: u64,
    /// Of the last 24 hours; none without requests.
    error_rate: Option<String>,
    has_errors: bool,
    /// When something came last.
    last: Option<String>,
    /// Whether some source did send, but not for `metrics.no_data_after`.
    is_silent: bool,
}

/// Answers the projects.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let viewer = request.extensions().get::<Viewer>().cloned().ok_or(PageError::NotAllowed)?;
    let is_admin = viewer.account().is_some_and(|account| account.is_admin);
    let now_ms = dashboard.clock.now_ms();
    let silent_after_ms = millis(dashboard.installation.no_data_after);
    let found = dashboard.ask(move |connection| {
        let mut seen = registry::projects(connection)?;
        seen.retain(|project| viewer.role_in(project.id).is_some());
        if let [only] = seen.as_slice() {
            return Ok(Err(only.uuid));
        }
        let more = seen.len().saturating_sub(MAX_CARDS);
        let cards = seen.iter().take(MAX_CARDS).map(|project| card(connection, project, now_ms, silent_after_ms));
        Ok(Ok((cards.collect::<Result<Vec<_>, _>>()?, more)))
    });
    match found.await? {
        Ok((cards, more)) => {
            html(&ProjectsPage { layout: Layout::new(&request, "Projects", "projects", None), cards, more, is_admin })
        }
        Err(only) => Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/p/{only}"))).finish()),
    }
}

fn card(connection: &Connection, project: &Project, now_ms: i64, silent_after_ms: i64) -> Result<Card, StoreError> {
    let settings = project_settings::read(connection, project.id)?;
    let zone = zone_named(&settings.time_zone).unwrap_or(TimeZone::UTC);
    let interval = Period::Days7.interval(now_ms, &zone, now_ms);
    let bounds = Grain::Day.bounds(interval, &zone).unwrap_or_default();
    let scope = Scope { project: project.id, interval, filters: Vec::new() };
    let week = overview(connection, &scope, &Wanted { bounds: &bounds, lists: &[] })?;
    let visitors: Vec<u64> = week.series.iter().map(|day| day.visitors).collect();
    let day = TimeSpan::new(now_ms.saturating_sub(DAY_MS), now_ms.saturating_add(1));
    let requests = buckets::totals(connection, project.id, day)?.summary;
    let spans = data_spans(connection, project.id, now_ms)?;
    let last = spans.all();
    let sources = [spans.browser, spans.track, spans.traffic];
    Ok(Card {
        name: project.name.clone(),
        href: format!("/p/{}", project.uuid),
        line: sparkline(&visitors),
        visitors: format::count(week.totals.visitors),
        now: now(connection, project.id, now_ms)?.visitors,
        error_rate: (requests.count > 0).then(|| format::share(requests.errors, requests.count)),
        has_errors: requests.errors > 0,
        is_silent: sources.into_iter().flatten().any(|span| is_silent(span.last_ms, now_ms, silent_after_ms)),
        last: last.map(|span| format::ago(span.last_ms, now_ms)),
    })
}
