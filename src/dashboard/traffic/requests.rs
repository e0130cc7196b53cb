//! `/p/{project}/traffic/requests`: requests one by one.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::{Asked, Own, unused_filters};
use super::list::RequestList;
use super::tabs::tabs;
use crate::dashboard::bar::Bar;
use crate::dashboard::empty::{Data, Empty};
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::{Screen, html};
use crate::dashboard::service::Dashboard;
use crate::dashboard::tabs::Tab;
use crate::http::problem::Problem;
use crate::query::traffic::conditions::Subject;
use crate::query::traffic::requests::{RequestFilter, StatusFilter};
use crate::query::visits::filter::Operator;

/// Path of the page below the project.
const PATH: &str = "traffic/requests";

/// What the form asks for, besides the page.
const FIELDS: [&str; 7] = ["route", "method", "status", "user", "session", "slow", "cursor"];

#[derive(Template)]
#[template(path = "traffic/requests.html")]
struct RequestsPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    empty: Option<Empty>,
    unused_filters: Option<&'static str>,
    action: String,
    /// What the form keeps of the view.
    kept: Vec<(String, String)>,
    form: Form,
    /// Where the form is empty again.
    cleared: Option<String>,
    list: RequestList,
}

/// What the form shows.
struct Form {
    route: String,
    method: String,
    status: String,
    user: String,
    session: String,
    is_slow: bool,
}

/// Answers the list of requests.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let screen = Screen::open(request, dashboard).await?;
    let own = Own::read(&screen, &FIELDS)?;
    let is_slow = match own.get("slow") {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(Problem::InvalidParameter("slow").into()),
    };
    if own.get("status").is_some_and(|status| StatusFilter::parse(status).is_none()) {
        return Err(Problem::InvalidParameter("status").into());
    }
    let asked = Asked::of(&screen.view)
        .and(Subject::Route, Operator::Is, own.get("route"))
        .and(Subject::Method, Operator::Is, own.get("method"))
        .and(Subject::Status, Operator::Is, own.get("status"))
        .and(Subject::User, Operator::Is, own.get("user"));
    let filter = RequestFilter {
        session: own.get("session").map(str::to_owned),
        is_slow,
        ..RequestFilter::of_conditions(screen.project.id, asked.span, &asked.conditions)
    };
    let list = RequestList::read(&screen, &own, PATH, filter).await?;
    let is_filtered = !own.without("cursor").is_empty();
    let is_empty = list.rows.is_empty() && list.older.is_none() && !is_filtered;
    let base = screen.bar();
    html(&RequestsPage {
        layout: screen.layout("Requests", "traffic"),
        bar: own.without("cursor").bar(&screen),
        tabs: tabs(&screen, PATH),
        empty: is_empty.then(|| Empty::of(&screen, Data::Traffic)),
        unused_filters: unused_filters(&screen.view),
        action: screen.request().path().to_owned(),
        kept: base.kept_by_filters,
        form: Form {
            route: own.text("route"),
            method: own.text("method"),
            status: own.text("status"),
            user: own.text("user"),
            session: own.text("session"),
            is_slow: is_slow == Some(true),
        },
        cleared: is_filtered.then(|| screen.link(PATH)),
        list,
    })
}
