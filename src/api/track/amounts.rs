//! Sums of money in JSON, a currency each.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::decimal::Millionths;
use crate::query::track::revenue::Sum;

/// What was paid in one currency. Nothing is converted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CurrencyAmount {
    pub currency: String,
    #[schema(value_type = f64)]
    pub amount: Millionths,
    /// Revenue events, also those that said no amount.
    pub count: u64,
}

/// Sums in the order of their currencies.
#[must_use]
pub fn amounts(sums: BTreeMap<Arc<str>, Sum>) -> Vec<CurrencyAmount> {
    let body = |(currency, sum): (Arc<str>, Sum)| CurrencyAmount {
        currency: currency.to_string(),
        amount: Millionths(sum.micros),
        count: sum.count,
    };
    sums.into_iter().map(body).collect()
}
