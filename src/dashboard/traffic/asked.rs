//! What a page of requests was asked for, and the addresses of others like it.

use crate::dashboard::bar::Bar;
use crate::dashboard::error::PageError;
use crate::dashboard::screen::Screen;
use crate::http::problem::Problem;
use crate::http::view::{Field, View, pairs};
use crate::query::traffic::buckets::TimeSpan;
use crate::query::traffic::conditions::{Condition, Subject};
use crate::query::visits::filter::Operator;

/// Longest value of a parameter, in bytes.
const MAX_VALUE_BYTES: usize = 2_048;

/// The requests that are meant.
#[derive(Debug, Clone)]
pub struct Asked {
    pub span: TimeSpan,
    pub conditions: Vec<Condition>,
}

/// A page's own parameters, besides those of the view; kept by its links.
#[derive(Debug, Clone, Default)]
pub struct Own(Vec<(&'static str, String)>);

impl Asked {
    /// What the view says.
    #[must_use]
    pub fn of(view: &View) -> Self {
        let span = TimeSpan::new(view.interval.from_ms, view.interval.to_ms);
        Self { span, conditions: view.traffic_conditions() }
    }

    /// The same with one more condition, if there is a value for it.
    #[must_use]
    pub fn and(mut self, subject: Subject, operator: Operator, value: Option<&str>) -> Self {
        let condition = |value: &str| Condition { subject, operator, value: value.to_owned() };
        self.conditions.extend(value.map(condition));
        self
    }
}

impl Own {
    /// Reads the parameters with these names; absent are those without a value.
    pub fn read(screen: &Screen, names: &[&'static str]) -> Result<Self, PageError> {
        let mut own = Vec::new();
        for (name, value) in pairs(screen.request().query_string()) {
            let Some(name) = names.iter().find(|known| **known == name) else { continue };
            if value.len() > MAX_VALUE_BYTES || own.iter().any(|(known, _)| known == name) {
                return Err(Problem::InvalidParameter(name).into());
            }
            if !value.is_empty() {
                own.push((*name, value));
            }
        }
        Ok(Self(own))
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The value, or an empty text.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// The same with another value; an empty one takes the parameter away.
    #[must_use]
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut own = self.without(name);
        if !value.is_empty() {
            own.0.push((name, value.to_owned()));
        }
        own
    }

    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(known, _)| *known != name).cloned().collect())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The address of a screen of the project with the view and these parameters.
    #[must_use]
    pub fn link(&self, screen: &Screen, path: &str) -> String {
        extended(screen.link(path), &self.0)
    }

    /// The bar of the screen, whose links keep these parameters.
    #[must_use]
    pub fn bar(&self, screen: &Screen) -> Bar {
        screen.bar().keeping(&self.0)
    }

    /// The same on a screen that compares.
    #[must_use]
    pub fn comparing_bar(&self, screen: &Screen) -> Bar {
        screen.comparing_bar().keeping(&self.0)
    }
}

/// The address of a screen of the project with the view and other parameters.
#[must_use]
pub fn link(screen: &Screen, path: &str, own: &[(&'static str, String)]) -> String {
    extended(screen.link(path), own)
}

/// The address of one route's page; with a method if that is known.
#[must_use]
pub fn route_link(screen: &Screen, route: &str, method: Option<&str>) -> String {
    let mut own = vec![("route", route.to_owned())];
    own.extend(method.map(|method| ("method", method.to_owned())));
    link(screen, "traffic/route", &own)
}

/// What is said of filters that requests do not have.
#[must_use]
pub fn unused_filters(view: &View) -> Option<&'static str> {
    let is_of_visits = view.filters.iter().any(|filter| matches!(filter.field, Field::Visit(_)));
    is_of_visits.then_some(
        "Filters on visits, such as page or source, do not change what is shown here: requests know route, method, status and user.",
    )
}

fn extended(mut address: String, own: &[(&'static str, String)]) -> String {
    if own.is_empty() {
        return address;
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(own);
    address.push(if address.contains('?') { '&' } else { '?' });
    address + &query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_replaced_and_taken_away() {
        let own = Own(vec![("sort", "p95_ms".to_owned()), ("page", "2".to_owned())]);
        let other = own.with("sort", "errors").without("page");
        assert_eq!((other.get("sort"), other.get("page")), (Some("errors"), None));
        assert!(other.with("sort", "").is_empty());
        assert_eq!(extended("/p?period=7d".into(), &[("route", "/a b&c".into())]), "/p?period=7d&route=%2Fa+b%26c");
        assert_eq!(extended("/p".into(), &[("id", "1".into())]), "/p?id=1");
    }
}
