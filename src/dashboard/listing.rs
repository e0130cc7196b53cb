//! Lists with bars: the entry, its number, its share.

use super::format;
use super::screen::Screen;
use crate::domain::country::Country;
use crate::http::view::Field;
use crate::query::visits::filter::{Dimension, Operator};
use crate::query::visits::overview::List;

/// A card with a list.
#[derive(Debug, Clone)]
pub struct BarList {
    pub title: &'static str,
    /// What the entries are, above them: `Page`.
    pub entry: &'static str,
    /// What is counted: `Visitors`.
    pub measure: &'static str,
    pub rows: Vec<BarRow>,
    /// How many entries there are besides those shown.
    pub more: usize,
    /// Where all of them are.
    pub details: Option<String>,
}

/// An entry.
#[derive(Debug, Clone)]
pub struct BarRow {
    pub text: String,
    /// What a click does: usually adds a filter.
    pub href: Option<String>,
    pub value: String,
    pub share: String,
    /// Length of the bar, in per cent of the longest.
    pub width: u64,
}

impl BarList {
    /// A list of visits by a dimension; a click on an entry adds it to the filters of the same screen.
    #[must_use]
    pub fn of_visits(screen: &Screen, title: &'static str, dimension: Dimension, list: &List, visitors: u64) -> Self {
        let top = list.rows.iter().map(|row| row.totals.visitors).max().unwrap_or(0).max(1);
        let path = screen.request().path();
        let rows = list.rows.iter().map(|row| {
            let filtered = screen.view.with_filter(Field::Visit(dimension), Operator::Is, &row.text);
            BarRow {
                text: entry_text(dimension, &row.text),
                href: Some(super::bar::address(path, &filtered)),
                value: format::count(row.totals.visitors),
                share: format::share(row.totals.visitors, visitors),
                width: row.totals.visitors * 100 / top,
            }
        });
        Self {
            title,
            entry: super::bar::field_name(Field::Visit(dimension)),
            measure: "Visitors",
            rows: rows.collect(),
            more: list.total.saturating_sub(list.rows.len()),
            details: None,
        }
    }

    /// The same whose entries lead elsewhere, or nowhere.
    #[must_use]
    pub fn leading(mut self, href: impl Fn(&str) -> Option<String>, list: &List) -> Self {
        for (row, entry) in self.rows.iter_mut().zip(&list.rows) {
            row.href = href(&entry.text);
        }
        self
    }

    /// The same with a link to all entries.
    #[must_use]
    pub fn with_details(mut self, href: String) -> Self {
        self.details = Some(href);
        self
    }
}

/// An entry of a dimension in words: channels and devices are words of ours, all else is what came in.
#[must_use]
pub fn entry_text(dimension: Dimension, text: &str) -> String {
    match (dimension, text) {
        (Dimension::Referrer, "") => "Direct or unknown".to_owned(),
        (Dimension::Country, "") => "Unknown".to_owned(),
        (Dimension::Country, code) => Country::from_code(code).name().unwrap_or(code).to_owned(),
        (_, "") => "(none)".to_owned(),
        (Dimension::Channel | Dimension::Device, word) => sentence(word),
        (_, text) => text.to_owned(),
    }
}

/// `paid_search` as `Paid search`.
#[must_use]
pub fn sentence(word: &str) -> String {
    let words = word.replace('_', " ");
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + characters.as_str())
}
