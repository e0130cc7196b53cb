//! What can be exported.

use crate::query::export::table::Table;

/// A kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Everything that `hearth import ndjson` reads back.
    All,
    /// Sessions of browsers with their events.
    Heat,
    Sessions,
    /// A row for each point of browsers' events.
    Heatmap,
    /// Of apps.
    Events,
    /// Who is who, as apps have said it.
    Identities,
    Persons,
    Touches,
    Conversions,
    Visits,
    Requests,
    Rollups,
    Goals,
}

impl Kind {
    pub const ALL: [Self; 13] = [
        Self::All,
        Self::Heat,
        Self::Sessions,
        Self::Heatmap,
        Self::Events,
        Self::Identities,
        Self::Persons,
        Self::Touches,
        Self::Conversions,
        Self::Visits,
        Self::Requests,
        Self::Rollups,
        Self::Goals,
    ];

    /// The word in commands and URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Heat => "heat",
            Self::Sessions => "sessions",
            Self::Heatmap => "heatmap",
            Self::Events => "events",
            Self::Identities => "identities",
            Self::Persons => "persons",
            Self::Touches => "touches",
            Self::Conversions => "conversions",
            Self::Visits => "visits",
            Self::Requests => "requests",
            Self::Rollups => "rollups",
            Self::Goals => "goals",
        }
    }

    /// The kind a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether its rows have different columns, so that CSV cannot hold them.
    #[must_use]
    pub fn is_mixed(self) -> bool {
        matches!(self, Self::All | Self::Identities)
    }

    /// The tables it is made of, as far as it is made of tables.
    pub(super) fn tables(self) -> &'static [Table] {
        match self {
            Self::All => &[
                // First: persons are listed by when an id of theirs was first met.
                Table::Identifiers,
                Table::Events,
                Table::Ties,
                Table::Aliases,
                Table::WebMatches,
                Table::Traits,
                Table::Emails,
                Table::Pairings,
                Table::Requests,
            ],
            Self::Identities => &[
                Table::Identifiers,
                Table::Ties,
                Table::Aliases,
                Table::WebMatches,
                Table::Traits,
                Table::Emails,
                Table::Pairings,
            ],
            Self::Events => &[Table::Events],
            Self::Touches => &[Table::Touches],
            Self::Conversions => &[Table::Conversions],
            Self::Visits => &[Table::Visits],
            Self::Requests => &[Table::Requests],
            Self::Rollups => &[Table::Rollups],
            Self::Goals => &[Table::Goals],
            Self::Heat | Self::Sessions | Self::Heatmap | Self::Persons => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_means_its_kind() {
        assert!(Kind::ALL.into_iter().all(|kind| Kind::from_word(kind.word()) == Some(kind)));
        assert_eq!(Kind::from_word("Heat"), None);
    }
}
