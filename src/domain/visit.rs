//! A visit: what one visitor did at one go, whichever protocol told of it.
//!
//! A visit is made of one session, as browsers (heat protocol) or apps (Datalyr protocol) name them. It ends after
//! [`IDLE_MS`] without anything, and after [`MAX_VISIT_MS`] in any case; the session's next event begins another.

/// After so long without anything, what follows is another visit.
pub const IDLE_MS: i64 = 30 * 60 * 1_000;

/// No visit is longer. A page view is at most this long after its visit's beginning.
pub const MAX_VISIT_MS: i64 = 24 * 3_600 * 1_000;

/// 2000-01-01T00:00:00Z: clients that tell of earlier times are not believed.
pub const EARLIEST_MS: i64 = 946_684_800_000;

/// Nor are those that tell of more than so long after what they say was received.
pub const FUTURE_MS: i64 = 24 * 3_600 * 1_000;

/// Where a visit is known from; the number is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum VisitSource {
    /// Heat events of a browser.
    Browser = 0,
    /// App events of web pages.
    Web = 1,
    /// App events of phones and other apps.
    App = 2,
}

/// Which sources a project's visits are counted from: a page with two SDKs would be counted twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum VisitsFrom {
    /// Browsers and apps; web pages' app events only where there are no heat events at all.
    #[default]
    Auto = 0,
    Browser = 1,
    Web = 2,
    /// Every source.
    All = 3,
}

/// How a visitor came; the number is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Channel {
    Direct = 0,
    OrganicSearch = 1,
    PaidSearch = 2,
    OrganicSocial = 3,
    PaidSocial = 4,
    Email = 5,
    Display = 6,
    Affiliate = 7,
    Referral = 8,
    /// A campaign that fits none of the others.
    Campaign = 9,
}

/// What the visitor held in the hand; the number is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum DeviceClass {
    Unknown = 0,
    Desktop = 1,
    Phone = 2,
    Tablet = 3,
    Television = 4,
    Bot = 5,
}

/// What a visit did at a moment that reports count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Milliseconds after the visit's beginning.
    pub offset_ms: i64,
    pub kind: MarkKind,
    /// Dictionary id of the path, or of the event's name.
    pub text: i64,
}

/// What a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    PageView,
    /// An event with a name: `custom` of browsers, any but page views of apps.
    Event,
}

/// What a goal counts; the number is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum GoalKind {
    Page = 0,
    Event = 1,
}

macro_rules! words {
    ($kind:ident: $($variant:ident $word:literal),+ $(,)?) => {
        impl $kind {
            /// Every value, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in URLs, JSON and forms.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The value a word means.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }

            /// The value a stored number means.
            #[must_use]
            pub fn from_number(number: i64) -> Option<Self> {
                usize::try_from(number).ok().and_then(|at| Self::ALL.get(at)).copied()
            }
        }
    };
}

words!(VisitSource: Browser "browser", Web "web", App "app");
words!(VisitsFrom: Auto "auto", Browser "browser", Web "web", All "all");
words!(Channel:
    Direct "direct", OrganicSearch "organic_search", PaidSearch "paid_search", OrganicSocial "organic_social",
    PaidSocial "paid_social", Email "email", Display "display", Affiliate "affiliate", Referral "referral",
    Campaign "campaign",
);
words!(DeviceClass:
    Unknown "unknown", Desktop "desktop", Phone "phone", Tablet "tablet", Television "television", Bot "bot",
);
words!(GoalKind: Page "page", Event "event");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_read_back() {
        for channel in Channel::ALL {
            assert_eq!(Channel::from_number(*channel as i64), Some(*channel));
            assert_eq!(Channel::from_word(channel.word()), Some(*channel));
        }
        for class in DeviceClass::ALL {
            assert_eq!(DeviceClass::from_number(*class as i64), Some(*class));
        }
        assert_eq!(VisitSource::from_number(2), Some(VisitSource::App));
        assert_eq!(VisitsFrom::from_number(4), None);
        assert_eq!(GoalKind::from_word("Page"), None);
    }
}
