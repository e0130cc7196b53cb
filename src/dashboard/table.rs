//! Tables of visits by a dimension: columns that sort, pages, and entries that filter or lead on.

use super::bar::address;
use super::format;
use super::listing::entry_text;
use super::screen::Screen;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::http::view::Field;
use crate::query::visits::breakdown::{Part, Sort};
use crate::query::visits::filter::{Dimension, Operator};
use crate::query::visits::overview::{List, Row};
use crate::query::visits::totals::Totals;

/// Entries of a page.
pub const PAGE_ROWS: usize = 50;

/// Entries that can be reached by pages; filters reach further.
const MAX_DEPTH: usize = 10_000;

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// What it shows, for those who listen.
    pub caption: String,
    pub head: Vec<Column>,
    pub rows: Vec<TableRow>,
    pub pager: Option<Pager>,
    /// All of it as CSV, from the API.
    pub csv: Option<String>,
}

/// A column's head.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: &'static str,
    /// What sorts by it, or turns the order.
    pub href: Option<String>,
    /// `ascending` or `descending`, of the one that is sorted by.
    pub sorted: Option<&'static str>,
}

/// A row: the entry, then numbers.
#[derive(Debug, Clone)]
pub struct TableRow {
    pub text: String,
    pub href: Option<String>,
    pub numbers: Vec<String>,
    /// Length of the bar, in per cent of the longest.
    pub width: u64,
    /// What else can be done with it: adds it to the filters.
    pub filter: Option<String>,
}

/// Where in a list a page is.
#[derive(Debug, Clone)]
pub struct Pager {
    /// `1–50 of 230`
    pub text: String,
    pub previous: Option<String>,
    pub next: Option<String>,
}

/// A column of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    Visitors,
    Visits,
    Views,
    Events,
    BounceRate,
    Duration,
}

/// The order of a table and the part of it that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub part: Part,
    /// What it is sorted by when nothing is asked for.
    usual: Sort,
}

impl Order {
    /// Reads `sort`, `order` and `page`; without them the greatest of `usual` come first.
    pub fn read(parameters: &Parameters, usual: Sort) -> Result<Self, Problem> {
        let sort = parameters.parsed("sort", Sort::from_word)?.unwrap_or(usual);
        let descending = parameters.is_descending(sort != Sort::Text)?;
        let offset = parameters.offset(PAGE_ROWS, MAX_DEPTH)?;
        Ok(Self { part: Part { sort, descending, offset, limit: PAGE_ROWS }, usual })
    }

    /// The parameters that ask for it again, but for the page.
    #[must_use]
    pub fn kept(&self) -> Vec<(&'static str, String)> {
        let mut kept = Vec::new();
        if self.part.sort != self.usual {
            kept.push(("sort", self.part.sort.word().to_owned()));
        }
        if self.part.descending == (self.part.sort == Sort::Text) {
            kept.push(("order", if self.part.descending { "desc" } else { "asc" }.to_owned()));
        }
        kept
    }
}

impl Table {
    /// A table of visits by a dimension. `others` are the screen's own parameters, `leads_to` the screen an entry opens;
    /// where there is none, it filters.
    #[must_use]
    pub fn of_visits(
        screen: &Screen,
        (dimension, numbers): (Dimension, &[Number]),
        (list, order): (&List, &Order),
        others: &[(&'static str, String)],
        leads_to: Option<(&str, &str)>,
    ) -> Self {
        let name = super::bar::field_name(Field::Visit(dimension));
        // Bars are of the first number.
        let length = |totals: &Totals| numbers.first().map_or(0, |number| number.count(totals));
        let top = list.rows.iter().map(|row| length(&row.totals)).max().unwrap_or(0).max(1);
        let with = |extra: Vec<(&'static str, String)>| here(screen, others.iter().cloned().chain(extra));
        let column = |name, sort| Column {
            name,
            href: Some(with(sorting(order, sort))),
            sorted: (order.part.sort == sort).then_some(if order.part.descending { "descending" } else { "ascending" }),
        };
        let head = [column(name, Sort::Text)].into_iter();
        let row = |row: &Row| {
            let filtered = screen.view.with_filter(Field::Visit(dimension), Operator::Is, &row.text);
            let filter = with_own(&address(screen.request().path(), &filtered), others.iter().cloned());
            let target = leads_to.map(|(target, parameter)| {
                let mut own = url::form_urlencoded::Serializer::new(format!("{target}?"));
                screen.link(&own.append_pair(parameter, &row.text).finish())
            });
            TableRow {
                text: entry_text(dimension, &row.text),
                filter: target.is_some().then(|| filter.clone()),
                href: Some(target.unwrap_or(filter)),
                numbers: numbers.iter().map(|number| number.text(&row.totals)).collect(),
                width: length(&row.totals) * 100 / top,
            }
        };
        Self {
            caption: format!("Visits by {}", name.to_lowercase()),
            head: head.chain(numbers.iter().map(|number| column(number.name(), number.sort()))).collect(),
            rows: list.rows.iter().map(row).collect(),
            pager: pager(order.part, list, |page| with([order.kept(), vec![("page", page.to_string())]].concat())),
            csv: None,
        }
    }
}

impl Number {
    fn name(self) -> &'static str {
        match self {
            Self::Visitors => "Visitors",
            Self::Visits => "Visits",
            Self::Views => "Page views",
            Self::Events => "Events",
            Self::BounceRate => "Bounce rate",
            Self::Duration => "Average visit",
        }
    }

    fn sort(self) -> Sort {
        match self {
            Self::Visitors => Sort::Visitors,
            Self::Visits => Sort::Visits,
            Self::Views => Sort::Views,
            Self::Events => Sort::Events,
            Self::BounceRate => Sort::BounceRate,
            Self::Duration => Sort::Duration,
        }
    }

    /// What a bar can show of it; rates and lengths have none.
    fn count(self, totals: &Totals) -> u64 {
        match self {
            Self::Visitors => totals.visitors,
            Self::Visits => totals.visits,
            Self::Views => totals.views,
            Self::Events => totals.events,
            Self::BounceRate | Self::Duration => 0,
        }
    }

    fn text(self, totals: &Totals) -> String {
        match self {
            Self::Visitors => format::count(totals.visitors),
            Self::Visits => format::count(totals.visits),
            Self::Views => format::count(totals.views),
            Self::Events => format::count(totals.events),
            Self::BounceRate => format::percent(totals.bounce_rate()),
            Self::Duration => totals.average_duration_ms().map_or_else(
                || format::NOTHING.to_owned(),
                |ms| format::span_ms(i64::try_from(ms).unwrap_or(i64::MAX)),
            ),
        }
    }
}

/// The list of a dimension as CSV, as the API gives it.
#[must_use]
pub fn csv(screen: &Screen, dimension: Dimension) -> String {
    let path = format!("/api/v1/projects/{}/visits/breakdown", screen.project.uuid);
    let own = [("by", dimension.word().to_owned()), ("format", "csv".to_owned())];
    let mut view = screen.view.clone();
    view.filters.retain(|filter| matches!(filter.field, Field::Visit(_)));
    with_own(&address(&path, &view), own)
}

/// What a list of visits says where a filter does not reach it.
#[must_use]
pub fn note(screen: &Screen) -> Option<&'static str> {
    screen.view.traffic_filters().next().map(|_| "Filters on requests do not apply to visits.")
}

/// Path and view of the screen with parameters of its own.
#[must_use]
pub fn here(screen: &Screen, own: impl IntoIterator<Item = (&'static str, String)>) -> String {
    with_own(&address(screen.request().path(), &screen.view), own)
}

/// Adds parameters to an address.
#[must_use]
pub fn with_own(address: &str, own: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(own).finish();
    match (query.is_empty(), address.contains('?')) {
        (true, _) => address.to_owned(),
        (false, true) => format!("{address}&{query}"),
        (false, false) => format!("{address}?{query}"),
    }
}

/// What asks for another order: the other direction of the same, else the usual one of the column.
fn sorting(order: &Order, sort: Sort) -> Vec<(&'static str, String)> {
    let descending = if order.part.sort == sort { !order.part.descending } else { sort != Sort::Text };
    Order { part: Part { sort, descending, ..order.part }, usual: order.usual }.kept()
}

fn pager(part: Part, list: &List, href: impl Fn(usize) -> String) -> Option<Pager> {
    if list.total <= part.limit && part.offset == 0 {
        return None;
    }
    let (page, end) = (part.offset / part.limit + 1, part.offset + list.rows.len());
    Some(Pager {
        text: format!(
            "{}–{} of {}",
            format::count(part.offset as u64 + 1),
            format::count(end as u64),
            format::count(list.total as u64)
        ),
        previous: (page > 1).then(|| href(page - 1)),
        next: (end < list.total && end < MAX_DEPTH).then(|| href(page + 1)),
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn order(query: &str) -> Result<Order, Problem> {
        let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
        Order::read(&Parameters::of(&request), Sort::Visitors)
    }

    #[test]
    fn a_column_sorts_its_usual_way_and_then_the_other() {
        let usual = order("").unwrap();
        assert_eq!(usual.kept(), []);
        assert_eq!(sorting(&usual, Sort::Visitors), [("order", "asc".to_owned())]);
        assert_eq!(sorting(&usual, Sort::Text), [("sort", "value".to_owned())], "from A to Z");
        let by_text = order("sort=value").unwrap();
        assert_eq!(sorting(&by_text, Sort::Text), [("sort", "value".to_owned()), ("order", "desc".to_owned())]);
    }

    #[test]
    fn what_cannot_be_sorted_by_is_named() {
        assert_eq!(order("sort=colour"), Err(Problem::InvalidParameter("sort")));
        assert_eq!(order("page=0"), Err(Problem::InvalidParameter("page")));
        assert_eq!(order("page=3").unwrap().part.offset, 2 * PAGE_ROWS);
    }

    #[test]
    fn parameters_are_added_to_any_address() {
        let own = || [("by", "a&b".to_owned())];
        assert_eq!(with_own("/x", own()), "/x?by=a%26b");
        assert_eq!(with_own("/x?f=1", own()), "/x?f=1&by=a%26b");
        assert_eq!(with_own("/x", []), "/x");
    }
}
