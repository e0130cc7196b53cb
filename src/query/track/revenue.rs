//! Revenue by currency, and by day, name or channel. Nothing is converted (datalyr.md 10, U12).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Connection;

use super::conversions::{ConversionFilter, walk};
use crate::query::texts::Lookup;
use crate::store::StoreError;

const DAY_MS: i64 = 86_400_000;

/// By what revenue is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevenueBy {
    /// UTC.
    Day,
    /// Of the event.
    Name,
    Channel,
}

/// An amount, and of how many events it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Millionths of the currency's unit.
    pub micros: i128,
    /// Revenue events, also those that said no amount.
    pub count: u64,
}

/// Revenue in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyRevenue {
    pub currency: Arc<str>,
    pub total: Sum,
    /// Days in order; names and channels with the highest amount first.
    pub rows: Vec<(Arc<str>, Sum)>,
}

impl RevenueBy {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Name => "name",
            Self::Channel => "channel",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Day, Self::Name, Self::Channel].into_iter().find(|by| by.name() == name)
    }
}

impl Sum {
    pub fn add(&mut self, micros: Option<i64>) {
        self.micros += i128::from(micros.unwrap_or_default());
        self.count += 1;
    }
}

/// Adds up the revenue of a range; currencies in the order of their names.
pub fn revenue(
    connection: &Connection,
    filter: &ConversionFilter,
    by: RevenueBy,
) -> Result<Vec<CurrencyRevenue>, StoreError> {
    let filter = ConversionFilter { only_revenue: true, ..*filter };
    let mut sums: HashMap<(i64, i64), Sum> = HashMap::new();
    let mut channels = connection.prepare_cached("SELECT channel_id FROM track_event WHERE seq = ?1")?;
    walk(connection, &filter, None, |conversion| {
        let key = match by {
            RevenueBy::Day => conversion.time_ms.div_euclid(DAY_MS),
            RevenueBy::Name => conversion.name,
            RevenueBy::Channel => channels.query_row([conversion.seq], |row| row.get(0))?,
        };
        sums.entry((conversion.currency, key)).or_default().add(conversion.amount_micros);
        Ok(true)
    })?;
    let mut texts = Lookup::new(connection);
    let mut found: BTreeMap<Arc<str>, CurrencyRevenue> = BTreeMap::new();
    for ((currency, key), sum) in sums {
        let currency = texts.text(currency)?;
        let key = if by == RevenueBy::Day { day(key) } else { texts.text(key)? };
        let all = found.entry(Arc::clone(&currency)).or_insert_with(|| CurrencyRevenue {
            currency,
            total: Sum::default(),
            rows: Vec::new(),
        });
        all.total.micros += sum.micros;
        all.total.count += sum.count;
        all.rows.push((key, sum));
    }
    for all in found.values_mut() {
        all.rows.sort_by(|a, b| match by {
            RevenueBy::Day => a.0.cmp(&b.0),
            _ => b.1.micros.cmp(&a.1.micros).then_with(|| a.0.cmp(&b.0)),
        });
    }
    Ok(found.into_values().collect())
}

/// A day's name in ISO 8601.
fn day(days: i64) -> Arc<str> {
    let midnight = Timestamp::from_millisecond(days.saturating_mul(DAY_MS));
    midnight.map_or_else(|_| Arc::from(""), |time| time.strftime("%Y-%m-%d").to_string().into())
}
