//! `/p/{project}/pages`: which pages were viewed, where visits began and where they ended.

pub mod one;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::bar::Bar;
use super::by::{Tab, kept, tabs};
use super::empty::{Data, Empty};
use super::error::PageError;
use super::layout::Layout;
use super::screen::{Screen, html};
use super::service::Dashboard;
use super::table::{Number, Order, Table, csv, note};
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::query::visits::breakdown::{Sort, breakdown};
use crate::query::visits::filter::Dimension;

const BY: [(&str, &str); 4] =
    [("page", "Pages"), ("entry_page", "Entry pages"), ("exit_page", "Exit pages"), ("host", "Hosts")];

const NUMBERS: [Number; 5] = [Number::Visitors, Number::Visits, Number::Views, Number::BounceRate, Number::Duration];

#[derive(Template)]
#[template(path = "pages/list.html")]
struct PagesPage {
    layout: Layout,
    bar: Bar,
    tabs: Vec<Tab>,
    /// What the filters do not reach.
    note: Option<&'static str>,
    empty: Option<Empty>,
    table: Table,
}

/// Answers the list of pages.
pub async fn page(request: HttpRequest, dashboard: web::Data<Dashboard>) -> Result<HttpResponse, PageError> {
    let parameters = Parameters::of(&request);
    let known = |word: &str| BY.iter().find(|(known, _)| *known == word).map(|(known, _)| *known);
    let by = parameters.parsed("by", known)?.unwrap_or(BY[0].0);
    let dimension = Dimension::from_word(by).ok_or(Problem::InvalidParameter("by"))?;
    let order = Order::read(&parameters, Sort::Visitors)?;
    let screen = Screen::open(request, dashboard).await?;
    let scope = screen.scope();
    let list = screen.ask(move |connection| breakdown(connection, &scope, dimension, order.part)).await?;
    let own = kept(&BY, by);
    let leads_to = (dimension != Dimension::Host).then_some(("pages/page", "path"));
    let mut table = Table::of_visits(&screen, (dimension, &NUMBERS), (&list, &order), &own, leads_to);
    table.csv = Some(csv(&screen, dimension));
    html(&PagesPage {
        layout: screen.layout("Pages", "pages"),
        bar: screen.bar().keeping(&[own, order.kept()].concat()),
        tabs: tabs(&screen, &BY, by),
        note: note(&screen),
        empty: list.rows.is_empty().then(|| Empty::of(&screen, Data::Visits)),
        table,
    })
}
