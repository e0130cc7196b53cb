//! What the figures of the overview tell and its chart can show.

use std::sync::Arc;

use super::look::Look;
use crate::dashboard::chart::Unit;
use crate::dashboard::figures::{Better, Change};
use crate::dashboard::format;
use crate::query::track::conversion_series::ConversionSlice;
use crate::query::traffic::series::Slice;
use crate::query::visits::totals::Totals;

/// Currencies that have a figure of their own.
const MAX_CURRENCIES: usize = 3;

/// Before the currency in the word of revenue.
const REVENUE: &str = "revenue.";

/// A number over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metric {
    Visitors,
    Visits,
    Views,
    BounceRate,
    Duration,
    Conversions,
    /// In a currency.
    Revenue(Arc<str>),
    Requests,
    ErrorRate,
    P95,
}

impl Metric {
    /// Everything that can be told of a look, in the order of the figures.
    #[must_use]
    pub fn of(look: &Look, has_visits: bool) -> Vec<Self> {
        let mut metrics = Vec::new();
        if has_visits {
            metrics.extend([Self::Visitors, Self::Visits, Self::Views, Self::BounceRate, Self::Duration]);
        }
        if let Some(all) = look.all_conversions() {
            metrics.push(Self::Conversions);
            let mut currencies: Vec<_> = all.revenue.into_iter().collect();
            currencies.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.count));
            metrics.extend(currencies.into_iter().take(MAX_CURRENCIES).map(|(currency, _)| Self::Revenue(currency)));
        }
        if look.requests.is_some() {
            metrics.extend([Self::Requests, Self::ErrorRate, Self::P95]);
        }
        metrics
    }

    /// The word in URLs.
    #[must_use]
    pub fn word(&self) -> String {
        let word = match self {
            Self::Visitors => "visitors",
            Self::Visits => "visits",
            Self::Views => "views",
            Self::BounceRate => "bounce_rate",
            Self::Duration => "duration",
            Self::Conversions => "conversions",
            Self::Revenue(currency) => return format!("{REVENUE}{currency}"),
            Self::Requests => "requests",
            Self::ErrorRate => "error_rate",
            Self::P95 => "p95",
        };
        word.to_owned()
    }

    #[must_use]
    pub fn name(&self) -> String {
        let name = match self {
            Self::Visitors => "Visitors",
            Self::Visits => "Visits",
            Self::Views => "Page views",
            Self::BounceRate => "Bounce rate",
            Self::Duration => "Average visit",
            Self::Conversions => "Conversions",
            Self::Revenue(currency) if currency.is_empty() => "Revenue",
            Self::Revenue(currency) => return format!("Revenue, {currency}"),
            Self::Requests => "Requests",
            Self::ErrorRate => "Error rate",
            Self::P95 => "p95",
        };
        name.to_owned()
    }

    #[must_use]
    pub fn unit(&self) -> Unit {
        match self {
            Self::Visitors | Self::Visits | Self::Views | Self::Conversions | Self::Requests => Unit::Count,
            Self::BounceRate | Self::ErrorRate => Unit::Share,
            Self::Duration => Unit::Time,
            Self::P95 => Unit::Milliseconds,
            Self::Revenue(_) => Unit::Money,
        }
    }

    /// The value of all, in words.
    #[must_use]
    pub fn value(&self, look: &Look) -> String {
        self.words(self.total(look))
    }

    /// How much it has changed from an earlier look.
    #[must_use]
    pub fn change(&self, now: &Look, before: &Look) -> Option<Change> {
        let (now, before) = (self.total(now), self.total(before));
        Change::of(now, before, self.unit() == Unit::Share, self.better(), self.words(before))
    }

    /// The value of each bucket.
    #[must_use]
    pub fn series(&self, look: &Look) -> Vec<Option<f64>> {
        match self {
            Self::Conversions | Self::Revenue(_) => {
                look.conversions.iter().flatten().map(|slice| self.of_conversions(slice)).collect()
            }
            Self::Requests | Self::ErrorRate | Self::P95 => {
                let slices = look.requests.iter().flat_map(|series| &series.slices);
                slices.map(|slice| self.of_requests(slice)).collect()
            }
            _ => look.visits.series.iter().map(|totals| self.of_visits(totals)).collect(),
        }
    }

    fn total(&self, look: &Look) -> Option<f64> {
        match self {
            Self::Conversions | Self::Revenue(_) => self.of_conversions(&look.all_conversions()?),
            Self::Requests | Self::ErrorRate | Self::P95 => self.of_requests(&look.all_requests()?),
            _ => self.of_visits(&look.visits.totals),
        }
    }

    fn words(&self, value: Option<f64>) -> String {
        match (self, value) {
            #[expect(clippy::cast_possible_truncation, reason = "millionths that came from an integer")]
            (Self::Revenue(_), Some(value)) => format::money((value * 1e6).round() as i128),
            _ => self.unit().text(value),
        }
    }

    fn better(&self) -> Better {
        match self {
            Self::BounceRate | Self::ErrorRate | Self::P95 => Better::Less,
            Self::Requests => Better::Neither,
            _ => Better::More,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a chart")]
    fn of_visits(&self, totals: &Totals) -> Option<f64> {
        match self {
            Self::Visitors => Some(totals.visitors as f64),
            Self::Visits => Some(totals.visits as f64),
            Self::Views => Some(totals.views as f64),
            Self::BounceRate => totals.bounce_rate(),
            Self::Duration => totals.average_duration_ms().map(|ms| ms as f64),
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a chart")]
    fn of_conversions(&self, slice: &ConversionSlice) -> Option<f64> {
        match self {
            Self::Conversions => Some(slice.conversions as f64),
            Self::Revenue(currency) => Some(slice.revenue.get(currency).map_or(0.0, |sum| sum.micros as f64 / 1e6)),
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a chart")]
    fn of_requests(&self, slice: &Slice) -> Option<f64> {
        let summary = &slice.summary;
        match self {
            Self::Requests => Some(summary.count as f64),
            Self::ErrorRate => (summary.count > 0).then(|| summary.errors as f64 / summary.count as f64),
            Self::P95 => summary.quantile(0.95).map(|us| us / 1e3),
            _ => None,
        }
    }
}
