//! Values that parameters can have.

use crate::domain::heat::Kind;
use crate::query::heatmap::ViewportMode;

/// An event type as a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// Events of any kind.
    All,
    /// Events of one kind.
    Only(Kind),
}

impl EventType {
    /// The word of queries and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Only(kind) => kind.name(),
        }
    }

    /// The kind asked for, if only one is.
    #[must_use]
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::All => None,
            Self::Only(kind) => Some(kind),
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        if name == "all" { Some(Self::All) } else { Kind::from_name(name).map(Self::Only) }
    }
}

/// Rows to skip: a whole number from 0 on, without an upper bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offset(pub(super) f64);

impl Offset {
    /// The number as answers repeat it.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        self.0
    }

    /// The number of rows; beyond 2⁶³ − 1 it is that, which is past every last row (D11).
    #[must_use]
    pub const fn rows(self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "saturates, which is what is wanted")]
        {
            self.0 as i64
        }
    }
}

/// Reads Hearth's own parameter `viewportMode` (D18); an unknown word is ignored, as the original would.
pub(super) fn viewport_mode(word: Option<&str>) -> ViewportMode {
    match word {
        Some("filter") => ViewportMode::Filter,
        Some("scale") => ViewportMode::Scale,
        _ => ViewportMode::Mix,
    }
}
