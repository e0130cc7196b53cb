//! Whether what a visit tells is what a filter wants: looked up once for each text, not for each visit.

use std::collections::HashMap;

use rusqlite::Connection;

use super::filter::{Dimension, Operator, VisitFilter};
use crate::domain::country::Country;
use crate::domain::visit::{Channel, DeviceClass};
use crate::store::StoreError;
use crate::store::dictionary::{self, TextHash};
use crate::store::migrate::install_secret;
use crate::store::visits::columns::Column;

impl Dimension {
    /// The column that has it.
    #[must_use]
    pub fn column(self) -> Column {
        match self {
            Self::Page => Column::Pages,
            Self::EntryPage => Column::Entry,
            Self::ExitPage => Column::Exit,
            Self::Host => Column::Host,
            Self::Channel => Column::Channel,
            Self::Referrer => Column::Referrer,
            Self::Source => Column::UtmSource,
            Self::Medium => Column::Medium,
            Self::Campaign => Column::Campaign,
            Self::Term => Column::Term,
            Self::Content => Column::Content,
            Self::ClickId => Column::ClickKey,
            Self::Device => Column::Device,
            Self::Browser => Column::Browser,
            Self::Os => Column::Os,
            Self::Country => Column::Country,
            Self::Event => Column::Names,
        }
    }

    /// Whether a visit can have several of it.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self, Self::Page | Self::Event)
    }
}

/// The text that stands for a number in a dimension's column; empty for what is not told.
pub fn text_of(connection: &Connection, dimension: Dimension, id: i64) -> Result<String, StoreError> {
    Ok(match dimension {
        Dimension::Channel => Channel::from_number(id).map(Channel::word).unwrap_or_default().to_owned(),
        Dimension::Device => DeviceClass::from_number(id).map(DeviceClass::word).unwrap_or_default().to_owned(),
        Dimension::Country => Country::from_number(id).code().to_owned(),
        _ if id == 0 => String::new(),
        _ => dictionary::text(connection, id)?,
    })
}

/// One filter, with what it has found out.
#[derive(Debug)]
pub struct Matcher<'c> {
    connection: &'c Connection,
    pub dimension: Dimension,
    /// Whether it wants visits for which nothing matches.
    pub is_negated: bool,
    wanted: Wanted,
    known: HashMap<i64, bool>,
}

/// What a text must be.
#[derive(Debug)]
enum Wanted {
    /// This number; none is what nothing has.
    Id(Option<i64>),
    /// A part of it, in lower case.
    Part(String),
    /// Its beginning.
    Beginning(String),
}

impl<'c> Matcher<'c> {
    pub fn new(connection: &'c Connection, filter: &VisitFilter) -> Result<Self, StoreError> {
        let (dimension, value) = (filter.dimension, filter.value.as_str());
        let wanted = match filter.operator {
            Operator::Is | Operator::IsNot => Wanted::Id(id_of(connection, dimension, value)?),
            Operator::Contains | Operator::ContainsNot => Wanted::Part(value.to_lowercase()),
        };
        let is_negated = matches!(filter.operator, Operator::IsNot | Operator::ContainsNot);
        Ok(Self { connection, dimension, is_negated, wanted, known: HashMap::new() })
    }

    /// What a goal's pattern wants: a text, or with `*` at its end whatever begins so.
    pub fn of_pattern(connection: &'c Connection, dimension: Dimension, pattern: &str) -> Result<Self, StoreError> {
        let wanted = match pattern.strip_suffix('*') {
            Some(beginning) => Wanted::Beginning(beginning.to_owned()),
            None => Wanted::Id(id_of(connection, dimension, pattern)?),
        };
        Ok(Self { connection, dimension, is_negated: false, wanted, known: HashMap::new() })
    }

    /// Whether the filter is about visits that tell nothing.
    #[must_use]
    pub fn is_for_nothing(&self) -> bool {
        matches!(self.wanted, Wanted::Id(Some(0))) && self.dimension.is_list()
    }

    /// Which of a day's texts match, negated or not.
    pub fn matches(&mut self, ids: &[i64]) -> Result<Vec<bool>, StoreError> {
        ids.iter().map(|id| self.is_match(*id)).collect()
    }

    fn is_match(&mut self, id: i64) -> Result<bool, StoreError> {
        if let Wanted::Id(wanted) = self.wanted {
            return Ok(wanted == Some(id));
        }
        if let Some(known) = self.known.get(&id) {
            return Ok(*known);
        }
        let text = text_of(self.connection, self.dimension, id)?;
        let is_match = match &self.wanted {
            Wanted::Id(_) => false,
            Wanted::Part(part) => text.to_lowercase().contains(part),
            Wanted::Beginning(beginning) => text.starts_with(beginning),
        };
        self.known.insert(id, is_match);
        Ok(is_match)
    }
}

fn id_of(connection: &Connection, dimension: Dimension, text: &str) -> Result<Option<i64>, StoreError> {
    Ok(match dimension {
        Dimension::Channel => Channel::from_word(text).map(|channel| channel as i64),
        Dimension::Device => DeviceClass::from_word(text).map(|device| device as i64),
        _ if text.is_empty() => Some(0),
        Dimension::Country => Some(Country::from_code(text).number()).filter(|number| *number != 0),
        _ => TextHash::new(&install_secret(connection)?).find(connection, text)?,
    })
}
