//! Credit by key while it is added up, and rounded at the end so that it still adds up.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::attribution::{AttributionRow, FINE, Key, Others};
use crate::query::texts::Lookup;
use crate::store::StoreError;

/// Most keys that are told apart while adding up; what comes later is put with the others.
const MAX_KEYS: usize = 200_000;

/// What a key is credited with by one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// Millionths of a conversion.
    pub conversions: i128,
    /// Millionths of each currency's unit, where a revenue event was credited.
    pub revenue: BTreeMap<Arc<str>, i128>,
}

/// A key as touches have it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RawKey {
    /// In the dictionary.
    Id(i64),
    Text(Box<str>),
    /// The touch has no such thing.
    Unset,
    /// There is no touch.
    Direct,
}

/// Rows while they grow.
#[derive(Debug)]
pub struct Rows {
    models: usize,
    growing: Vec<Growing>,
    /// The row of each key.
    known: HashMap<RawKey, usize>,
}

/// A row while it grows.
#[derive(Debug)]
struct Growing {
    /// Absent: the others.
    key: Option<RawKey>,
    /// By model.
    conversions: Vec<i128>,
    /// By dictionary id of the currency, then by model; absent where no revenue event was credited.
    revenue: BTreeMap<i64, Vec<Option<i128>>>,
}

impl Rows {
    #[must_use]
    pub fn new(models: usize) -> Self {
        Self { models, growing: vec![Growing::new(None, models)], known: HashMap::new() }
    }

    /// The place of a key's row.
    pub fn place(&mut self, key: RawKey) -> usize {
        if let Some(&place) = self.known.get(&key) {
            return place;
        }
        if self.known.len() >= MAX_KEYS && !matches!(key, RawKey::Direct | RawKey::Unset) {
            return 0;
        }
        self.growing.push(Growing::new(Some(key.clone()), self.models));
        self.known.insert(key, self.growing.len() - 1);
        self.growing.len() - 1
    }

    /// Credits a row with a part of a conversion, and of its amount if it is revenue; in millionths of millionths.
    pub fn credit(&mut self, place: usize, model: usize, conversions: i128, revenue: Option<(i64, i128)>) {
        let row = &mut self.growing[place];
        row.conversions[model] += conversions;
        if let Some((currency, part)) = revenue {
            let of_models = row.revenue.entry(currency).or_insert_with(|| vec![None; self.models]);
            *of_models[model].get_or_insert(0) += part;
        }
    }

    /// The rows that got most, at most `limit`, direct visits last; and how many keys are left out, with what they got together.
    pub fn finish(
        self,
        texts: &mut Lookup<'_>,
        limit: usize,
    ) -> Result<(Vec<AttributionRow>, Option<Others>), StoreError> {
        let mut keyed = Vec::with_capacity(self.growing.len());
        for row in self.growing {
            let key = match row.key.clone() {
                None => None,
                Some(RawKey::Id(id)) => Some(Key::Text(texts.text(id)?)),
                Some(RawKey::Text(text)) => Some(Key::Text(text.into())),
                Some(RawKey::Unset) => Some(Key::Unset),
                Some(RawKey::Direct) => Some(Key::Direct),
            };
            keyed.push((key, row));
        }
        // Those that go with the others come last, and before them what nothing brought.
        let rank = |key: &Option<Key>| match key {
            None => 2,
            Some(Key::Direct) => 1,
            Some(_) => 0,
        };
        keyed.sort_by_cached_key(|(key, row)| (rank(key), Reverse(row.conversions.iter().sum::<i128>()), key.clone()));
        let (keys, mut rows): (Vec<_>, Vec<_>) = keyed.into_iter().unzip();
        round(&mut rows, self.models);
        let mut named = Vec::with_capacity(rows.len());
        for (key, row) in keys.into_iter().zip(rows) {
            named.push((key, row.shares(texts)?));
        }
        Ok(cut(named, limit))
    }
}

impl Growing {
    fn new(key: Option<RawKey>, models: usize) -> Self {
        Self { key, conversions: vec![0; models], revenue: BTreeMap::new() }
    }

    /// With the currencies' names.
    fn shares(self, texts: &mut Lookup<'_>) -> Result<Vec<Share>, StoreError> {
        let mut shares: Vec<_> =
            self.conversions.into_iter().map(|conversions| Share { conversions, revenue: BTreeMap::new() }).collect();
        for (currency, parts) in self.revenue {
            let currency = texts.text(currency)?;
            for (share, part) in shares.iter_mut().zip(parts) {
                share.revenue.extend(part.map(|part| (Arc::clone(&currency), part)));
            }
        }
        Ok(shares)
    }
}

/// Takes what is beyond `limit` together.
fn cut(rows: Vec<(Option<Key>, Vec<Share>)>, limit: usize) -> (Vec<AttributionRow>, Option<Others>) {
    let mut kept = Vec::new();
    let mut others: Option<Others> = None;
    for (key, shares) in rows {
        let has_credit = shares.iter().any(|share| share.conversions != 0 || !share.revenue.is_empty());
        match key {
            Some(key) if kept.len() < limit || key == Key::Direct => kept.push(AttributionRow { key, shares }),
            _ if !has_credit => {}
            _ => match &mut others {
                None => others = Some(Others { keys: 1, shares }),
                Some(others) => {
                    others.keys += 1;
                    others.shares.iter_mut().zip(shares).for_each(|(sum, share)| sum.add(share));
                }
            },
        }
    }
    (kept, others)
}

impl Share {
    fn add(&mut self, other: Self) {
        self.conversions += other.conversions;
        for (currency, part) in other.revenue {
            *self.revenue.entry(currency).or_default() += part;
        }
    }
}

/// Rounds to millionths, for each model and currency so that the sum stays what it is.
fn round(rows: &mut [Growing], models: usize) {
    for model in 0..models {
        round_together(&mut rows.iter_mut().map(|row| &mut row.conversions[model]).collect::<Vec<_>>());
    }
    let currencies: BTreeSet<i64> = rows.iter().flat_map(|row| row.revenue.keys().copied()).collect();
    for currency in currencies {
        for model in 0..models {
            let of_currency = rows.iter_mut().filter_map(|row| row.revenue.get_mut(&currency)?[model].as_mut());
            round_together(&mut of_currency.collect::<Vec<_>>());
        }
    }
}

/// Divides all numbers, whose sum is a multiple of [`FINE`], by it: rounded down, and what is left goes one by one to those who
/// lost most by it, the first first.
fn round_together(numbers: &mut [&mut i128]) {
    let sum = numbers.iter().map(|number| **number).sum::<i128>() / FINE;
    let mut lost = Vec::with_capacity(numbers.len());
    for (n, number) in numbers.iter_mut().enumerate() {
        lost.push((Reverse(number.rem_euclid(FINE)), n));
        **number = number.div_euclid(FINE);
    }
    let left = sum - numbers.iter().map(|number| **number).sum::<i128>();
    lost.sort_unstable();
    for (_, n) in lost.into_iter().take(usize::try_from(left).unwrap_or_default()) {
        *numbers[n] += 1;
    }
}
