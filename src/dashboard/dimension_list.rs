//! A screen that lists visits by one of several dimensions: pages, sources.

use actix_web::{HttpRequest, web};

use super::bar::Bar;
use super::by::{kept, tabs};
use super::empty::{Data, Empty};
use super::error::PageError;
use super::screen::Screen;
use super::service::Dashboard;
use super::table::{Number, Order, Table, csv, note};
use super::tabs::Tab;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::query::visits::breakdown::{Sort, breakdown};
use crate::query::visits::filter::Dimension;

const NUMBERS: [Number; 5] = [Number::Visitors, Number::Visits, Number::Views, Number::BounceRate, Number::Duration];

/// The list with what stands around it.
pub struct DimensionList {
    pub screen: Screen,
    pub bar: Bar,
    pub tabs: Vec<Tab>,
    /// What the filters do not reach.
    pub note: Option<&'static str>,
    pub empty: Option<Empty>,
    pub table: Table,
}

impl DimensionList {
    /// Reads the list that is asked for with `by`, of which the first of `all` is usual. `leads_to` names the screen about
    /// one entry, and its parameter.
    pub async fn open(
        request: HttpRequest,
        dashboard: web::Data<Dashboard>,
        all: &[(&'static str, &'static str)],
        leads_to: fn(Dimension) -> Option<(&'static str, &'static str)>,
    ) -> Result<Self, PageError> {
        let parameters = Parameters::of(&request);
        let known = |word: &str| all.iter().find(|(known, _)| *known == word).map(|(known, _)| *known);
        let asked = parameters.parsed("by", known)?.or(all.first().map(|(first, _)| *first));
        let by = asked.ok_or(Problem::InvalidParameter("by"))?;
        let dimension = Dimension::from_word(by).ok_or(Problem::InvalidParameter("by"))?;
        let order = Order::read(&parameters, Sort::Visitors)?;
        let screen = Screen::open(request, dashboard).await?;
        let scope = screen.scope();
        let list = screen.ask(move |connection| breakdown(connection, &scope, dimension, order.part)).await?;
        let own = kept(all, by);
        let mut table = Table::of_visits(&screen, (dimension, &NUMBERS), (&list, &order), &own, leads_to(dimension));
        table.csv = Some(csv(&screen, dimension));
        Ok(Self {
            bar: screen.bar().keeping(&[own, order.kept()].concat()),
            tabs: tabs(&screen, all, by),
            note: note(&screen),
            empty: list.rows.is_empty().then(|| Empty::of(&screen, Data::Visits)),
            table,
            screen,
        })
    }
}
