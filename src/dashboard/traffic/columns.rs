//! Heads of tables that can be sorted, and the pages of long ones.

use super::asked::Own;
use crate::dashboard::error::PageError;
use crate::dashboard::screen::Screen;
use crate::http::problem::Problem;

/// The head of a column.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: &'static str,
    /// Sorts by it, or the other way round; absent if it cannot be sorted by.
    pub href: Option<String>,
    /// `ascending` or `descending`, of the one that is sorted by.
    pub sorted: Option<&'static str>,
    pub is_number: bool,
}

/// What a column is: name, word of the sort (none: not to be sorted by), whether it has numbers.
pub type Known = (&'static str, &'static str, bool);

/// Where somebody is in a long table.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// `1–50 of 120`
    pub text: String,
    pub earlier: Option<String>,
    pub later: Option<String>,
}

/// The heads of a table at `path`, sorted by `sort`. Texts are sorted in ascending order first, all else in descending.
#[must_use]
pub fn columns(screen: &Screen, own: &Own, path: &str, known: &[Known], sort: &str, descending: bool) -> Vec<Column> {
    let column = |&(name, word, is_number): &Known| {
        let is_sorted = word == sort;
        let first = if is_number { "desc" } else { "asc" };
        let order = match (is_sorted, descending) {
            (true, true) => "asc",
            (true, false) => "desc",
            (false, _) => first,
        };
        let asked = own.without("page").with("sort", word).with("order", order);
        Column {
            name,
            href: (!word.is_empty()).then(|| asked.link(screen, path)),
            sorted: is_sorted.then_some(if descending { "descending" } else { "ascending" }),
            is_number,
        }
    };
    known.iter().map(column).collect()
}

/// Whether the table is in descending order.
pub fn is_descending(own: &Own, usual: bool) -> Result<bool, PageError> {
    match own.get("order") {
        None => Ok(usual),
        Some("desc") => Ok(true),
        Some("asc") => Ok(false),
        Some(_) => Err(Problem::InvalidParameter("order").into()),
    }
}

/// How many entries come before the page that is asked for.
pub fn offset(own: &Own, limit: usize, max_depth: usize) -> Result<usize, PageError> {
    let Some(text) = own.get("page") else { return Ok(0) };
    let page = text.parse::<usize>().ok().filter(|page| *page > 0);
    let offset = page.and_then(|page| (page - 1).checked_mul(limit)).filter(|offset| *offset < max_depth);
    Ok(offset.ok_or(Problem::InvalidParameter("page"))?)
}

impl Pager {
    /// The place of a page of `shown` entries in a list of `total`; nothing if that is all of it.
    #[must_use]
    pub fn new(
        screen: &Screen,
        own: &Own,
        path: &str,
        (offset, shown, limit): (usize, usize, usize),
        total: u64,
    ) -> Option<Self> {
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        if offset == 0 && shown >= total {
            return None;
        }
        let page = offset / limit + 1;
        let link = |page: usize| own.with("page", &page.to_string()).link(screen, path);
        let count = |number: usize| crate::dashboard::format::count(number as u64);
        Some(Self {
            text: format!("{}–{} of {}", count(offset + shown.min(1)), count(offset + shown), count(total)),
            earlier: (page > 1).then(|| link(page - 1)),
            later: (offset + shown < total && shown > 0).then(|| link(page + 1)),
        })
    }
}
