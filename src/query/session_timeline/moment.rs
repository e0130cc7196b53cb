//! One thing that happened in a session.

use std::sync::Arc;

use super::marks::Mark;
use crate::domain::traffic::TrafficRecord;
use crate::query::track::events_described::DescribedEvent;

/// One thing that happened, or several of a kind that were summed up.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Milliseconds since the epoch: the browser's clock for what browsers tell, ours for requests, which count when they
    /// ended.
    pub ts: f64,
    /// When the last of several was.
    pub until: f64,
    /// Where, if it was on a page.
    pub path: Option<Arc<str>>,
    pub mark: Option<Mark>,
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    PageView {
        title: Option<Arc<str>>,
        referrer: Option<Arc<str>>,
    },
    Click {
        selector: Option<Arc<str>>,
        x: f64,
        y: f64,
    },
    /// Points of the pointer's way.
    Moves {
        points: u64,
    },
    /// How far down, in per cent of the page.
    Scrolls {
        count: u64,
        depth: f64,
    },
    Input {
        selector: Option<Arc<str>>,
    },
    Keys {
        category: Option<Arc<str>>,
        count: u64,
    },
    /// An event that the page named.
    Custom {
        name: Arc<str>,
        /// JSON, as sent.
        props: Option<Arc<str>>,
    },
    Event(Box<DescribedEvent>),
    Request(Box<TrafficRecord>),
}

/// What lists are filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Pages,
    Clicks,
    Inputs,
    Events,
    Requests,
    Movement,
}

impl Group {
    pub const ALL: [Self; 6] = [Self::Pages, Self::Clicks, Self::Inputs, Self::Events, Self::Requests, Self::Movement];

    /// The word in URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Clicks => "clicks",
            Self::Inputs => "inputs",
            Self::Events => "events",
            Self::Requests => "requests",
            Self::Movement => "movement",
        }
    }

    /// The group a word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.word() == word)
    }
}

impl What {
    #[must_use]
    pub fn group(&self) -> Group {
        match self {
            Self::PageView { .. } => Group::Pages,
            Self::Click { .. } => Group::Clicks,
            Self::Moves { .. } | Self::Scrolls { .. } => Group::Movement,
            Self::Input { .. } | Self::Keys { .. } => Group::Inputs,
            Self::Custom { .. } | Self::Event(_) => Group::Events,
            Self::Request(_) => Group::Requests,
        }
    }

    /// The word in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::PageView { .. } => "page_view",
            Self::Click { .. } => "click",
            Self::Moves { .. } => "moves",
            Self::Scrolls { .. } => "scrolls",
            Self::Input { .. } => "input",
            Self::Keys { .. } => "keys",
            Self::Custom { .. } => "custom",
            Self::Event(_) => "event",
            Self::Request(_) => "request",
        }
    }
}
