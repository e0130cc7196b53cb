//! `/p/{project}/traffic/user?id=`: what one user asked for.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::{Asked, Own, link, route_link};
use super::rows::duration_us;
use super::tabs::tabs;
use crate::dashboard::bar::Bar;
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::Tab;
use crate::http::problem::Problem;
use crate::query::traffic::user_detail::{RouteUse, Tally, Use, user_detail};

/// Entries of each table.
const TABLE_ROWS: usize = 15;

#[derive(Template)]
#[template(path = "traffic/user.html")]
struct UserPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    users_href: String,
    id: String,
    about: Vec<String>,
    is_truncated: bool,
    has_filters: bool,
    /// Name and value of what is known.
    figures: Vec<(&'static str, String)>,
    requests_href: String,
    person_href: String,
    tables: Vec<Table>,
}

/// A table of what requests have in common.
struct Table {
    title: &'static str,
    /// Name of the first column.
    entry: &'static str,
    rows: Vec<Row>,
    /// How many there are besides.
    more: usize,
    /// What is said when there is none.
    nothing: &'static str,
}

struct Row {
    text: String,
    href: Option<String>,
    /// Requests, errors, slow, average, longest, last.
    numbers: Vec<String>,
}

/// Answers one user.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let own = Own::read(&screen, &["id"])?;
    let id = own.get("id").ok_or(Problem::InvalidParameter("id"))?.to_owned();
    let (project, asked, wanted) = (screen.project.id, Asked::of(&screen.view), id.clone());
    let found = screen.ask(move |connection| user_detail(connection, project, asked.span, &wanted)).await?;
    let found = found.ok_or(Problem::UserNotFound)?;
    let counts = &found.counts;
    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    let average = (counts.requests > 0).then(|| counts.duration_us as f64 / counts.requests as f64 / 1_000.0);
    let now_ms = screen.view.now_ms;
    let table = |title, entry, nothing, all: Vec<Row>| {
        let more = all.len().saturating_sub(TABLE_ROWS);
        Table { title, entry, nothing, more, rows: all.into_iter().take(TABLE_ROWS).collect() }
    };
    let routes = |uses: &[RouteUse]| uses.iter().map(|found| route_row(&screen, found)).collect();
    let plain = |uses: &[Use]| {
        uses.iter().map(|found| row(&screen, found.text.as_ref().to_owned(), None, &found.tally)).collect()
    };
    let sessions = found.sessions.iter().map(|found| {
        let href = link(&screen, "sessions/session", &[("id", found.text.as_ref().to_owned())]);
        row(&screen, found.text.as_ref().to_owned(), Some(href), &found.tally)
    });
    html(&UserPage {
        layout: screen.layout(&id, "traffic"),
        bar: own.bar(&screen),
        tabs: tabs(&screen, "traffic/users"),
        users_href: screen.link("traffic/users"),
        about: [&counts.name, &counts.email].into_iter().flatten().cloned().collect(),
        is_truncated: found.is_truncated,
        has_filters: !screen.view.filters.is_empty(),
        figures: vec![
            ("Requests", format::count(counts.requests)),
            ("Average", format::duration_ms(average)),
            ("Slow", format::count(counts.slow)),
            ("Errors", format::count(counts.errors)),
            ("First seen", format::ago(counts.first_seen_ms, now_ms)),
            ("Last seen", format::ago(counts.last_seen_ms, now_ms)),
        ],
        requests_href: link(&screen, "traffic/requests", &[("user", id.clone())]),
        person_href: link(&screen, "people/person", &[("id", format!("user:{id}"))]),
        tables: vec![
            table("Routes", "Route", "No requests in this period.", routes(&found.routes)),
            table("Slow", "Route", "Nothing was slow.", routes(&found.slow_routes)),
            table("Errors", "Route", "Nothing failed.", routes(&found.error_routes)),
            table("Sessions", "Session", "No request named a session.", sessions.collect()),
            table("Devices", "User agent", "User agents are not recorded, or none was sent.", plain(&found.devices)),
            table(
                "Addresses",
                "Address",
                "Addresses are recorded only with traffic.track_ip.",
                plain(&found.addresses),
            ),
        ],
        id,
    })
}

fn route_row(screen: &Screen, found: &RouteUse) -> Row {
    let href = route_link(screen, &found.route, Some(&found.method));
    row(screen, format!("{} {}", found.method, found.route), Some(href), &found.tally)
}

#[expect(clippy::cast_precision_loss, reason = "a mean")]
fn row(screen: &Screen, text: String, href: Option<String>, tally: &Tally) -> Row {
    let average = tally.duration_us as f64 / tally.requests.max(1) as f64 / 1_000.0;
    let numbers = vec![
        format::count(tally.requests),
        format::count(tally.errors),
        format::count(tally.slow),
        format::duration_ms(Some(average)),
        duration_us(tally.max_us),
        format::minute(tally.last_ms, &screen.view.zone),
    ];
    Row { text, href, numbers }
}
