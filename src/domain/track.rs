//! What apps say by the Datalyr protocol: events, who was behind them, what brought them, what they paid.
//!
//! The door (`intake::datalyr`) has understood everything already: which of an event's ids is a user, what counts as a
//! touch, what an amount is. The store writes it down; the read side puts persons, journeys and revenue together. Every
//! part is such that the order in which events arrive does not matter.

use super::country::Country;
use super::id::ProjectId;

/// One request's events.
#[derive(Debug, Clone)]
pub struct TrackBatch {
    pub project: ProjectId,
    pub received_at_ms: i64,
    /// How long an event's id is remembered, in milliseconds from its first receipt; absent: for ever.
    pub remembered_for_ms: Option<i64>,
    /// The sender's address as it may be kept.
    pub address_hash: Option<[u8; 16]>,
    /// Where the sender is. Of a server that says nothing of the person whose event it is.
    pub country: Country,
    pub events: Vec<TrackEvent>,
    /// What came with them and is no event.
    pub quarantined: Vec<Quarantined>,
    /// Most of those that the project keeps.
    pub max_quarantined: u32,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackEvent {
    /// Row id. 0 until the store gives one; stays 0 for what is not stored: a duplicate, a signal, a suppressed event.
    pub seq: i64,
    /// As sent, unless too long; absent if none was.
    pub id: Option<Box<str>>,
    pub name: Box<str>,
    pub kind: EventKind,
    /// When it happened, as far as the client is believed (datalyr.md 7.2).
    pub time_ms: i64,
    /// The client's own `timestamp` as JSON text, where `time_ms` is not what it says.
    pub client_time: Option<Box<str>>,
    /// `web`, `api`, `mobile_app`, or what the sender calls itself.
    pub channel: Box<str>,
    pub library: Option<Box<str>>,
    pub library_version: Option<Box<str>>,
    /// The user it belongs to, beyond doubt: ids that are really a device's are not here (datalyr.md 7.4).
    pub user: Option<Box<str>>,
    pub anonymous: Option<Box<str>>,
    pub device: Option<Box<str>>,
    /// As sent; absent where the store's readers make one up from person and hour (datalyr.md 7.3).
    pub session: Option<Box<str>>,
    /// Whether its person's advertising may use it (datalyr.md 7.9).
    pub may_advertise: bool,
    /// Whether default reports leave it out (datalyr.md 10, U26).
    pub is_hidden: bool,
    /// JSON object, as sent.
    pub properties: Box<str>,
    /// JSON object of everything else that was sent.
    pub context: Option<Box<str>>,
    pub touch: Option<Box<Touch>>,
    pub conversion: Option<Conversion>,
    /// What it says about who is who. The event's own ids are among them where they may be linked.
    pub statements: Vec<Statement>,
    /// What it says about its user (of an alias: about the surviving one).
    pub traits: Vec<Trait>,
    pub pairing: Option<Pairing>,
}

/// What an event is to Hearth, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventKind {
    #[default]
    Other,
    PageView,
    Identify,
    Alias,
    Group,
    /// `session_start` and `session_end`: plain events that make no session.
    SessionMark,
    /// A click that leads to an app store; deferred look-ups ask for it by address.
    DownloadClick,
    /// A pairing that is kept while the event itself is not stored.
    Signal,
}

impl EventKind {
    /// Every kind in the order of its code.
    pub const ALL: [Self; 8] = [
        Self::Other,
        Self::PageView,
        Self::Identify,
        Self::Alias,
        Self::Group,
        Self::SessionMark,
        Self::DownloadClick,
        Self::Signal,
    ];

    /// The number by which rows name it.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The kind of a row.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        Self::ALL.get(usize::from(code)).copied().unwrap_or_default()
    }

    /// As the API calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Other => "event",
            Self::PageView => "page_view",
            Self::Identify => "identify",
            Self::Alias => "alias",
            Self::Group => "group",
            Self::SessionMark => "session_mark",
            Self::DownloadClick => "download_click",
            Self::Signal => "signal",
        }
    }
}

/// By what a person may be known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    pub kind: IdentifierKind,
    /// Of an external id: namespace, `:`, id.
    pub value: Box<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierKind {
    User,
    /// A browser or an installed app that has not said who uses it.
    Anonymous,
    /// A mobile device.
    Device,
    /// Another system's id of the same person.
    External,
}

impl IdentifierKind {
    pub const ALL: [Self; 4] = [Self::User, Self::Anonymous, Self::Device, Self::External];

    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// As the API calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Anonymous => "anonymous",
            Self::Device => "device",
            Self::External => "external",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What an event says about who is who, at its time. Statements are only ever added; persons follow from all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// Two users are one person, known by `survivor` (`$alias`). Nothing else merges users.
    Same { survivor: Box<str>, absorbed: Box<str> },
    /// From this time on, `from` (anonymous, device or external) stands for `to` (user or anonymous).
    Tie { from: Identifier, to: Identifier },
    /// This user id is one: seen in `$identify` or as the survivor of `$alias`. Ties to a user of whom this was never said
    /// and who has no events of its own do not count: such an id may be a device's (datalyr.md 7.4, Swift).
    Proven { user: Box<str> },
    /// The touches of this browser also lead to the event's person (`$web_attribution_matched`); merges nobody.
    WebMatch { anonymous: Box<str> },
}

/// What an event says about its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trait {
    pub key: Box<str>,
    /// JSON text.
    pub value: Box<str>,
}

/// What brought a person: a real one, never "direct" (datalyr.md 7.5).
///
/// Two touches with the same `fingerprint` are the same touch told again, or the same campaign met again; which of the
/// two is decided by `captured_ms` and the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// Of everything but landing page, referrer and time.
    pub fingerprint: i64,
    /// When the client met it, as far as it is believed; never later than the event.
    pub captured_ms: i64,
    pub source: Option<Box<str>>,
    pub medium: Option<Box<str>>,
    pub campaign: Option<Box<str>>,
    pub term: Option<Box<str>>,
    pub content: Option<Box<str>>,
    /// The first that is present in the order of datalyr.md 6.1: its canonical key, and its value.
    pub click: Option<(&'static str, Box<str>)>,
    /// Datalyr's own link tag.
    pub lyr: Option<Box<str>>,
    pub landing_page: Option<Box<str>>,
    pub referrer: Option<Box<str>>,
    /// JSON object of all that was said under its canonical keys: `utm_*`, every click id, `lyr`, `campaign_id`, `ad_id`...
    pub detail: Box<str>,
}

/// An event that counts as a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// Whether its amount is revenue (datalyr.md 10, U10); a sign-up's is not.
    pub is_revenue: bool,
    /// Millionths of the currency's unit; absent when none was said or it is no amount.
    pub amount_micros: Option<i64>,
    /// Upper case.
    pub currency: Box<str>,
}

/// Another system's name for the visit: what a webhook will come back with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairing {
    pub kind: PairingKind,
    pub value: Box<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairingKind {
    StripeCheckoutSession,
    ShopifyCart,
}

impl PairingKind {
    pub const ALL: [Self; 2] = [Self::StripeCheckoutSession, Self::ShopifyCart];

    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// As the API calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StripeCheckoutSession => "stripe_checkout_session",
            Self::ShopifyCart => "shopify_cart",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A part of a batch that is no event. Kept for the owner to look at; its neighbours are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub reason: QuarantineReason,
    /// As sent, cut to a bounded length.
    pub body: Box<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuarantineReason {
    NotAnObject,
    /// Absent, empty or no text.
    NoName,
    TooLarge,
    TooManyKeys,
    TooDeep,
    /// It names another workspace than the rest of its batch.
    OtherWorkspace,
}

impl QuarantineReason {
    pub const ALL: [Self; 6] =
        [Self::NotAnObject, Self::NoName, Self::TooLarge, Self::TooManyKeys, Self::TooDeep, Self::OtherWorkspace];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAnObject => "not_an_object",
            Self::NoName => "no_event_name",
            Self::TooLarge => "event_too_large",
            Self::TooManyKeys => "too_many_keys",
            Self::TooDeep => "too_deep",
            Self::OtherWorkspace => "other_workspace",
        }
    }
}

impl TrackBatch {
    /// Roughly how much memory the batch holds while it waits, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let events = self.events.iter().map(TrackEvent::bytes).sum::<usize>();
        let quarantined = self.quarantined.iter().map(|part| size_of::<Quarantined>() + part.body.len()).sum::<usize>();
        size_of::<Self>() + events + quarantined
    }
}

impl TrackEvent {
    /// Whose event it is for the store: its user, else its anonymous id; nobody's if it has neither.
    #[must_use]
    pub fn subject(&self) -> Option<(IdentifierKind, &str)> {
        let user = self.user.as_deref().map(|user| (IdentifierKind::User, user));
        user.or_else(|| self.anonymous.as_deref().map(|anonymous| (IdentifierKind::Anonymous, anonymous)))
    }

    fn bytes(&self) -> usize {
        let touch = self.touch.as_ref().map_or(0, |touch| size_of::<Touch>() + 2 * touch.detail.len());
        let traits = self.traits.iter().map(|known| size_of::<Trait>() + known.key.len() + known.value.len());
        let statements = self.statements.len() * (size_of::<Statement>() + 64);
        let texts = self.properties.len() + self.context.as_deref().map_or(0, str::len) + self.name.len();
        size_of::<Self>() + texts + touch + traits.sum::<usize>() + statements
    }
}
