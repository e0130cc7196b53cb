//! Credit in JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::decimal::Millionths;
use super::report_params::Bounds;
use crate::api::csv::Cell;
use crate::http::json_number::JsonNumber;
use crate::query::track::attribution::{Attribution, AttributionRow, Dimension, Key};
use crate::query::track::attribution_rows::Share;
use crate::query::track::models::Model;

const DAY_MS: f64 = 86_400_000.0;

/// Which touches brought the conversions of a range.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttributionBody {
    /// Milliseconds since the epoch; null is the beginning of all time.
    pub from: Option<i64>,
    /// Milliseconds since the epoch; null is the end of all time.
    pub to: Option<i64>,
    pub by: &'static str,
    #[schema(value_type = f64)]
    pub window_days: JsonNumber,
    pub models: Vec<&'static str>,
    pub totals: CreditTotalsBody,
    /// Those with most credit first; what nothing brought comes last. In each model they add up to `totals` exactly, together
    /// with `others`.
    pub rows: Vec<AttributionRowBody>,
    /// Keys beyond `limit`, taken together.
    pub others: Option<OthersBody>,
}

/// What there is to credit.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreditTotalsBody {
    pub conversions: u64,
    pub revenue: Vec<AmountBody>,
}

/// What one key is credited with.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttributionRowBody {
    /// Empty for touches that have no such thing; null for what no touch brought.
    pub key: Option<String>,
    #[schema(value_type = BTreeMap<String, ShareBody>)]
    pub models: BTreeMap<&'static str, ShareBody>,
}

/// What the keys that are left out are credited with.
#[derive(Debug, Serialize, ToSchema)]
pub struct OthersBody {
    pub keys: usize,
    #[schema(value_type = BTreeMap<String, ShareBody>)]
    pub models: BTreeMap<&'static str, ShareBody>,
}

/// What a model credits.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareBody {
    /// With six decimals at most.
    #[schema(value_type = f64)]
    pub conversions: Millionths,
    pub revenue: Vec<AmountBody>,
}

/// An amount.
#[derive(Debug, Serialize, ToSchema)]
pub struct AmountBody {
    pub currency: String,
    #[schema(value_type = f64)]
    pub amount: Millionths,
}

impl AttributionBody {
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a window is ten years at most")]
    pub fn new(bounds: Bounds, by: Dimension, window_ms: i64, models: &[Model], found: Attribution) -> Self {
        let amount = |(currency, micros): (Arc<str>, i128)| AmountBody {
            currency: currency.to_string(),
            amount: Millionths(micros),
        };
        let revenue = found.revenue.into_iter().map(|(currency, sum)| amount((currency, sum.micros))).collect();
        let by_model = |shares: Vec<Share>| {
            let bodies = shares.into_iter().map(|share| ShareBody {
                conversions: Millionths(share.conversions),
                revenue: share.revenue.into_iter().map(amount).collect(),
            });
            models.iter().map(|model| model.name()).zip(bodies).collect()
        };
        let row = |row: AttributionRow| AttributionRowBody { key: key(row.key), models: by_model(row.shares) };
        Self {
            from: bounds.from(),
            to: bounds.to(),
            by: by.name(),
            window_days: JsonNumber::rounded(window_ms as f64 / DAY_MS),
            models: models.iter().map(|model| model.name()).collect(),
            totals: CreditTotalsBody { conversions: found.conversions, revenue },
            rows: found.rows.into_iter().map(row).collect(),
            others: found.others.map(|others| OthersBody { keys: others.keys, models: by_model(others.shares) }),
        }
    }
    /// The columns of [`Self::cells`].
    pub const HEAD: [&str; 6] = ["key", "kind", "model", "conversions", "currency", "amount"];

    /// A line for each key and model, with its first currency; further currencies have lines of their own, without the
    /// conversions, so that columns can be added up.
    #[must_use]
    pub fn cells(&self) -> Vec<Vec<Cell>> {
        let mut lines = Vec::new();
        for row in &self.rows {
            let kind = if row.key.is_some() { "touch" } else { "direct" };
            add_lines(&mut lines, &self.models, row.key.as_deref(), kind, &row.models);
        }
        if let Some(others) = &self.others {
            add_lines(&mut lines, &self.models, None, "others", &others.models);
        }
        lines
    }
}

fn add_lines(
    lines: &mut Vec<Vec<Cell>>,
    models: &[&'static str],
    key: Option<&str>,
    kind: &str,
    shares: &BTreeMap<&'static str, ShareBody>,
) {
    for (model, share) in models.iter().filter_map(|model| Some((model, shares.get(model)?))) {
        let mut sums = share.revenue.iter();
        let mut conversions = Some(share.conversions);
        let mut sum = sums.next();
        while conversions.is_some() || sum.is_some() {
            lines.push(vec![
                Cell::text(key),
                Cell::Plain(kind.to_owned()),
                Cell::Plain((*model).to_owned()),
                Cell::number(conversions.take()),
                Cell::text(sum.map(|sum| &*sum.currency)),
                Cell::number(sum.map(|sum| sum.amount)),
            ]);
            sum = sums.next();
        }
    }
}

fn key(key: Key) -> Option<String> {
    match key {
        Key::Text(text) => Some(text.to_string()),
        Key::Unset => Some(String::new()),
        Key::Direct => None,
    }
}
