//! The credit as a table whose columns add up to its last row, to the millionth.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::choice::{Choice, model_name};
use crate::dashboard::format;
use crate::dashboard::money;
use crate::query::track::attribution::{Attribution, Key};
use crate::query::track::attribution_rows::Share;

/// Millionths of one conversion.
const ONE: i128 = 1_000_000;

/// The table.
#[derive(Debug, Clone)]
pub struct Table {
    pub entry: &'static str,
    pub models: Vec<&'static str>,
    pub has_revenue: bool,
    pub rows: Vec<TableRow>,
    /// The sums of all rows.
    pub totals: Vec<Cell>,
}

/// What one key is credited with.
#[derive(Debug, Clone)]
pub struct TableRow {
    pub text: String,
    pub is_muted: bool,
    /// One for each model.
    pub cells: Vec<Cell>,
}

/// What one model gives to one key.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub conversions: String,
    /// Of all conversions.
    pub share: String,
    /// One text for each currency.
    pub amounts: Vec<String>,
}

impl Table {
    #[must_use]
    pub fn new(choice: &Choice, entry: &'static str, found: &Attribution) -> Self {
        let whole = i128::from(found.conversions) * ONE;
        let row = |(text, is_muted, shares): (String, bool, &[Share])| TableRow {
            text,
            is_muted,
            cells: shares.iter().map(|share| Cell::new(share, whole)).collect(),
        };
        let mut all: Vec<(String, bool, &[Share])> = found
            .rows
            .iter()
            .map(|row| match &row.key {
                Key::Text(text) => (text.to_string(), false, &*row.shares),
                Key::Unset => ("(none)".to_owned(), true, &*row.shares),
                Key::Direct => ("Direct or unknown".to_owned(), true, &*row.shares),
            })
            .collect();
        if let Some(others) = &found.others {
            all.push((format!("{} others", format::count(others.keys as u64)), true, &others.shares));
        }
        let models = choice.models();
        // Summed from what is shown, so that a table that does not add up would show it.
        let mut totals = vec![Share::default(); models.len()];
        for (_, _, shares) in &all {
            for (total, share) in totals.iter_mut().zip(*shares) {
                add(total, share);
            }
        }
        Self {
            entry,
            models: models.into_iter().map(model_name).collect(),
            has_revenue: !found.revenue.is_empty(),
            rows: all.into_iter().map(row).collect(),
            totals: totals.iter().map(|share| Cell::new(share, whole)).collect(),
        }
    }
}

impl Cell {
    fn new(share: &Share, whole: i128) -> Self {
        Self {
            conversions: money::parts(share.conversions),
            share: portion(share.conversions, whole),
            amounts: amounts(&share.revenue),
        }
    }
}

/// The credit of the first model that went to touches, as a part of all conversions.
#[must_use]
pub fn attributed_share(found: &Attribution) -> String {
    let of_nobody: i128 = found
        .rows
        .iter()
        .filter(|row| row.key == Key::Direct)
        .filter_map(|row| row.shares.first())
        .map(|share| share.conversions)
        .sum();
    let whole = i128::from(found.conversions) * ONE;
    portion(whole - of_nobody, whole)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn portion(part: i128, whole: i128) -> String {
    format::percent((whole > 0).then(|| part as f64 / whole as f64))
}

fn amounts(revenue: &BTreeMap<Arc<str>, i128>) -> Vec<String> {
    revenue.iter().map(|(currency, micros)| money::amount(*micros, currency)).collect()
}

fn add(total: &mut Share, share: &Share) {
    total.conversions += share.conversions;
    for (currency, micros) in &share.revenue {
        *total.revenue.entry(Arc::clone(currency)).or_default() += micros;
    }
}
