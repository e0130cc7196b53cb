//! Successes and what was paid (datalyr.md 6.5; chapter 10, U9 to U12).

use std::borrow::Cow;
use std::collections::HashMap;

use super::amount::micros;
use crate::config::Datalyr;
use crate::domain::track::Conversion;
use crate::intake::datalyr::envelope::Envelope;
use crate::intake::datalyr::fields::{Fields, string};

/// Where amounts are: the first of these that is not null.
const AMOUNTS: [&str; 3] = ["value", "revenue", "amount"];

const DEFAULT_CURRENCY: &str = "USD";

/// Longest name of a currency, in characters.
const MAX_CURRENCY_CHARS: usize = 16;

/// Which events count as successes, by their names as [`normal`] writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionNames {
    /// Whether the amount is revenue.
    names: HashMap<Box<str>, bool>,
}

impl ConversionNames {
    #[must_use]
    pub fn new(datalyr: &Datalyr) -> Self {
        let named = |names: &[String], is_revenue: bool| -> Vec<(Box<str>, bool)> {
            names.iter().map(|name| (normal(name).into(), is_revenue)).collect()
        };
        // What is in both lists is revenue.
        let besides = named(&datalyr.conversion_events, false);
        Self { names: besides.into_iter().chain(named(&datalyr.revenue_events, true)).collect() }
    }

    /// Whether an event's amount is revenue; nothing if the event is no success. Names with `$` are internal.
    fn is_revenue(&self, name: &str) -> Option<bool> {
        if name.starts_with('$') { None } else { self.names.get(&*normal(name)).copied() }
    }
}

/// A name as it is compared: in lower case, with `_` for spaces and hyphens (U10).
fn normal(name: &str) -> Cow<'_, str> {
    let is_normal = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase() && !matches!(byte, b' ' | b'-');
    if name.bytes().all(is_normal) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.to_lowercase().replace([' ', '-'], "_"))
}

/// The success that an event is.
pub(super) fn read(event: &Envelope<'_>, names: &ConversionNames) -> Option<Conversion> {
    let is_revenue = names.is_revenue(&event.name)?;
    let amount_micros = amount_micros(&event.properties);
    Some(Conversion { is_revenue, amount_micros, currency: currency(&event.properties) })
}

/// The amount; unknown if the first value that is there is none. It does not fall back to the next (U9).
fn amount_micros(properties: &Fields<'_>) -> Option<i64> {
    let value = AMOUNTS.iter().find_map(|key| properties.some(key))?;
    match value.get().as_bytes().first()? {
        b'"' => micros(string(value)?.trim()),
        b'-' | b'0'..=b'9' => micros(value.get()),
        _ => None,
    }
}

fn currency(properties: &Fields<'_>) -> Box<str> {
    let said = properties.get("currency").filter(|value| value.get().starts_with('"')).and_then(string);
    match said.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        None => DEFAULT_CURRENCY.into(),
        Some(text) => text.chars().flat_map(char::to_uppercase).take(MAX_CURRENCY_CHARS).collect(),
    }
}
