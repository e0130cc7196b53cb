//! What a browser reports: one session's clicks, moves, scrolls and the rest.

use super::country::Country;
use super::id::{ClientId, ProjectId, SecretHash};
use super::text::{TextRef, Texts};

/// The seven types of heat event; the number is what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    Click = 0,
    Move = 1,
    Scroll = 2,
    Pageview = 3,
    Custom = 4,
    Input = 5,
    Keyboard = 6,
}

impl Kind {
    /// Every kind, in the order in which the protocol lists them.
    pub const ALL: [Self; 7] =
        [Self::Click, Self::Move, Self::Scroll, Self::Pageview, Self::Custom, Self::Input, Self::Keyboard];

    /// The word on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Move => "move",
            Self::Scroll => "scroll",
            Self::Pageview => "pageview",
            Self::Custom => "custom",
            Self::Input => "input",
            Self::Keyboard => "keyboard",
        }
    }

    /// The kind a word on the wire means; letter case matters.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind a stored number means.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|at| Self::ALL.get(at)).copied()
    }
}

/// Which project a batch is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectRef {
    /// A registered one.
    Known(ProjectId),
    /// Nobody registered the key; the store may make a project of it, up to the installation's cap.
    Unregistered {
        /// SHA-256 of the key.
        key_hash: SecretHash,
        /// The first characters of the key, by which its owner recognises it.
        key_prefix: Box<str>,
        /// How many projects there may be at most.
        max_projects: u64,
    },
}

/// One accepted request of the heat protocol: events of one session, in the order they came in.
#[derive(Debug, Clone)]
pub struct HeatBatch {
    pub project: ProjectRef,
    /// When the request arrived, by our clock.
    pub received_at_ms: i64,
    pub session: SessionFacts,
    pub user: Option<UserFacts>,
    pub texts: Texts,
    pub events: Vec<HeatEvent>,
}

/// What the request says about its session. Everything but the last three counts only when the
/// session is new.
#[derive(Debug, Clone)]
pub struct SessionFacts {
    pub external_id: ClientId,
    /// First 16 bytes of a keyed hash of the client's address; absent when addresses are not kept.
    pub address_hash: Option<[u8; 16]>,
    /// Where the client is; the address it was found by is not kept.
    pub country: Country,
    pub first_path: TextRef,
    pub user_agent: Option<TextRef>,
    /// JSON text of the first event's device.
    pub device_json: TextRef,
    /// JSON text of the `sdk` and `app` objects.
    pub client_json: Option<TextRef>,
    /// Milliseconds since the epoch by the browser's clock; ours when absent.
    pub started_at: Option<f64>,
    /// Like `started_at`; replaces what is stored, also backwards.
    pub last_seen_at: Option<f64>,
}

/// The user a request names.
#[derive(Debug, Clone)]
pub struct UserFacts {
    pub external_id: Box<str>,
    /// JSON text of the traits, as last sent.
    pub traits_json: Option<Box<str>>,
    /// Whether a verified token vouches for the id; otherwise the page said so.
    pub proven: bool,
}

/// One event of a session.
#[derive(Debug, Clone)]
pub struct HeatEvent {
    pub kind: Kind,
    /// Milliseconds since the epoch by the browser's clock: any double but NaN.
    pub ts: f64,
    pub event_id: ClientId,
    pub path: TextRef,
    /// JSON text of `{viewport, device, meta}`.
    pub meta_json: TextRef,
    /// Viewport bucket such as `1400x800`, if the event tells one.
    pub bucket: Option<TextRef>,
    /// Selector, custom event's name, page viewed or key category.
    pub target: Option<TextRef>,
    pub detail: Detail,
    pub place: Place,
}

/// JSON text of what only Hearth keeps about an event.
#[derive(Debug, Clone, Copy)]
pub enum Detail {
    None,
    /// Says the same for many events, such as a mouse button.
    Shared(TextRef),
    /// Likely unique, such as a custom event's properties.
    Own(TextRef),
}

/// Where on the page an event happened.
#[derive(Debug, Clone)]
pub enum Place {
    Nowhere,
    /// Whole CSS pixels of the document.
    Point {
        x: f64,
        y: f64,
    },
    /// `scroll_y` as sent; `depth` in whole per cent.
    Depth {
        scroll_y: f64,
        depth: f64,
    },
    /// The way of the pointer.
    Trail(Vec<TrailPoint>),
}

/// One point of a trail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrailPoint {
    /// Milliseconds since the epoch: event time plus offset.
    pub ts: f64,
    pub x: f64,
    pub y: f64,
}

impl HeatBatch {
    /// How many rows the protocol counts: each point of a move is one.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        let rows_of = |event: &HeatEvent| match &event.place {
            Place::Trail(points) => points.len() as u64,
            _ => 1,
        };
        self.events.iter().map(rows_of).sum()
    }

    /// Roughly how much memory the batch holds while it waits, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let trails: usize = self
            .events
            .iter()
            .map(|event| match &event.place {
                Place::Trail(points) => points.len() * size_of::<TrailPoint>(),
                _ => 0,
            })
            .sum();
        size_of::<Self>() + self.texts.bytes() + self.events.len() * size_of::<HeatEvent>() + trails
    }
}
