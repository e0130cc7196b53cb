//! The bar of every screen with data: period, comparison, filters. All of it is links and one form.

use super::listing::entry_text;
use crate::domain::period::{Comparison, Interval, Period, zoned};
use crate::http::view::{Field, TrafficField, View};
use crate::query::visits::filter::{Dimension, Operator};

/// What the bar shows.
#[derive(Debug, Clone)]
pub struct Bar {
    pub periods: Vec<BarLink>,
    /// The period before and after, where there is one.
    pub earlier: Option<String>,
    pub later: Option<String>,
    pub comparisons: Vec<BarLink>,
    pub filters: Vec<FilterChip>,
    /// Address without any filter.
    pub unfiltered: String,
    /// The filters alone, as they are saved.
    pub filter_query: String,
    /// `25 Oct – 21 Nov 2026`
    pub range: String,
    pub zone: String,
    /// First and last day, for the fields of the form.
    pub first_day: String,
    pub last_day: String,
    /// Where forms go.
    pub action: String,
    /// Parameters that the form for days keeps, and that the form for filters keeps.
    pub kept_by_days: Vec<(String, String)>,
    pub kept_by_filters: Vec<(String, String)>,
    pub fields: Vec<(&'static str, &'static str)>,
    pub operators: Vec<(&'static str, &'static str)>,
}

/// A link that may be the current one.
#[derive(Debug, Clone)]
pub struct BarLink {
    pub name: &'static str,
    pub href: String,
    pub current: bool,
    /// Key that follows it, on keyboards.
    pub key: &'static str,
}

/// A filter that is set.
#[derive(Debug, Clone)]
pub struct FilterChip {
    pub text: String,
    /// Address without it.
    pub href: String,
}

impl Bar {
    /// The bar of the screen at `path`.
    #[must_use]
    pub fn new(path: &str, view: &View) -> Self {
        let href = |view: &View| address(path, view);
        let periods = Period::NAMED.into_iter().map(|period| BarLink {
            name: period_name(period),
            href: href(&view.with_period(period)),
            current: view.period == period,
            key: period_key(period),
        });
        let comparison = |name, comparison: Option<Comparison>, key| BarLink {
            name,
            href: href(&view.with_comparison(comparison)),
            current: view.comparison == comparison,
            key,
        };
        let step = |by| view.period.shifted(by, view.now_ms, &view.zone).map(|period| href(&view.with_period(period)));
        let chips = view.filters.iter().enumerate().map(|(at, filter)| FilterChip {
            text: format!(
                "{} {} {}",
                field_name(filter.field),
                operator_name(filter.operator),
                filter_text(filter.field, filter.operator, &filter.value)
            ),
            href: href(&view.without_filter(at)),
        });
        let (first, last) = (zoned(view.interval.from_ms, &view.zone), zoned(view.interval.to_ms - 1, &view.zone));
        let kept = |left_out: &[&str]| {
            let all = crate::http::view::pairs(&view.query()).collect::<Vec<_>>();
            all.into_iter().filter(|(name, _)| !left_out.contains(&name.as_str())).collect()
        };
        let all_fields = Dimension::ALL.map(Field::Visit).into_iter().chain(
            [TrafficField::Route, TrafficField::Method, TrafficField::Status, TrafficField::User].map(Field::Traffic),
        );
        Self {
            periods: periods.collect(),
            earlier: step(-1),
            later: step(1),
            comparisons: vec![
                // The same key compares, and stops it.
                comparison("No comparison", None, if view.comparison.is_some() { "x" } else { "" }),
                comparison(
                    "Previous period",
                    Some(Comparison::Previous),
                    if view.comparison.is_none() { "x" } else { "" },
                ),
                comparison("A year earlier", Some(Comparison::Year), ""),
            ],
            filters: chips.collect(),
            unfiltered: href(&view.without_filters()),
            filter_query: filter_query(view),
            range: range_text(view.interval, &view.zone),
            zone: view.zone.iana_name().unwrap_or("UTC").to_owned(),
            first_day: first.date().to_string(),
            last_day: last.date().to_string(),
            action: path.to_owned(),
            kept_by_days: kept(&["period", "from", "to", "grain"]),
            kept_by_filters: kept(&[]),
            fields: all_fields.map(|field| (field.word(), field_name(field))).collect(),
            operators: Operator::ALL.map(|operator| (operator.word(), operator_name(operator))).to_vec(),
        }
    }

    /// The same bar, whose links and forms also keep what else the screen was asked for.
    #[must_use]
    pub fn keeping(mut self, others: &[(&'static str, String)]) -> Self {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(others);
        let query = query.finish();
        if query.is_empty() {
            return self;
        }
        let extend = |href: &mut String| {
            href.push(if href.contains('?') { '&' } else { '?' });
            href.push_str(&query);
        };
        let links = self.periods.iter_mut().chain(&mut self.comparisons).map(|link| &mut link.href);
        let links = links.chain(self.filters.iter_mut().map(|chip| &mut chip.href));
        links.chain(&mut self.earlier).chain(&mut self.later).chain([&mut self.unfiltered]).for_each(extend);
        for kept in [&mut self.kept_by_days, &mut self.kept_by_filters] {
            kept.extend(others.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        self
    }

    /// The same on a screen that compares nothing.
    #[must_use]
    pub fn without_comparison(mut self) -> Self {
        self.comparisons.clear();
        self
    }
}

/// The filters of a view and nothing else: `f=field:operator:value`, repeated.
fn filter_query(view: &View) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(view.filters.iter().map(|filter| ("f", filter.to_string()))).finish()
}

/// A path with a view.
#[must_use]
pub fn address(path: &str, view: &View) -> String {
    let query = view.query();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// An interval in words: days if it is made of whole days, else with times.
#[must_use]
pub fn range_text(interval: Interval, zone: &jiff::tz::TimeZone) -> String {
    let (first, end) = (zoned(interval.from_ms, zone), zoned(interval.to_ms, zone));
    let last = zoned(interval.to_ms - 1, zone);
    let is_midnight = |moment: &jiff::Zoned| moment.start_of_day().is_ok_and(|start| start == *moment);
    if !is_midnight(&first) || !is_midnight(&end) {
        return format!("{} – {}", first.strftime("%-d %b %Y %H:%M"), end.strftime("%-d %b %Y %H:%M"));
    }
    let last_day = last.strftime("%-d %b %Y");
    if first.date() == last.date() {
        last_day.to_string()
    } else if first.year() == last.year() {
        format!("{} – {last_day}", first.strftime("%-d %b"))
    } else {
        format!("{} – {last_day}", first.strftime("%-d %b %Y"))
    }
}

fn period_name(period: Period) -> &'static str {
    match period {
        Period::Today => "Today",
        Period::Yesterday => "Yesterday",
        Period::Hours24 => "24h",
        Period::Days7 => "7d",
        Period::Days28 => "28d",
        Period::Days90 => "90d",
        Period::Month => "Month",
        Period::Months12 => "12mo",
        Period::All => "All",
        Period::Days { .. } | Period::Exact(_) => "Custom",
    }
}

fn period_key(period: Period) -> &'static str {
    match period {
        Period::Today => "d",
        Period::Yesterday => "e",
        Period::Days7 => "w",
        Period::Days28 => "t",
        Period::Month => "m",
        Period::Months12 => "y",
        _ => "",
    }
}

/// A field's name for people.
#[must_use]
pub fn field_name(field: Field) -> &'static str {
    match field {
        Field::Visit(dimension) => match dimension {
            Dimension::Page => "Page",
            Dimension::EntryPage => "Entry page",
            Dimension::ExitPage => "Exit page",
            Dimension::Host => "Host",
            Dimension::Channel => "Channel",
            Dimension::Referrer => "Referrer",
            Dimension::Source => "Source",
            Dimension::Medium => "Medium",
            Dimension::Campaign => "Campaign",
            Dimension::Term => "Term",
            Dimension::Content => "Content",
            Dimension::ClickId => "Click id",
            Dimension::Device => "Device",
            Dimension::Browser => "Browser",
            Dimension::Os => "Operating system",
            Dimension::Country => "Country",
            Dimension::Event => "Event",
        },
        Field::Traffic(TrafficField::Route) => "Route",
        Field::Traffic(TrafficField::Method) => "Method",
        Field::Traffic(TrafficField::Status) => "Status",
        Field::Traffic(TrafficField::User) => "User",
    }
}

/// What a filter compares with; a country by its name, unless a part of its letters is meant.
fn filter_text(field: Field, operator: Operator, value: &str) -> String {
    match (field, operator, value) {
        (Field::Visit(Dimension::Country), Operator::Is | Operator::IsNot, code) => {
            entry_text(Dimension::Country, code)
        }
        (_, _, "") => "(none)".to_owned(),
        (_, _, value) => value.to_owned(),
    }
}

fn operator_name(operator: Operator) -> &'static str {
    match operator {
        Operator::Is => "is",
        Operator::IsNot => "is not",
        Operator::Contains => "contains",
        Operator::ContainsNot => "does not contain",
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn ranges_are_told_as_people_do() {
        let text = |from: &str, to: &str| {
            let ms = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
            range_text(Interval { from_ms: ms(from), to_ms: ms(to) }, &TimeZone::UTC)
        };
        assert_eq!(text("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"), "21 Nov 2026");
        assert_eq!(text("2026-10-25T00:00:00Z", "2026-11-22T00:00:00Z"), "25 Oct – 21 Nov 2026");
        assert_eq!(text("2025-12-01T00:00:00Z", "2026-11-22T00:00:00Z"), "1 Dec 2025 – 21 Nov 2026");
        assert_eq!(text("2026-11-20T14:05:00Z", "2026-11-21T14:05:00Z"), "20 Nov 2026 14:05 – 21 Nov 2026 14:05");
    }
}
