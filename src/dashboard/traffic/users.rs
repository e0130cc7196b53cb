//! `/p/{project}/traffic/users`: who made requests.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::{Asked, Own};
use super::columns::{Column, Known, Pager, columns, is_descending, offset};
use super::rows::user_link;
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
use crate::query::traffic::buckets::{self, UserCounts, UserPage, UserSort};
use crate::query::traffic::sort_names::user_sort;

/// Path of the page below the project.
const PATH: &str = "traffic/users";

/// Users of one page.
const ROWS: usize = 50;

/// How far pages go, in users.
const MAX_DEPTH: usize = 1_000_000;

const COLUMNS: [Known; 6] = [
    ("User", "user_id", false),
    ("Requests", "requests", true),
    ("Average", "average_duration_ms", true),
    ("Slow", "slow_count", true),
    ("Errors", "error_count", true),
    ("Last seen", "last_seen_at", true),
];

#[derive(Template)]
#[template(path = "traffic/users.html")]
struct UsersPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    empty: Option<Empty>,
    has_filters: bool,
    action: String,
    /// What the form for searching keeps.
    kept: Vec<(String, String)>,
    search: String,
    columns: Vec<Column>,
    rows: Vec<UserRow>,
    pager: Option<Pager>,
}

/// A user in a table.
struct UserRow {
    id: String,
    /// What else is known: name, e-mail address.
    about: Vec<String>,
    href: String,
    /// Requests, average, slow, errors, last seen.
    numbers: Vec<String>,
}

/// Answers the list of users.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let own = Own::read(&screen, &["sort", "order", "page", "search"])?;
    let sort_word = own.get("sort").unwrap_or("requests").to_owned();
    let sort = user_sort(&sort_word).ok_or(Problem::InvalidParameter("sort"))?;
    let descending = is_descending(&own, sort != UserSort::ExternalId)?;
    let offset = offset(&own, ROWS, MAX_DEPTH)?;
    let (project, asked) = (screen.project.id, Asked::of(&screen.view));
    let search = own.get("search").map(str::to_owned);
    let page = UserPage { sort, descending, limit: u32::try_from(ROWS).unwrap_or(u32::MAX), offset: offset as u64 };
    let found = screen.ask(move |connection| buckets::users(connection, project, asked.span, page, search.as_deref()));
    let (users, total) = found.await?;
    let is_empty = total == 0 && own.get("search").is_none();
    let base = own.without("search").without("page");
    html(&UsersPage {
        layout: screen.layout("Users", "traffic"),
        bar: own.without("page").bar(&screen),
        tabs: tabs(&screen, PATH),
        empty: is_empty.then(|| Empty::of(&screen, Data::Traffic)),
        has_filters: !screen.view.filters.is_empty(),
        action: screen.request().path().to_owned(),
        kept: base.bar(&screen).kept_by_filters,
        search: own.text("search"),
        columns: columns(&screen, &own, PATH, &COLUMNS, &sort_word, descending),
        pager: Pager::new(&screen, &own, PATH, (offset, users.len(), ROWS), total),
        rows: users.iter().map(|user| row(&screen, user)).collect(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a mean")]
fn row(screen: &Screen, user: &UserCounts) -> UserRow {
    let average = (user.requests > 0).then(|| user.duration_us as f64 / user.requests as f64 / 1_000.0);
    UserRow {
        id: user.external_id.clone(),
        about: [&user.name, &user.email].into_iter().flatten().cloned().collect(),
        href: user_link(screen, &user.external_id),
        numbers: vec![
            format::count(user.requests),
            format::duration_ms(average),
            format::count(user.slow),
            format::count(user.errors),
            format::minute(user.last_seen_ms, &screen.view.zone),
        ],
    }
}
