//! What somebody looks at: a period, a zone, a comparison, filters. One mechanism for every screen and for the API.
//!
//! | Parameter | |
//! |---|---|
//! | `period` | `today`, `yesterday`, `24h`, `7d`, `28d`, `90d`, `month`, `12mo`, `all`; without it and bounds, `28d` |
//! | `from`, `to` | Instead: days of the zone, both inclusive (`2026-11-21`), or moments (RFC 3339 or milliseconds since the epoch), the end exclusive |
//! | `tz` | IANA zone instead of the project's |
//! | `grain` | `minute`, `hour`, `day`, `week`, `month` instead of what fits |
//! | `compare` | `previous`, or `year`: 52 weeks earlier |
//! | `f` | `field:operator:value`, can be repeated; operators `is`, `is_not`, `contains`, `contains_not` |
//! | `field`, `operator`, `value` | One more filter in three parts, as a form without scripts sends it |

use actix_web::HttpRequest;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::problem::Problem;
use crate::domain::period::{Comparison, Grain, Interval, Period};
use crate::query::traffic::conditions::{Condition, Subject};
use crate::query::visits::filter::{Dimension, Operator, VisitFilter};

/// Filters of one view.
pub const MAX_FILTERS: usize = 20;

/// Longest value of a filter, in bytes.
const MAX_VALUE_BYTES: usize = 2_048;

/// Longest name of a zone, in bytes.
const MAX_ZONE_BYTES: usize = 64;

/// What is shown when nothing is asked for.
const USUAL: Period = Period::Days28;

/// What the request asks to see, in the zone of the project.
#[derive(Debug, Clone)]
pub struct View {
    pub period: Period,
    /// Whether the request said so itself.
    pub is_usual: bool,
    pub zone: TimeZone,
    /// The zone's name if the request chose it.
    pub asked_zone: Option<String>,
    pub now_ms: i64,
    pub interval: Interval,
    pub comparison: Option<Comparison>,
    pub asked_grain: Option<Grain>,
    pub filters: Vec<Filter>,
}

/// A condition, on whatever the screen has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub field: Field,
    pub operator: Operator,
    pub value: String,
}

/// What a filter may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Of visits.
    Visit(Dimension),
    /// Of proxied requests.
    Traffic(TrafficField),
}

/// What requests are filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficField {
    Route,
    Method,
    /// `404`, or `4xx`.
    Status,
    User,
}

impl View {
    /// Reads the parameters. `zone` is the project's, `first_ms` when its data begin.
    pub fn read(request: &HttpRequest, zone: TimeZone, now_ms: i64, first_ms: i64) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = pairs(request.query_string()).collect();
        Self::from_pairs(&pairs, zone, now_ms, first_ms)
    }

    /// The same of parameters that are parted already.
    pub fn from_pairs(pairs: &[(String, String)], zone: TimeZone, now_ms: i64, first_ms: i64) -> Result<Self, Problem> {
        let asked_zone = one(pairs, "tz")?.map(str::to_owned);
        let zone = match &asked_zone {
            Some(name) => zone_named(name).ok_or(Problem::InvalidParameter("tz"))?,
            None => zone,
        };
        let word = parsed(pairs, "period", Period::from_word)?;
        let bounds = bounds(pairs, now_ms, &zone, first_ms)?;
        let asked = bounds.or(word);
        let period = asked.unwrap_or(USUAL);
        let filters = pairs.iter().filter(|(name, _)| name == "f").map(|(_, text)| Filter::parse(text));
        let mut filters = filters.collect::<Option<Vec<_>>>().ok_or(Problem::InvalidParameter("f"))?;
        if let Some(filter) = filter_of_form(pairs)?
            && !filters.contains(&filter)
        {
            filters.push(filter);
        }
        if filters.len() > MAX_FILTERS {
            return Err(Problem::InvalidParameter("f"));
        }
        let interval = period.interval(now_ms, &zone, first_ms);
        let asked_grain = parsed(pairs, "grain", Grain::from_word)?;
        if asked_grain.is_some_and(|grain| grain.bounds(interval, &zone).is_none()) {
            return Err(Problem::InvalidParameter("grain"));
        }
        Ok(Self {
            period,
            is_usual: asked.is_none(),
            interval,
            zone,
            asked_zone,
            now_ms,
            comparison: parsed(pairs, "compare", Comparison::from_word)?,
            asked_grain,
            filters,
        })
    }

    /// How long the buckets of a series are.
    #[must_use]
    pub fn grain(&self) -> Grain {
        self.asked_grain.unwrap_or_else(|| Grain::fitting(self.interval))
    }

    /// The bounds of the buckets of a series; see [`Grain::bounds`].
    #[must_use]
    pub fn bounds(&self) -> Vec<i64> {
        let fits = self.grain().bounds(self.interval, &self.zone);
        fits.or_else(|| Grain::Month.bounds(self.interval, &self.zone)).unwrap_or_else(|| {
            // Data of centuries: as coarse as that asks for.
            vec![self.interval.from_ms, self.interval.to_ms]
        })
    }

    /// What the view is compared with, if it is.
    #[must_use]
    pub fn compared(&self) -> Option<Interval> {
        Some(self.comparison?.interval(self.interval, &self.zone))
    }

    /// The conditions on visits.
    #[must_use]
    pub fn visit_filters(&self) -> Vec<VisitFilter> {
        let of_visit = |filter: &Filter| match filter.field {
            Field::Visit(dimension) => {
                Some(VisitFilter { dimension, operator: filter.operator, value: filter.value.clone() })
            }
            Field::Traffic(_) => None,
        };
        self.filters.iter().filter_map(of_visit).collect()
    }

    /// The conditions on requests.
    pub fn traffic_filters(&self) -> impl Iterator<Item = (TrafficField, Operator, &str)> {
        self.filters.iter().filter_map(|filter| match filter.field {
            Field::Traffic(field) => Some((field, filter.operator, filter.value.as_str())),
            Field::Visit(_) => None,
        })
    }

    /// The same for questions about requests.
    #[must_use]
    pub fn traffic_conditions(&self) -> Vec<Condition> {
        let condition = |(field, operator, value): (TrafficField, Operator, &str)| Condition {
            subject: match field {
                TrafficField::Route => Subject::Route,
                TrafficField::Method => Subject::Method,
                TrafficField::Status => Subject::Status,
                TrafficField::User => Subject::User,
            },
            operator,
            value: value.to_owned(),
        };
        self.traffic_filters().map(condition).collect()
    }

    /// The parameters that ask for this view again.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        match self.period {
            _ if self.is_usual => {}
            Period::Days { first, last } => {
                query.append_pair("from", &first.to_string()).append_pair("to", &last.to_string());
            }
            Period::Exact(interval) => {
                query.append_pair("from", &interval.from_ms.to_string());
                query.append_pair("to", &interval.to_ms.to_string());
            }
            named => {
                query.append_pair("period", named.word().unwrap_or_default());
            }
        }
        if let Some(zone) = &self.asked_zone {
            query.append_pair("tz", zone);
        }
        if let Some(grain) = self.asked_grain {
            query.append_pair("grain", grain.word());
        }
        if let Some(comparison) = self.comparison {
            query.append_pair("compare", comparison.word());
        }
        for filter in &self.filters {
            query.append_pair("f", &filter.to_string());
        }
        query.finish()
    }

    /// The same of another period.
    #[must_use]
    pub fn with_period(&self, period: Period) -> Self {
        // A grain that was chosen for one period rarely fits another.
        Self { period, is_usual: false, asked_grain: None, ..self.clone() }
    }

    /// The same with another comparison, or none.
    #[must_use]
    pub fn with_comparison(&self, comparison: Option<Comparison>) -> Self {
        Self { comparison, ..self.clone() }
    }

    /// The same with one more filter.
    #[must_use]
    pub fn with_filter(&self, field: Field, operator: Operator, value: &str) -> Self {
        let mut view = self.clone();
        let filter = Filter { field, operator, value: value.to_owned() };
        if !view.filters.contains(&filter) && view.filters.len() < MAX_FILTERS {
            view.filters.push(filter);
        }
        view
    }

    /// The same without one of its filters.
    #[must_use]
    pub fn without_filter(&self, at: usize) -> Self {
        let mut view = self.clone();
        if at < view.filters.len() {
            view.filters.remove(at);
        }
        view
    }

    /// The same without any filter.
    #[must_use]
    pub fn without_filters(&self) -> Self {
        Self { filters: Vec::new(), ..self.clone() }
    }
}

impl Filter {
    /// Reads `field:operator:value`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let field = Field::from_word(parts.next()?)?;
        let operator = Operator::from_word(parts.next()?)?;
        let value = parts.next()?;
        (value.len() <= MAX_VALUE_BYTES).then(|| Self { field, operator, value: value.to_owned() })
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.field.word(), self.operator.word(), self.value)
    }
}

impl Field {
    /// The word in URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Visit(dimension) => dimension.word(),
            Self::Traffic(TrafficField::Route) => "route",
            Self::Traffic(TrafficField::Method) => "method",
            Self::Traffic(TrafficField::Status) => "status",
            Self::Traffic(TrafficField::User) => "user",
        }
    }

    /// The field a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "route" => Self::Traffic(TrafficField::Route),
            "method" => Self::Traffic(TrafficField::Method),
            "status" => Self::Traffic(TrafficField::Status),
            "user" => Self::Traffic(TrafficField::User),
            _ => Self::Visit(Dimension::from_word(word)?),
        })
    }
}

/// The filter that a form adds.
fn filter_of_form(pairs: &[(String, String)]) -> Result<Option<Filter>, Problem> {
    let Some(field) = parsed(pairs, "field", Field::from_word)? else { return Ok(None) };
    let operator = parsed(pairs, "operator", Operator::from_word)?.unwrap_or(Operator::Is);
    let value = one(pairs, "value")?.unwrap_or_default().trim();
    if value.len() > MAX_VALUE_BYTES {
        return Err(Problem::InvalidParameter("value"));
    }
    Ok(Some(Filter { field, operator, value: value.to_owned() }))
}

/// The zone of an IANA name.
#[must_use]
pub fn zone_named(name: &str) -> Option<TimeZone> {
    if name.len() > MAX_ZONE_BYTES { None } else { TimeZone::get(name).ok() }
}

/// Names and values of a query, decoded (`application/x-www-form-urlencoded`).
pub fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned()))
}

/// The value of a parameter that may occur once; an empty one is an absent one.
fn one<'a>(pairs: &'a [(String, String)], name: &'static str) -> Result<Option<&'a str>, Problem> {
    let mut values = pairs.iter().filter(|(key, value)| key == name && !value.is_empty());
    let first = values.next().map(|(_, value)| value.as_str());
    if values.next().is_some() { Err(Problem::InvalidParameter(name)) } else { Ok(first) }
}

fn parsed<T>(
    pairs: &[(String, String)],
    name: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = one(pairs, name)? else { return Ok(None) };
    read(text).map(Some).ok_or(Problem::InvalidParameter(name))
}

/// One end of a period.
enum Bound {
    Day(Date),
    Moment(i64),
}

/// The period from `from` to `to`; a missing end is now, a missing beginning that of the data.
fn bounds(pairs: &[(String, String)], now_ms: i64, zone: &TimeZone, first_ms: i64) -> Result<Option<Period>, Problem> {
    let (from, to) = (parsed(pairs, "from", bound)?, parsed(pairs, "to", bound)?);
    let today = || crate::domain::period::civil(now_ms, zone);
    let period = match (from, to) {
        (None, None) => return Ok(None),
        (Some(Bound::Day(first)), Some(Bound::Day(last))) => Period::Days { first, last },
        (Some(Bound::Day(first)), None) => Period::Days { first, last: today() },
        (None, Some(Bound::Day(last))) => {
            Period::Days { first: crate::domain::period::civil(first_ms, zone).min(last), last }
        }
        (from, to) => {
            let day = |first, last| Period::Days { first, last }.interval(now_ms, zone, first_ms);
            let from_ms = match from {
                Some(Bound::Moment(ms)) => ms,
                Some(Bound::Day(first)) => day(first, first).from_ms,
                None => first_ms,
            };
            let to_ms = match to {
                Some(Bound::Moment(ms)) => ms,
                Some(Bound::Day(last)) => day(last, last).to_ms,
                None => now_ms,
            };
            Period::Exact(Interval { from_ms, to_ms })
        }
    };
    let is_ordered = match period {
        Period::Days { first, last } => first <= last,
        Period::Exact(interval) => interval.from_ms <= interval.to_ms,
        _ => true,
    };
    if is_ordered { Ok(Some(period)) } else { Err(Problem::InvalidParameter("to")) }
}

fn bound(text: &str) -> Option<Bound> {
    if let Ok(ms) = text.parse::<i64>() {
        return jiff::Timestamp::from_millisecond(ms).is_ok().then_some(Bound::Moment(ms));
    }
    if text.len() == 10 {
        let day = text.parse::<Date>().ok()?;
        return (1970..=9000).contains(&day.year()).then_some(Bound::Day(day));
    }
    text.parse::<jiff::Timestamp>().ok().map(|moment| Bound::Moment(moment.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_269_600_000;

    fn view(query: &str) -> Result<View, Problem> {
        let pairs: Vec<_> = pairs(query).collect();
        View::from_pairs(&pairs, TimeZone::UTC, NOW_MS, 0)
    }

    #[test]
    fn what_is_asked_for_can_be_asked_for_again() {
        for query in [
            "",
            "period=7d",
            "from=2026-11-01&to=2026-11-07&tz=Europe%2FBerlin&compare=year",
            "from=1795000000000&to=1795000060000&grain=minute",
            "period=today&f=page%3Ais%3A%2Fa%3Ab&f=referrer%3Ais_not%3A&f=route%3Acontains%3A%2Fapi",
        ] {
            assert_eq!(view(query).unwrap().query(), query);
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (query, name) in [
            ("period=week", "period"),
            ("period=7d&period=28d", "period"),
            ("from=2026-11-07&to=2026-11-01", "to"),
            ("from=yesterday", "from"),
            ("tz=Mars%2FOlympus", "tz"),
            ("period=12mo&grain=minute", "grain"),
            ("compare=last", "compare"),
            ("f=page:is", "f"),
            ("f=colour:is:red", "f"),
        ] {
            assert_eq!(view(query).err(), Some(Problem::InvalidParameter(name)), "{query}");
        }
        let many = "f=page:is:x&".repeat(MAX_FILTERS + 1);
        assert_eq!(view(&many).err(), Some(Problem::InvalidParameter("f")));
    }

    #[test]
    fn a_form_adds_a_filter_in_parts() {
        let view = view("f=page:is:/a&field=source&operator=contains&value=+news+").unwrap();
        assert_eq!(view.query(), "f=page%3Ais%3A%2Fa&f=source%3Acontains%3Anews");
    }

    #[test]
    fn filters_come_and_go() {
        let view = view("f=page:is:/a").unwrap();
        let field = Field::Traffic(TrafficField::Status);
        let more = view.with_filter(field, Operator::Is, "5xx");
        assert_eq!(more.query(), "f=page%3Ais%3A%2Fa&f=status%3Ais%3A5xx");
        assert_eq!(more.without_filter(0).query(), "f=status%3Ais%3A5xx");
        assert_eq!(more.visit_filters().len(), 1);
        assert_eq!(more.traffic_filters().collect::<Vec<_>>(), [(TrafficField::Status, Operator::Is, "5xx")]);
        assert_eq!(more.with_filter(field, Operator::Is, "5xx").filters.len(), 2, "not twice");
    }
}
