//! `/p/{project}/traffic/errors`: what failed, alike errors together, and each by itself.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::{Asked, Own, link, route_link, unused_filters};
use super::list::RequestList;
use super::rows::{Status, request_link};
use super::tabs::tabs;
use crate::dashboard::bar::Bar;
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::format;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::Tab;
use crate::query::traffic::error_groups::{ErrorGroup, error_groups};
use crate::query::traffic::requests::RequestFilter;
use crate::query::traffic::series;

/// Path of the page below the project.
const PATH: &str = "traffic/errors";

/// Groups that are shown.
const GROUP_ROWS: usize = 25;

#[derive(Template)]
#[template(path = "traffic/errors.html")]
struct ErrorsPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    empty: Option<Empty>,
    unused_filters: Option<&'static str>,
    is_truncated: bool,
    groups: Vec<GroupRow>,
    /// How many groups there are besides.
    more: usize,
    list: RequestList,
}

/// Errors that are alike.
struct GroupRow {
    status: Status,
    method: String,
    route: String,
    route_href: String,
    count: String,
    /// All of them, one by one.
    href: String,
    first: String,
    last: String,
    latest_href: String,
}

/// Answers the list of errors.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let own = Own::read(&screen, &["cursor"])?;
    let asked = Asked::of(&screen.view);
    let (project, text_hash) = (screen.project.id, screen.dashboard.store.text_hash());
    let filter = RequestFilter::of_conditions(project, asked.span, &asked.conditions);
    let list = RequestList::read(&screen, &own, PATH, RequestFilter { is_error: Some(true), ..filter }).await?;
    let found = screen.ask(move |connection| {
        let groups = error_groups(connection, text_hash, project, asked.span, &asked.conditions)?;
        let has_requests = !groups.groups.is_empty()
            || !series::by_route(connection, text_hash, project, asked.span, &asked.conditions)?.0.is_empty();
        Ok((groups, has_requests))
    });
    let (found, has_requests) = found.await?;
    html(&ErrorsPage {
        layout: screen.layout("Errors", "traffic"),
        bar: screen.bar(),
        tabs: tabs(&screen, PATH),
        empty: (!has_requests).then(|| Empty::of(&screen, Data::Traffic)),
        unused_filters: unused_filters(&screen.view),
        is_truncated: found.is_truncated,
        groups: found.groups.iter().take(GROUP_ROWS).map(|group| row(&screen, group)).collect(),
        more: found.groups.len().saturating_sub(GROUP_ROWS),
        list,
    })
}

fn row(screen: &Screen, group: &ErrorGroup) -> GroupRow {
    let all = [("route", group.route.clone()), ("method", group.method.clone()), ("status", group.status.to_string())];
    GroupRow {
        status: Status::new(group.status),
        route_href: route_link(screen, &group.route, Some(&group.method)),
        method: group.method.clone(),
        route: group.route.clone(),
        count: format::count(group.count),
        href: link(screen, "traffic/requests", &all),
        first: format::minute(group.first_ms, &screen.view.zone),
        last: format::minute(group.last_ms, &screen.view.zone),
        latest_href: request_link(screen, group.latest),
    }
}
