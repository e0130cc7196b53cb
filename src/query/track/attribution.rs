//! Which touches brought the conversions of a range, by several models side by side; exact to the last millionth.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::attribution_persons::{Credited, persons_of};
use super::attribution_rows::{RawKey, Rows, Share};
use super::conversions::{Conversion, ConversionFilter, walk};
use super::journey::Journey;
use super::journey_person::Traveller;
use super::models::{Model, divide};
use super::revenue::Sum;
use crate::query::texts::Lookup;
use crate::store::StoreError;

/// Conversions that are looked at together, so that each person's touches are read once for all of them.
const CHUNK: usize = 20_000;

/// Millionths that credit is finer than what answers tell, so that many small shares add up to what they should.
pub(super) const FINE: i128 = 1_000_000;

/// One conversion, in millionths.
const ONE: i128 = 1_000_000;

/// By what of a touch the credit is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Source,
    Medium,
    Campaign,
    Term,
    Content,
    ClickIdType,
    ClickId,
    LandingPage,
    Lyr,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub filter: ConversionFilter,
    pub by: Dimension,
    pub models: Vec<Model>,
    /// How long before a conversion a touch may lie.
    pub window_ms: i64,
}

/// Credit by key and model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    pub conversions: u64,
    /// By currency, in the order of their names.
    pub revenue: Vec<(Arc<str>, Sum)>,
    /// Those with most credit first, what nothing brought last.
    pub rows: Vec<AttributionRow>,
    /// What is left of the list where it is too long.
    pub others: Option<Others>,
}

/// Keys taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Others {
    /// How many; those beyond 200,000 are counted as one.
    pub keys: usize,
    /// Model by model as they were asked for.
    pub shares: Vec<Share>,
}

/// What one key is credited with, model by model as they were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributionRow {
    pub key: Key,
    pub shares: Vec<Share>,
}

/// What is credited.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Text(Arc<str>),
    /// Touches that have no such thing.
    Unset,
    /// Nothing brought the person, or nobody knows the person.
    Direct,
}

/// Adds up who brought what, at most `limit` keys.
pub fn attribution(connection: &Connection, question: &Question, limit: usize) -> Result<Attribution, StoreError> {
    let mut sums = Sums { question, rows: Rows::new(question.models.len()), conversions: 0, revenue: HashMap::new() };
    let mut after = None;
    loop {
        let mut chunk = Vec::new();
        walk(connection, &question.filter, after, |conversion| {
            chunk.push(conversion);
            Ok(chunk.len() < CHUNK)
        })?;
        after = chunk.last().map(Conversion::place);
        let is_last = chunk.len() < CHUNK;
        sums.add_all(connection, chunk)?;
        if is_last {
            return sums.finish(connection, limit);
        }
    }
}

/// Credit so far.
struct Sums<'q> {
    question: &'q Question,
    rows: Rows,
    conversions: u64,
    /// By dictionary id of the currency.
    revenue: HashMap<i64, Sum>,
}

impl Sums<'_> {
    fn add_all(&mut self, connection: &Connection, conversions: Vec<Conversion>) -> Result<(), StoreError> {
        let visits_matter = self.question.models.contains(&Model::Last);
        for Credited { traveller, conversions } in persons_of(connection, conversions, visits_matter)? {
            for conversion in &conversions {
                self.add(connection, traveller.as_ref(), conversion)?;
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        connection: &Connection,
        traveller: Option<&Traveller>,
        conversion: &Conversion,
    ) -> Result<(), StoreError> {
        let at_ms = conversion.time_ms;
        let journey = traveller.map_or_else(Journey::default, |who| who.journey(at_ms, self.question.window_ms));
        self.conversions += 1;
        if conversion.is_revenue {
            self.revenue.entry(conversion.currency).or_default().add(conversion.amount_micros);
        }
        let amount = conversion.amount_micros.filter(|_| conversion.is_revenue);
        for (model, kind) in self.question.models.iter().enumerate() {
            let of_last_visit = match (kind, traveller) {
                (Model::Last, Some(who)) => who.of_last_visit(connection, &journey, conversion.session, at_ms)?,
                _ => None,
            };
            // Without a touch the credit is nobody's.
            let mut credited: Vec<_> = kind.weights(&journey, of_last_visit);
            let is_direct = credited.is_empty();
            if is_direct {
                credited.push((0, 1));
            }
            let weights: Vec<u64> = credited.iter().map(|(_, weight)| *weight).collect();
            let counts = divide(ONE * FINE, &weights);
            let amounts = divide(i128::from(amount.unwrap_or_default()) * FINE, &weights);
            for ((place, _), (count, amount)) in credited.into_iter().zip(counts.into_iter().zip(amounts)) {
                let key = if is_direct { RawKey::Direct } else { self.question.by.of(&journey, place) };
                let row = self.rows.place(key);
                self.rows.credit(row, model, count, conversion.is_revenue.then_some((conversion.currency, amount)));
            }
        }
        Ok(())
    }

    fn finish(self, connection: &Connection, limit: usize) -> Result<Attribution, StoreError> {
        let mut texts = Lookup::new(connection);
        let mut revenue = Vec::with_capacity(self.revenue.len());
        for (currency, sum) in self.revenue {
            revenue.push((texts.text(currency)?, sum));
        }
        revenue.sort_by(|a, b| a.0.cmp(&b.0));
        let (rows, others) = self.rows.finish(&mut texts, limit)?;
        Ok(Attribution { conversions: self.conversions, revenue, rows, others })
    }
}

impl Dimension {
    pub const ALL: [Self; 9] = [
        Self::Source,
        Self::Medium,
        Self::Campaign,
        Self::Term,
        Self::Content,
        Self::ClickIdType,
        Self::ClickId,
        Self::LandingPage,
        Self::Lyr,
    ];

    /// As the API calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Medium => "medium",
            Self::Campaign => "campaign",
            Self::Term => "term",
            Self::Content => "content",
            Self::ClickIdType => "click_id_type",
            Self::ClickId => "click_id",
            Self::LandingPage => "landing_page",
            Self::Lyr => "lyr",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }

    /// What the touch at this place has.
    fn of(self, journey: &Journey<'_>, place: usize) -> RawKey {
        let Some(touch) = journey.touches.get(place) else { return RawKey::Direct };
        let id = |id: Option<i64>| id.map_or(RawKey::Unset, RawKey::Id);
        let text = |text: Option<&str>| text.map_or(RawKey::Unset, |text| RawKey::Text(text.into()));
        match self {
            Self::Source => id(touch.source),
            Self::Medium => id(touch.medium),
            Self::Campaign => id(touch.campaign),
            Self::Term => id(touch.term),
            Self::Content => id(touch.content),
            Self::ClickIdType => id(touch.click_key),
            Self::ClickId => text(touch.click_id.as_deref()),
            Self::LandingPage => text(touch.landing_page.as_deref()),
            Self::Lyr => text(journey.lyr_at(place)),
        }
    }
}
