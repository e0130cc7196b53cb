//! Which visits pass.

/// What can be asked of a visit, and what it can be listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Page views: the path.
    Page,
    /// Path of the first page view.
    EntryPage,
    /// Path of the last page view.
    ExitPage,
    Host,
    Channel,
    /// Host of the page that linked here.
    Referrer,
    Source,
    Medium,
    Campaign,
    Term,
    Content,
    /// Which advertiser's click id the first address had: `gclid`, `fbclid`.
    ClickId,
    Device,
    Browser,
    Os,
    /// Two letters.
    Country,
    /// Name of an event.
    Event,
}

impl Dimension {
    /// Every dimension, in the order in which they are offered.
    pub const ALL: [Self; 17] = [
        Self::Page,
        Self::EntryPage,
        Self::ExitPage,
        Self::Host,
        Self::Channel,
        Self::Referrer,
        Self::Source,
        Self::Medium,
        Self::Campaign,
        Self::Term,
        Self::Content,
        Self::ClickId,
        Self::Device,
        Self::Browser,
        Self::Os,
        Self::Country,
        Self::Event,
    ];

    /// The word in URLs and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::EntryPage => "entry_page",
            Self::ExitPage => "exit_page",
            Self::Host => "host",
            Self::Channel => "channel",
            Self::Referrer => "referrer",
            Self::Source => "source",
            Self::Medium => "medium",
            Self::Campaign => "campaign",
            Self::Term => "term",
            Self::Content => "content",
            Self::ClickId => "click_id",
            Self::Device => "device",
            Self::Browser => "browser",
            Self::Os => "os",
            Self::Country => "country",
            Self::Event => "event",
        }
    }

    /// The dimension a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.word() == word)
    }
}

/// How a filter compares; letter case matters for `Is`, not for `Contains`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
}

impl Operator {
    pub const ALL: [Self; 4] = [Self::Is, Self::IsNot, Self::Contains, Self::ContainsNot];

    /// The word in URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is_not",
            Self::Contains => "contains",
            Self::ContainsNot => "contains_not",
        }
    }

    /// The operator a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.word() == word)
    }
}

/// What a visit must fulfil.
///
/// A filter on pages or events wants a visit that has one such page view or event (none, if negated), and counts only
/// those page views, or events, of it. An empty value means a visit that tells nothing: `referrer:is:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitFilter {
    pub dimension: Dimension,
    pub operator: Operator,
    pub value: String,
}
